"""Use: the whole way, from a network that learns to a line on the board."""

import numpy as np
from hypothesis import strategies as st

from spec.kit import assert_close, given, points, require, seeds, share, task

from . import whole


def stripes(count, seed):
    """Images of 6 × 6 pixels with a bright row, column or corner, and noise; and which of them it is."""
    rng = np.random.default_rng(seed)
    y = np.arange(count) % 3
    x = 0.1 * rng.standard_normal((count, 1, 6, 6))
    for n, kind in enumerate(y):
        at = rng.integers(1, 5)
        if kind == 0:
            x[n, 0, at] += 1
        elif kind == 1:
            x[n, 0, :, at] += 1
        else:
            x[n, 0, at - 1 : at + 1, at - 1 : at + 1] += 1
    return x.astype(np.float32), y


@task(3)
@points(12)
def test_the_whole_way(ask):
    """A network learns, its convolution is found to be slow, it becomes fast and small, and the board believes it."""
    (x, y), (new_x, new_y) = stripes(96, 1), stripes(60, 2)
    got = ask(whole.whole_way, x, y, new_x, new_y, 24, 6, 0, deadline=60)
    require(
        got["accuracy before"] >= 0.9,
        "a network that has learnt",
        f"{got['accuracy before']:.3g} of the answers are right",
    )
    assert_close(got["bottleneck"], ["0"], "exact", "where the time goes")
    assert_close(got["accuracy after"], got["right"], "exact", "accuracy at the end")
    require(
        got["accuracy before"] - got["accuracy after"] <= 0.02 + 1e-9,
        "2 points lost at most",
        f"{got['accuracy after']:.3g}",
    )
    require(
        "kernels" in got["steps"] and "quantise" in got["steps"], "kernels and 8 bits that are kept", f"{got['steps']}"
    )
    require(got["smaller"] > 2.5, "a model that is much smaller", f"{got['smaller']:.3g} times")
    require(got["speedup"] > 4, "a model that is much faster", f"{got['speedup']:.3g} times")
    assert_close(got["board"], [True, ["ada"], got["smaller"]], name="the board")
    require(got["score"] > 1.5, "a score above the baseline's", f"{got['score']:.3g}")
    require(got["steps"][-1] in got["front"], "the last step on the front", f"{got['front']}")


@task(3)
@points(7)
@share(3)
@given(seed=seeds())
def test_a_model_that_was_optimised_learns_on(ask, seed):
    """The network that an optimised one was made of learns on as its twin does of which none was made."""
    x, y = stripes(3, seed)
    plain, after = ask(whole.stays_trained, x, y, 5, seed)
    assert_close(after, plain, "exact", "loss after three steps")


@task(2)
@points(7)
@share(3)
@given(kernels=st.sampled_from(["fast", "columns", "explicit"]), seed=seeds())
def test_gradients_come_through_a_wrapper(ask, kernels, seed):
    """Of a network inside a WithKernels, input and Parameters get the gradients that they get without."""
    x, _ = stripes(2, seed)
    plain, wrapped = ask(whole.wrapped_gradients, x, seed, kernels)
    for number, (mine, want) in enumerate(zip(wrapped, plain, strict=True)):
        off = float(np.abs(mine - want).max() / max(1e-3, np.abs(want).max()))
        require(mine.shape == want.shape and off <= 1e-4, f"gradient {number} as without", f"{off:.3g} off")
