"""Use: training on your own network, with your own rings, when workers break down, come and go."""

import numpy as np
import pytest
from hypothesis import strategies as st

from spec.kit import assert_close, given, points, require, seeds, task

from . import draws, oracles, training


@task(4)
@points(4)
@pytest.mark.parametrize("name", ["all_reduce_naive", "all_reduce_ring"])
def test_training_on_a_network_of_your_own(ask, name):
    """The step of PyTorch on the whole batch, in as many messages and bytes as the sums of all gradients take."""
    for workers, optimizer in [(3, draws.OPTIMIZERS[1]), (4, draws.OPTIMIZERS[2]), (1, draws.OPTIMIZERS[0])]:
        how = {"workers": workers, "optimizer": optimizer, "loss": "cross_entropy", "reduce": name}
        state = draws.weights(workers, outputs=4)  # 36 numbers, which 3 and 4 divide
        batches = draws.batches_of(workers, (7, 8), "cross_entropy", outputs=4)
        got, want = ask(training.trained_on_own, state, batches, how), oracles.trained(state, batches, how)
        assert_close({key: got[key] for key in want}, want)
        if name == "all_reduce_ring":
            messages = [2 * 2 * (workers - 1)] * workers
            size = [2 * 2 * (workers - 1) * (36 // workers) * 8] * workers
        else:
            messages = [2 * (workers - 1)] + [2] * (workers - 1)
            size = [n * 36 * 8 for n in messages]
        assert_close({key: got[key] for key in ("messages", "bytes")}, {"messages": messages, "bytes": size}, "exact")


@task(5)
@points(3)
@pytest.mark.parametrize("name", ["all_reduce_naive", "all_reduce_ring"])
def test_nothing_old_comes_out_of_the_network(ask, name):
    """After a worker is lost in the middle of a sum, those who are left are not taken in by messages from before."""
    for lost in (0, 2):
        how = {"workers": 3, "optimizer": draws.OPTIMIZERS[1], "loss": "mse_loss", "reduce": name, "own network": True}
        state, batches = draws.weights(lost), draws.batches_of(lost, (7, 6, 9), "mse_loss")
        want = oracles.trained(state, batches, how)
        for breaks_at in (1, 3):
            got = ask(training.broken, state, batches, how, breaks_at, lost)
            require(lost not in got["alive"], f"a network that knows worker {lost} is lost", f"alive: {got['alive']}")
            assert_close({key: got[key] for key in want}, want)


@task(5)
@points(1)
def test_the_network_may_know_before_the_trainer(ask):
    """A worker that your network has lost already leaves the group as any other does, and those who are left go on."""
    for lost in (2, 0):
        how = {"workers": 3, "optimizer": draws.OPTIMIZERS[2], "loss": "mse_loss", "own network": True}
        how["lost"] = [(), (lost,), ()]
        state, batches = draws.weights(lost), draws.batches_of(lost, (7, 6, 9), "mse_loss")
        got = ask(training.known_to_the_network, state, batches, how, lost)
        left = [worker for worker in range(3) if worker != lost]
        assert_close(got, {"alive": left, **oracles.trained(state, batches, how)})


@task(5)
@points(4)
@given(workers=st.sampled_from([2, 3, 1]), others=st.sampled_from([4, 1, 3]), seed=seeds())
def test_any_worker_is_enough_to_go_on(ask, workers, others, seed):
    """The model and the optimizer of one worker are all that more workers, or fewer, need to go on as if nothing had happened."""
    for optimizer in draws.OPTIMIZERS[1:3]:
        how = {"workers": workers, "optimizer": optimizer, "loss": "cross_entropy"}
        state, batches = draws.weights(seed), draws.batches_of(seed, (7, 5, 6, 2), "cross_entropy")
        got = ask(training.gone_on, state, batches, how, others)
        assert_close(got, oracles.trained(state, batches, how))


@task(6)
@points(5)
@given(workers=st.sampled_from([2, 3, 4]), seed=seeds(), optimizer=st.sampled_from(draws.OPTIMIZERS[:3]))
def test_parts_cost_no_more_messages(ask, workers, seed, optimizer):
    """With a part of the state each, workers come to the weights of DataParallel, and send as many bytes as it."""
    how = {"workers": workers, "optimizer": optimizer, "loss": "mse_loss"}
    state, batches = draws.weights(seed), draws.batches_of(seed, (6, 7), "mse_loss")
    got = ask(training.sharded_on_own, state, batches, how)
    want = oracles.trained(state, batches, how)
    total = 2 * 2 * (workers - 1) * 31 * 8
    for name in ("in parts", "as a whole"):
        assert_close(got[name]["weights"], want["weights"], name=f"weights {name}")
        assert_close(got[name]["same for all"], True, "exact", f"the same weights for all, {name}")
        assert_close(got[name]["bytes"], total, "exact", f"bytes {name}")


@points(3)
@pytest.mark.parametrize("way", [pytest.param("as a whole", marks=task(4)), pytest.param("in parts", marks=task(6))])
def test_in_float32_all_have_the_same_bits(ask, way):
    """A float32 model stays float32 on every worker, near PyTorch's weights, and no two workers differ in a single bit."""
    how = {"workers": 3, "optimizer": draws.OPTIMIZERS[0], "loss": "mse_loss"}
    state = draws.weights(5, dtype="float32")
    batches = draws.batches_of(5, (7, 5, 9, 8), "mse_loss", dtype="float32")
    probe = training.trained_on_own if way == "as a whole" else training.sharded_alone_on_own
    got, want = ask(probe, state, batches, {**how, "reduce": "all_reduce_ring"}), oracles.trained(state, batches, how)
    assert_close(got["same for all"], True, "exact", "the same bits for all")
    for name, array in got["weights"].items():
        assert_close(array.dtype.name, "float32", "exact", f"dtype of {name}")
        error, size = float(np.abs(array - want["weights"][name]).max()), float(np.abs(want["weights"][name]).max())
        require(error <= 1e-5 * size, f"{name} within {1e-5 * size:.2g} of PyTorch's", f"{error:.2g}")
