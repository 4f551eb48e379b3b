"""Use: models of earlier katas on the bench, and none the worse for it."""

import numpy as np
from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, require, seeds, share, task
from spec.kit.strategies import fill

from . import draws, oracles, probes


@task(6)
@points(5)
@share(3)
@given(layers=st.sampled_from([1, 2, 0]), heads=st.sampled_from([2, 1]), batch=st.integers(1, 2), n=st.integers(1, 3))
def test_a_gpt_on_the_bench(ask, layers, heads, batch, n):
    """Every part of a GPT has the operations of its matrix products, and its row says so; a tied head is counted once."""
    sizes = {"vocab_size": 5, "dim": 2 * heads, "num_layers": layers, "num_heads": heads, "context": 4}
    ids = np.arange(batch * n).reshape(batch, n) % 5
    got, want = ask(probes.text_model, sizes, ids), oracles.text_model(sizes, ids)
    assert_close(got["counted"], want["total"], "exact", "count_flops")
    assert_close(got["flops"][""], want["total"], "exact", "the model's row")
    assert_close(got["flops"]["head"], want["head"], "exact", "the head's row")
    for layer in range(layers):
        for name in ("", "attention", "norm1", "feed_forward"):
            path = f"blocks.{layer}.{name}".rstrip(".")
            assert_close(got["flops"][path], want["inside"][name], "exact", f"the row of {path}")
    dim = sizes["dim"]
    parameters = (5 + 4) * dim + layers * (12 * dim * dim + 13 * dim) + 2 * dim
    assert_close(got["parameters"], parameters, "exact", "parameters of the model's row")


@task(5)
@points(4)
@given(case=draws.models(), seed=seeds())
def test_a_counter_changes_nothing(ask, case, seed):
    """Inside a counter, value and gradients of every model are the same numbers as outside."""
    x = fill(case["x"].shape, seed, "float64", "normal")
    counted, plain = (ask(probes.gradients_while_counting, case["plan"], x, how) for how in (True, False))
    require(counted.pop("counted") == bool(x.size), "a product that is counted", "none")
    plain.pop("counted")
    assert_close(counted, plain, "exact")


@task(6)
@points(4)
@share(2)
@given(steps=st.integers(1, 3), seed=seeds())
def test_training_does_not_notice(ask, steps, seed):
    """A model that is profiled, counted, timed and weighed between the steps learns the same weights as one left alone."""
    plan = ["row", [["linear", 3, 4, True], ["relu"], ["linear", 4, 2, True]]]
    x = fill((4, 3), seed, "float64", "normal")
    watched, alone = (ask(probes.trained, plan, x, steps, how) for how in (True, False))
    assert_close(watched["weights"], alone["weights"], "exact")
    assert_close(watched["seen"], steps * 2 * 2 * 4 * (3 * 4 + 4 * 2), "exact", "operations that were seen")


@task(6)
@points(2)
@share(2)
@given(case=draws.models())
def test_the_table_and_the_counter_agree(ask, case):
    """A model's row has the operations that count_flops counts, and the parameters that count_parameters counts."""
    rows = ask(probes.table, case["plan"], case["x"])
    assert_close(rows[0]["flops"], ask(probes.count_flops, case["plan"], case["x"]), "exact")
    agree(ask, probes.parameters_of_plan, case["plan"], kind="exact")
    assert_close(rows[0]["parameters"], ask(probes.parameters_of_plan, case["plan"]), "exact")
