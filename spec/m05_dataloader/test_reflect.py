"""Reflect: your formulas, held against batches that are really made and epochs on a simulated clock."""

from hypothesis import strategies as st

from spec.kit import agree, given, points, shapes, task, witnessed
from spec.kit.strategies import Dependent

from . import gauges, prefetching

SECONDS = st.integers(1, 64).map(lambda n: n / 16)


@task(7)
@points(2)
@given(samples=st.integers(0, 60), batch_size=st.integers(1, 12), drop_last=st.booleans())
def test_batches_in_an_epoch(ask, samples, batch_size, drop_last):
    """batches_per_epoch says how often an epoch of that many samples fills a batch."""
    agree(ask, gauges.batches_per_epoch, samples, batch_size, drop_last, kind="exact")


@task(7)
@points(3)
@given(
    batch_size=st.integers(1, 5),
    tensors=st.lists(
        st.tuples(
            shapes((0, 3), sides=(3, 2, 1, 4), empty=False), st.sampled_from(["float32", "uint8", "int64", "bool"])
        ),
        min_size=1,
        max_size=3,
    ),
)
def test_bytes_of_a_batch(ask, batch_size, tensors):
    """batch_bytes says how many bytes the tensors of a batch take; your loader's batches really do."""
    agree(ask, gauges.batch_bytes, batch_size, *map(list, zip(*tensors, strict=True)), kind="exact")


@task(7)
@points(3)
@given(batch_size=st.integers(1, 9), samples=Dependent(lambda drawn: st.integers(drawn["batch_size"], 50)))
def test_weight_of_the_last_batch(ask, samples, batch_size):
    """last_batch_weight says how much more a mean of batch means listens to a sample of the last batch."""
    agree(ask, gauges.last_batch_weight, samples, batch_size)


@task(7)
@points(4)
@given(batches=st.integers(0, 30), load=SECONDS, step=SECONDS, ahead=st.booleans())
def test_seconds_of_an_epoch(ask, batches, load, step, ahead):
    """epoch_seconds says when the last batch is used, loaded ahead or not."""
    agree(ask, gauges.epoch_seconds, batches, load, step, ahead)


@task(7)
@points(3)
@given(load=SECONDS, step=SECONDS)
def test_limit_of_the_speedup(ask, load, step):
    """speedup_limit says what loading ahead can gain at most, in an epoch that goes on and on."""
    agree(ask, gauges.speedup_limit, load, step)


@task(7)
@points(4)
@given(pause=st.integers(0, 200), step=st.integers(1, 60))
def test_depth_that_hides_a_pause(ask, pause, step):
    """depth_to_hide says how many batches ahead it takes for the consumer not to notice one slow batch."""
    agree(ask, gauges.depth_to_hide, pause, step, kind="exact")


@task(7)
@points(3)
@witnessed
@given(batches=st.integers(1, 6), depth=st.integers(1, 6), bytes_per_batch=st.integers(1, 1000))
def test_bytes_of_batches_ahead(ask, batches, depth, bytes_per_batch):
    """prefetch_bytes says how many bytes of batches are in memory; behind your prefetch they really are."""
    agree(ask, prefetching.prefetch_bytes, batches, depth, bytes_per_batch, kind="exact")
