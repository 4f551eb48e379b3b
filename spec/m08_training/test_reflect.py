"""Reflect: your formulas, held against arrays, steps and files that are really made."""

from hypothesis import strategies as st

from spec.kit import agree, given, points, require, seeds, share, task
from spec.kit.strategies import Dependent

from . import checkpoints, draws, probes

MULTIPLES = {
    "SGD": ["SGD", {}, 0],
    "SGD with momentum": ["SGD", {"momentum": 0.9}, 1],
    "RMSprop": ["RMSprop", {}, 1],
    "Adam": ["Adam", {}, 2],
    "AdamW": ["AdamW", {}, 2],
}
"""An optimizer, its settings, and how many numbers it keeps for each parameter."""


@task(8)
@points(4)
@given(inputs=st.integers(1, 30), outputs=st.integers(1, 30), optimizer=st.sampled_from(list(MULTIPLES)))
def test_bytes_of_a_training(ask, inputs, outputs, optimizer):
    """training_bytes says what parameters, gradients and the optimizer's state take; after a step they really do."""
    agree(ask, probes.training_bytes, inputs, outputs, *MULTIPLES[optimizer], kind="exact")


@task(8)
@points(4)
@given(
    batch=st.integers(1, 40),
    bytes_per_row=st.integers(1, 50),
    fixed_bytes=st.integers(0, 100),
    room=Dependent(lambda drawn: st.integers(1, 41)),
    spare=Dependent(lambda drawn: st.integers(0, drawn["bytes_per_row"] - 1)),
)
def test_pieces_that_fit_into_memory(ask, batch, bytes_per_row, fixed_bytes, room, spare):
    """pieces_that_fit says into how few pieces a batch can be cut so that a step fits."""
    budget = fixed_bytes + room * bytes_per_row + spare
    agree(ask, probes.pieces_that_fit, batch, bytes_per_row, fixed_bytes, budget, kind="exact")


@task(8)
@points(3)
@share(2)
@given(
    samples=st.integers(1, 20),
    batch_size=st.integers(1, 6),
    accumulate=st.integers(1, 4),
    epochs=st.integers(1, 3),
    seed=seeds(),
)
def test_steps_of_a_training(ask, samples, batch_size, accumulate, epochs, seed):
    """optimizer_steps says how many steps the optimizer takes; your Trainer makes as many."""
    state = draws.weights(seed, inputs=1, hidden=1, outputs=1)
    agree(ask, probes.optimizer_steps, state, samples, batch_size, accumulate, epochs, kind="exact")


@task(8)
@points(3)
@given(inputs=st.integers(60, 90), outputs=st.integers(60, 90), optimizer=st.sampled_from(list(MULTIPLES)))
def test_bytes_of_a_checkpoint(ask, inputs, outputs, optimizer):
    """checkpoint_bytes says what the arrays of model and optimizer take; the file is hardly larger."""
    got = ask(checkpoints.checkpoint_bytes, inputs, outputs, *MULTIPLES[optimizer])
    count = (inputs + 1) * outputs * 4 * (1 + MULTIPLES[optimizer][2])
    require(got["formula"] == count, f"{count:,} bytes for the arrays", f"{got['formula']:,}")
    # Some keep their counts of steps in arrays of floats, and some compress.
    few, most = count + 1_000, count + 12_000
    require(count <= got["arrays"] <= few, f"{count:,} bytes in arrays of floats", f"{got['arrays']:,}")
    require(got["file"] <= most, f"a file of at most {most:,} bytes", f"{got['file']:,}")


@task(8)
@points(4)
@given(save=st.integers(1, 40), between=st.integers(1, 300))
def test_time_between_checkpoints(ask, save, between):
    """With checkpoint_interval, less time is lost than with an interval that is 1 % shorter or longer."""
    save, between = save / 4, between * 600.0
    interval = ask(probes.checkpoint_interval, save, between)

    def lost(seconds):
        return save / seconds + seconds / (2 * between)

    require(type(interval) is float and interval > 0, "a positive number of seconds, as a float", repr(interval))
    for factor in (0.99, 1.01):
        wanted = f"at most the {lost(interval * factor):.6g} s a second lost with {interval * factor:.6g} s"
        require(lost(interval) <= lost(interval * factor), wanted, f"{lost(interval):.6g} with {interval:.6g} s")
