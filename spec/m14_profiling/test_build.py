"""Build: time, memory, operations, and a table of them; what could be reached at best."""

import numpy as np
import pytest
from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, matmul_pairs, points, refuses, require, seeds, share, task, witnessed
from spec.kit.strategies import fill

from . import draws, gauges, paper, probes

LINEARS = ["row", [["linear", 3, 4, True], ["linear", 4, 2, True]]]

# ------------------------------------------------------------------- 1. samples


@task(1)
@points(3)
@given(samples=draws.samples())
def test_the_middle_and_how_far_samples_scatter(ask, samples):
    """median and spread are the middle of the samples and the width of their middle half, in whatever order they are."""
    agree(ask, probes.timing, samples)


@task(1)
@points(2)
@given(samples=draws.samples(), factor=st.sampled_from([1e6, 10.0]))
def test_an_odd_sample_changes_little(ask, samples, factor):
    """With five samples or more, the slowest may be as slow as it likes: median and spread stay what they are."""
    samples = sorted([*samples, 1.0, 1.25, 1.5, 1.75])
    odd = [*samples[:-1], samples[-1] * factor]
    want = ask(probes.timing, samples)
    if len(samples) > 5:
        assert_close(ask(probes.timing, odd[::-1]), want, "composed")
    agree(ask, probes.timing, odd)


# ------------------------------------------------------------------- 2. time_fn


@task(2)
@points(6)
@given(case=draws.measurements())
def test_samples_are_the_seconds_of_calls(ask, case):
    """Each sample is the seconds of one call, over `number` calls between two looks at the clock; warm-up is not in it."""
    agree(ask, probes.timed, case["costs"], case["settings"], case["tick"])


@task(2)
@witnessed
@points(2)
@given(enabled=st.booleans(), fails=st.sampled_from([0, 1, 4, 6]))
def test_no_rubbish_is_collected_meanwhile(ask, enabled, fails):
    """The garbage collector is off during the calls, and afterwards as it was before, also if a call raises."""
    want = {
        "during": False, "calls": fails or 6, "afterwards": enabled, "raised": "Broken" if fails else "nothing",
    }  # fmt: skip
    assert_close(ask(probes.collector, enabled, fails), want, "exact")


@task(2)
@points(1)
def test_by_a_real_clock(ask):
    """Without a clock of yours, time_fn takes a real one: five samples, all greater than 0."""
    assert_close(ask(gauges.timed_at_all), {"samples": 5, "positive": True}, "exact")


@task(2)
@points(1)
def test_numbers_of_calls_that_make_no_sense_are_refused(ask):
    """A warm-up of less than 0 calls, and less than one sample or call, is a ValueError with its name and value."""
    for settings in ({"warmup": -1}, {"repeat": 0}, {"number": 0}, {"repeat": -3}, {"number": -7}):
        ((name, value),) = settings.items()
        refuses(ask, ValueError, probes.refused_timing, settings, naming=[name, value])


# -------------------------------------------------------------------- 3. memory

SLACK = 60_000
"""Bytes that objects around arrays, and Python itself, may take beside what a law allocates."""


def about(got, want, what):
    require(type(got) is int, f"{what}: an int", f"a {type(got).__name__}, {got}")
    require(want <= got <= want + SLACK, f"{what}: {want:,} bytes, and at most {SLACK:,} more", f"{got:,}")


@task(3)
@points(3)
@given(
    sizes=st.lists(st.sampled_from([400_000, 900_000, 150_000, 2_000_000]), min_size=1, max_size=4), keep=st.booleans()
)
def test_the_most_at_any_moment(ask, sizes, keep):
    """Held together, arrays add up; held one after the other, the largest counts, even if it is gone in the end."""
    about(ask(gauges.peak_memory, sizes, keep), sum(sizes) if keep else max(sizes), "the peak")


@task(3)
@points(1)
@given(size=st.integers(100_000, 3_000_000))
def test_the_result_counts(ask, size):
    """What a function gives back is memory that it needs."""
    about(ask(gauges.peak_of_the_result, size), size, "the peak")


@task(3)
@points(2)
@given(
    before=st.sampled_from([4_000_000, 0, 9_000_000]), held=st.sampled_from([1_000_000, 0, 3_000_000]),
    sizes=st.lists(st.sampled_from([300_000, 700_000, 100_000]), min_size=1, max_size=3),
)  # fmt: skip
def test_what_was_there_before_does_not_count(ask, before, held, sizes):
    """Where somebody traces memory already, earlier peaks and memory that is held all along do not count, and he goes on."""
    got = ask(gauges.peaks_while_tracing, before, held, sizes)
    for peak, size in zip(got["peaks"], sizes, strict=True):
        about(peak, size, "the peak")
    require(got["tracing"], "tracemalloc still tracing", "it was stopped")


@task(3)
@witnessed
@points(1)
@given(tracing=st.booleans(), fails=st.booleans())
def test_tracing_ends_where_it_began(ask, tracing, fails):
    """Afterwards tracemalloc traces if it did before, and does not if it did not, also if the function raises."""
    want = {"tracing": tracing, "raised": "Broken" if fails else "nothing"}
    assert_close(ask(probes.tracing_afterwards, tracing, fails), want, "exact")


# ------------------------------------------------------------------ 4. on paper


@task(4)
@points(2)
@given(
    shapes=st.lists(st.sampled_from([(2, 3), (4,), (), (1, 5), (0, 3), (2, 2, 2)]), min_size=1, max_size=4),
    shared=st.booleans(),
)
def test_numbers_that_a_model_learns(ask, shapes, shared):
    """Parameters count wherever they are in a model, each once, however many names it has; buffers do not."""
    agree(ask, paper.count_parameters, shapes, shared, kind="exact")


@task(4)
@points(1)
@given(case=draws.models())
def test_models_have_as_many_parameters_as_pytorchs(ask, case):
    """Models with Linears, convolutions, norms and attention have as many parameters as PyTorch's."""
    agree(ask, probes.parameters_of_plan, case["plan"], kind="exact")


@task(4)
@points(3)
@given(
    pair=matmul_pairs(), leads=st.sampled_from([((), (2,)), ((3,), (1,)), ((1,), (4,)), ((2, 1), (5,)), ((0,), (1,))])
)
def test_operations_of_a_product(ask, pair, leads):
    """product_flops counts a multiplication and an addition for each pair of numbers that meet: any axes, broadcast or empty."""
    agree(ask, paper.product_flops, *(x.shape for x in pair), kind="exact")
    agree(ask, paper.product_flops, (*leads[0], 2, 3), (*leads[1], 3, 4), kind="exact")


@task(4)
@points(2)
@given(
    n=st.integers(0, 3), groups=st.sampled_from([1, 2, 3]), each_in=st.integers(1, 3), each_out=st.integers(1, 3),
    kernel=st.sampled_from([(3, 3), (1, 1), (2, 5), (1, 3)]), sides=st.sampled_from([(4, 4), (1, 1), (3, 7)]),
)  # fmt: skip
def test_operations_of_a_convolution(ask, n, groups, each_in, each_out, kernel, sides):
    """conv2d_flops counts two operations for each weight of a window, at every place of every channel of the result."""
    weight, out = (groups * each_out, each_in, *kernel), (n, groups * each_out, *sides)
    windows = sum(1 for _ in np.ndindex(n, groups * each_out, *sides))
    want = windows * sum(2 for _ in np.ndindex(each_in, *kernel))
    assert_close(ask(paper.conv2d_flops, weight, out), want, "exact")


# ----------------------------------------------------------------- 5. what runs


@task(5)
@points(1)
@pytest.mark.parametrize("way", [way for way in probes.WAYS if way != "matmul_explicit"])
@share(4)
@given(pair=matmul_pairs())
def test_every_product_counts_once(ask, way, pair):
    """A product counts once, whichever way it is written, and is what it was without a counter."""
    agree(ask, probes.product_counted, way, *pair, kind="reduction")


@task(5)
@points(1)
@given(n=st.integers(0, 3), k=st.integers(0, 3), m=st.integers(0, 3), seed=seeds())
def test_products_over_loops_count_too(ask, n, k, m, seed):
    """matmul_explicit does what `@` does, and counts as much."""
    pair = fill((n, k), seed, "float64", "normal"), fill((k, m), seed + 1, "float64", "normal")
    agree(ask, probes.product_counted, "matmul_explicit", *pair, kind="reduction")


@task(5)
@points(3)
@given(case=draws.convolutions())
def test_every_convolution_counts_as_pytorchs(ask, case):
    """A Conv2d counts what PyTorch counts, whether its kernel is of loops, of columns, or of products of Tensors."""
    agree(ask, probes.plan_counted, case["plan"], case["x"], kind="exact")


@task(5)
@points(3)
@given(case=draws.models())
def test_models_count_as_in_pytorch(ask, case):
    """Networks count what PyTorch's FlopCounterMode counts for the same: Linears, convolutions, norms, attention."""
    agree(ask, probes.count_flops, case["plan"], case["x"], kind="exact")


@task(5)
@points(1)
@given(rows=st.integers(1, 4), dim=st.integers(1, 4), seed=seeds())
def test_all_else_counts_nothing(ask, rows, dim, seed):
    """Activations, norms, sums, pooling, losses, lookups and backward passes are 0; a product among them is not."""
    flops = 2 * rows * dim * 3
    got = ask(probes.rest_counted, fill((rows, dim), seed, "float32", "normal"))
    assert_close(got, {"forward": flops, "with backward": flops}, "exact")


@task(5)
@points(2)
@given(n=st.integers(1, 3), k=st.integers(1, 4), m=st.integers(1, 3))
def test_counters_begin_and_end(ask, n, k, m):
    """A counter counts inside its block only, another inside it as well, and goes on where it stopped."""
    one = 2 * n * k * m
    got = ask(probes.stages, np.ones((n, k)), np.ones((k, m)))
    want = {"seen": [0, one, 3 * one, 3 * one, 4 * one], "inner": one, "itself": True}
    assert_close(got, want, "exact")


@task(5)
@witnessed
@points(3)
@given(where=st.sampled_from(["product", "convolution"]), n=st.integers(1, 3), k=st.integers(4, 5))
def test_counting_survives_errors(ask, where, n, k):
    """A product or convolution that raises counts nothing, and the next one counts; after an exception all is as before."""
    got = ask(probes.counting_fails, np.ones((n, k)), np.ones((k, 2)), where)
    assert_close(got, {"total": 2 * 2 * n * k * 2, "raised": "Broken", "left behind": []}, "exact")


@task(5)
@witnessed
@points(2)
@given(n=st.integers(1, 3), times=st.integers(0, 3))
def test_any_function_is_counted_and_runs_once(ask, n, times):
    """count_flops takes any function with its arguments, and runs it once."""
    got = ask(probes.count_flops_of_function, np.ones((n, 2)), np.ones((2, 3)), times)
    assert_close(got, {"flops": times * 2 * n * 2 * 3, "calls": 1}, "exact")
    got = ask(probes.count_flops_fails, np.ones((n, 2)), np.ones((2, 3)))
    assert_close(got, {"raised": "Broken", "left behind": [], "again": 2 * n * 2 * 3}, "exact")


# ------------------------------------------------------------------- 6. a table


@task(6)
@points(6)
@given(nodes=draws.trees())
def test_every_second_is_somebodys(ask, nodes):
    """Rows have the calls and seconds of their modules, in the order of named_modules; own_seconds are without those inside,
    and nothing is of the first, slow run."""
    agree(ask, probes.times_of_tree, nodes)


@task(6)
@points(2)
@given(nodes=draws.trees(), tick=st.sampled_from([draws.UNIT, 7 * draws.UNIT]))
def test_watching_has_its_price(ask, nodes, tick):
    """plain_seconds are those of a run that nobody watches; overhead is what watching added to it."""
    got = ask(probes.price_of_watching, nodes, tick)
    plain = ask(probes.times_of_tree, nodes)["plain_seconds"]
    assert_close(got["plain"], plain + tick, "composed", "plain_seconds")
    assert_close(got["overhead"], got["watched"] - got["plain"], "composed", "overhead")
    if len(nodes) > 1:
        wanted = f"more than {2 * tick:g} s for the clocks of the modules inside"
        require(got["overhead"] >= 2 * tick, wanted, f"{got['overhead']:g}")


@task(6)
@points(5)
@given(case=draws.models(attention=False))
def test_rows_are_pytorchs(ask, case):
    """Name, kind, calls, shape, parameters, operations and bytes of each row are what PyTorch's hooks say."""
    agree(ask, probes.table, case["plan"], case["x"], kind="exact")


@task(6)
@points(2)
@given(dtype=st.sampled_from(["float32", "float64"]), many=st.integers(1, 4), n=st.integers(1, 3))
def test_rows_of_odd_modules(ask, dtype, many, n):
    """Modules may never be called, take and give lists, dicts, arrays and named arguments: all arrays in them are bytes."""
    agree(ask, probes.odd_table, dtype, many, fill((n, 2), 0, dtype), kind="exact")


@task(6)
@witnessed
@points(3)
@given(fails=st.sampled_from([3, 0, 1, 2]), shared=st.booleans())
def test_nobody_watches_afterwards(ask, fails, shared):
    """After three runs, or an exception in one of them, model and classes are as before, and nobody reads the clock."""
    plan = ["twice", ["linear", 3, 3, True]] if shared else LINEARS
    got = ask(probes.profile_leaves_nothing, plan, np.ones((2, 3), "float32"), fails)
    want = {
        "raised": "Broken" if fails else "nothing", "runs": fails or 3, "left behind": [], "clock read afterwards": 0.0,
        "calls the next time": 1,
    }  # fmt: skip
    assert_close(got, want, "exact")


# ------------------------------------------------------------------ 7. at best

NUMBERS = st.sampled_from([1.0, 1e9, 0.25, 3e12, 7.5, 640.0])


@task(7)
@points(1)
@given(flops=st.sampled_from([48, 0, 1, 10**12, 2.5]), nbytes=st.sampled_from([96, 1, 10**9, 0.5]))
def test_operations_for_each_byte(ask, flops, nbytes):
    """Arithmetic intensity is operations over bytes; less than none, or no bytes, is a ValueError that names the number."""
    agree(ask, paper.arithmetic_intensity, flops, nbytes)
    for bad in (0, -3):
        refuses(ask, ValueError, paper.arithmetic_intensity, flops, bad, naming=[bad])
    refuses(ask, ValueError, paper.arithmetic_intensity, -7, nbytes, naming=[-7])


@task(7)
@points(2)
@given(intensity=st.sampled_from([0.25, 0.0, 8.0, 100.0, 2.0]), peak=NUMBERS, bandwidth=NUMBERS)
def test_under_the_roof(ask, intensity, peak, bandwidth):
    """A machine reaches what both its arithmetic and its memory allow; numbers that make no sense are a ValueError."""
    agree(ask, paper.roofline, intensity, peak, bandwidth)
    refuses(ask, ValueError, paper.roofline, -5, peak, bandwidth, naming=[-5])
    for bad in (0, -2):
        refuses(ask, ValueError, paper.roofline, intensity, bad, bandwidth, naming=[bad])
        refuses(ask, ValueError, paper.roofline, intensity, peak, bad, naming=[bad])


@task(7)
@points(2)
@given(
    fraction=st.sampled_from([0.5, 0.0, 1.0, 0.95, 0.1, 0.75]),
    speedup=st.sampled_from([2, 1.0, float("inf"), 0.5, 1000.0, 16]),
)
def test_the_part_that_stays_limits_the_whole(ask, fraction, speedup):
    """Amdahl's law, from parts of no time to parts of all, at any speed, infinite too; other numbers are a ValueError."""
    agree(ask, paper.amdahl, fraction, speedup)
    for bad in (-1, 2):
        refuses(ask, ValueError, paper.amdahl, bad, speedup, naming=[bad])
    for bad in (0, -4):
        refuses(ask, ValueError, paper.amdahl, fraction, bad, naming=[bad])


@task(7)
@points(1)
def test_where_no_time_is_left(ask):
    """All of the time made infinitely fast is infinitely fast; none of it made infinitely fast changes nothing."""
    for fraction, speedup in ((1.0, float("inf")), (1, 8), (0.0, float("inf")), (0.95, float("inf"))):
        agree(ask, paper.amdahl, fraction, speedup)


@task(7)
@points(2)
@given(
    flops=st.sampled_from([10**12, 0, 48, 2.5e9]), nbytes=st.sampled_from([10**9, 96, 0, 1.5e6]),
    prices=st.sampled_from([{}, {"joules_per_flop": 2.0}, {"joules_per_byte": 5.0}]),
)  # fmt: skip
def test_joules(ask, flops, nbytes, prices):
    """Operations and bytes cost what the table says, or what you say; less than none is a ValueError."""
    agree(ask, paper.energy_estimate, flops, nbytes, prices, kind="elementwise")
    refuses(ask, ValueError, paper.energy_estimate, -2, nbytes, prices, naming=[-2])
    refuses(ask, ValueError, paper.energy_estimate, flops, -3, prices, naming=[-3])
