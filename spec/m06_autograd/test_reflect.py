"""Reflect: your formulas, held against your own backward pass, against counts, and against memory that is measured."""

from hypothesis import assume
from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, require, task, witnessed

from . import oracles, probes

WIDTHS = st.lists(st.integers(1, 6), min_size=2, max_size=4)


@task(8)
@points(4)
@given(
    x=st.sampled_from([0.5, -1.0, 2.0, -0.25, 1.5]),
    links=st.lists(st.sampled_from(sorted(probes.LINKS)), max_size=5).filter(lambda links: links.count("exp") < 2),
)
def test_slopes_multiply_along_a_chain(ask, x, links):
    """chain_derivative says what your own backward pass finds for a chain of functions, and PyTorch's."""
    y = x
    for link in links:
        assume(abs(y) < (2 if link == "tanh" else 20) and (link != "invert" or abs(y) > 1e-3))
        steps = {"square": y * y, "triple": 3 * y, "shift": y + 2, "invert": 1 / y if y else 0.0}
        y = steps.get(link, 2.7**y if link == "exp" else min(abs(y), 1.0))
    want = oracles.chain_derivative(x, links)
    assume(abs(want["formula"]) > 1e-6)
    assert_close(ask(probes.chain_derivative, x, links), want)


@task(8)
@points(2)
@given(fans=st.lists(st.integers(1, 4), max_size=4))
def test_paths_multiply(ask, fans):
    """paths says how many ways lead back, and your backward pass, which walks each operation once, finds so many."""
    agree(ask, probes.paths, fans)


@task(8)
@points(3)
@given(n=st.integers(1, 6), k=st.integers(1, 6), m=st.integers(1, 6), left=st.booleans(), right=st.booleans())
def test_operations_of_a_backward_matmul(ask, n, k, m, left, right):
    """backward_flops says how many operations the products in the backward pass of a matmul take."""
    assert_close(
        ask(probes.formula, "backward_flops", n, k, m, left, right), oracles.backward_flops(n, k, m, left, right)
    )


@task(8)
@points(4)
@given(batch=st.integers(1, 5), widths=WIDTHS)
def test_operations_of_a_training_step(ask, batch, widths):
    """training_flops says how many operations the matrix products of a training step take, forward and backward."""
    assert_close(ask(probes.formula, "training_flops", batch, widths), oracles.training_flops(batch, widths))


@task(8)
@points(3)
@given(batch=st.integers(1, 5), widths=WIDTHS, itemsize=st.sampled_from([4, 8]))
def test_bytes_that_backward_needs(ask, batch, widths, itemsize):
    """kept_bytes says how many bytes the arrays have that backward looks at, in a network with tanh."""
    want = oracles.kept_bytes(batch, widths, itemsize)
    assert_close(ask(probes.formula, "kept_bytes", batch, widths, itemsize), want)


@task(8)
@points(3)
@witnessed
def test_your_graph_keeps_what_backward_needs(ask):
    """With twice the batch your graph keeps as much more as kept_bytes says, and not more than three times that."""
    for batch, widths in [(250, [50, 80, 33]), (300, [20, 80, 80])]:
        formula, measured = [], []
        for rows in (batch, 2 * batch):
            formula.append(ask(probes.formula, "kept_bytes", rows, widths, 4))
            got = ask(probes.bytes_of_a_graph, rows, widths)
            require(all(got["grads"]), "a gradient for each Parameter", "None")
            measured.append(got["measured"])
        more, found = formula[1] - formula[0], measured[1] - measured[0]
        require(more == 4 * batch * sum(widths), f"{4 * batch * sum(widths)} bytes more, by your formula", f"{more}")
        require(0.9 * more <= found <= 3 * more, f"{more} bytes more, or up to three times that", f"{found}")


@task(8)
@points(3)
@given(widths=WIDTHS, extras=st.integers(0, 3))
def test_bytes_of_parameters_in_training(ask, widths, extras):
    """training_bytes says what Parameters, their gradients and extra numbers for each take."""
    agree(ask, probes.training_bytes, widths, extras)


@task(8)
@points(3)
@given(layers=st.integers(1, 12), segment=st.integers(0, 5))
def test_layers_that_checkpoints_run(ask, layers, segment):
    """checkpointed_calls says how often the layers of a chain run in one training step."""
    agree(ask, probes.checkpointed_calls, layers, segment)


@task(8)
@points(4)
@witnessed
def test_bytes_that_checkpoints_leave(ask):
    """checkpointed_bytes says how many activations there are at the worst moment, and so it is measured."""
    for layers, segment in [(24, 0), (24, 6), (24, 2), (9, 9)]:
        got = ask(probes.checkpointed_bytes, layers, segment, 4_000)
        formula, one = got["formula"], got["one array"]
        assert_close(formula, oracles.kept_arrays(layers, segment) * one, name="checkpointed_bytes")
        least, most = 0.7 * formula, 2 * formula + 8 * one
        require(least <= got["measured"] <= most, f"about {formula} bytes at the peak", f"{got['measured']}")


@task(8)
@points(3)
@given(layers=st.integers(1, 60))
def test_the_best_segment(ask, layers):
    """best_segment says into what segments to cut a chain of layers."""
    assert_close(ask(probes.formula, "best_segment", layers), oracles.best_segment(layers))
