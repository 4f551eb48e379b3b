"""Build: measuring, steps, the pipeline, a GPT that writes fast."""

import numpy as np
from hypothesis import strategies as st

from spec.kit import agree, assert_close, given, points, refuses, require, seeds, share, task

from . import draws, probes

# -------------------------------------------------------------- 1. measuring


@task(1)
@points(4)
@given(trial=draws.trials())
def test_a_model_is_measured(ask, trial):
    """Accuracy, bytes, and the median and 95th percentile of timed calls; in eval mode, recording nothing, modes as before."""
    agree(ask, probes.measure, *trial.values())


@task(1)
@points(2)
@given(modes=st.lists(st.booleans(), min_size=3, max_size=3), boom=st.sampled_from([0, 1, 3]))
def test_an_error_leaves_the_modes_alone(ask, modes, boom):
    """If the model raises, its error goes on, and each module is in the mode in which it was."""
    assert_close(ask(probes.measure_fails, modes, boom), {"error": "boom", "modes": modes}, "exact")


@task(1)
@points(2)
def test_what_cannot_be_measured_is_refused(ask):
    """No examples, or not as many answers, is a ValueError with both numbers; a benchmark of no runs or one is refused, too."""
    for examples, answers in ((3, 4), (5, 2), (0, 0), (0, 1)):
        refuses(ask, ValueError, probes.measure_refused, examples, answers, {}, naming=[examples, answers])
    for settings in ({"runs": 0}, {"runs": 1}, {"warmup": -1}):
        refuses(ask, ValueError, probes.measure_refused, 3, 3, settings, naming=[*settings, *settings.values()])


@task(1)
@points(4)
@given(seconds=draws.own_seconds(), share=st.sampled_from([None, 0.5, 0.75, 1.0, 0.25, 0.875, 0.0625]))
def test_the_bottleneck_is_found(ask, seconds, share):
    """The slowest rows by their own time, as few as make the share, and Amdahl's bound of what mending them brings."""
    agree(ask, probes.bottleneck, seconds, share)


@task(1)
@points(1)
def test_what_has_no_bottleneck_is_refused(ask):
    """A share that is not above 0 and up to 1, and rows that took no time, are ValueErrors."""
    for part in (0.0, -0.5, 1.5, draws.NAN):
        refuses(ask, ValueError, probes.bottleneck, [1.0, 2.0], part, naming=[part])
    for seconds in ([0.0, 0.0], []):
        refuses(ask, ValueError, probes.bottleneck, seconds, 0.5)


# ------------------------------------------------------------------ 2. steps

KERNELS = ("explicit", "columns", "fast")


@task(2)
@points(4)
@given(
    name=st.sampled_from(KERNELS),
    outer=st.sampled_from(KERNELS),
    fails=st.booleans(),
    calls=st.sampled_from([1, 2, 3]),
)
def test_a_model_has_kernels_of_its_own(ask, name, outer, fails, calls):
    """Inside a WithKernels its own kernels compute; between and after its calls, failed ones too, all others have theirs."""
    got = ask(probes.with_kernels, name, outer, fails, calls)
    want = {
        "inside": [[name]] * calls,
        "others as before": [True] * (calls + 1),
        "errors": calls if fails else 0,
        "answers": [] if fails else [np.array([3.0], np.float32)] * calls,
        "holds the very model": True,
        "in the end": True,
    }
    assert_close(got, want, "exact")


@task(2)
@points(1)
def test_unknown_kernels_are_refused_at_once(ask):
    """A name that no kernels have is a ValueError that names it when the model is made, and switches nothing."""
    for name in ("quick", "Fast", ""):
        refuses(ask, ValueError, probes.no_such_kernels, name, naming=[name])


@task(2)
@points(5)
@given(plan=draws.networks(), amount=st.sampled_from([0.5, 0.25, 0.75, 0.0, 0.99, 0.34, 0]), training=st.booleans())
def test_pruned_units_are_really_gone(ask, plan, amount, training):
    """The units with the smallest rows leave both layers; what they always said, one unit, and the given model stay."""
    agree(ask, probes.prune_units, plan, amount, training)


@task(2)
@points(1)
def test_what_cannot_be_pruned_is_refused(ask):
    """What is no Sequential is a TypeError with its type; an amount that is not from 0 up to 1 is a ValueError with it."""
    refuses(ask, TypeError, probes.prune_units_refused, "linear", 0.5, naming=["Linear"])
    for amount in (1.0, -0.25, 1.5, 2, draws.NAN):
        refuses(ask, ValueError, probes.prune_units_refused, "sequential", amount, naming=[amount])


# --------------------------------------------------------------- 3. pipeline


@task(3)
@points(6)
@given(journey=draws.journeys())
def test_a_pipeline_keeps_what_the_model_survives(ask, journey):
    """A step is kept unless too much is lost against the baseline; the next goes on from what was kept; the model is untouched."""
    agree(ask, probes.run_pipeline, *journey.values())


@task(3)
@points(2)
def test_a_pipeline_refuses(ask):
    """A step that gives back no Module is a TypeError with its name and the type; max_points_lost below 0 is a ValueError."""
    for what, kind in (("None", "NoneType"), ("list", "list"), ("str", "str")):
        refuses(ask, TypeError, probes.pipeline_refused, what, {}, naming=["forgetful", kind])
    for most in (-0.5, draws.NAN):
        refuses(ask, ValueError, probes.pipeline_refused, "None", {"max_points_lost": most}, naming=[most])


def digits(seed, hidden=6, scale=1.0):
    """A small classifier of images, batches to calibrate with, and images and classes to be measured with."""
    rng = np.random.default_rng(seed)
    plan = draws.plan_of([8, hidden, 3], [["conv", "relu", "flatten"], ["relu"], []], [True], seed, "float32")
    plan[3] = (rng.standard_normal((hidden, 32)).astype(np.float32) / 4, plan[3][1])
    images = [rng.standard_normal((n, 1, 4, 4)).astype(np.float32) for n in (5, 3, 8)]
    return plan, images[:2], scale * images[2], rng.integers(0, 3, 8)


SUBSETS = [None, ["quantise", "prune"], ["kernels"], [], ["prune"], ["quantise"], ["prune", "kernels", "quantise"]]


@task(3)
@points(6)
@share(2)
@given(
    steps=st.sampled_from(SUBSETS),
    amount=st.sampled_from([None, 0.5, 0.25]),
    outer=st.sampled_from(["explicit", "fast", "columns"]),
    seed=seeds(),
)
def test_a_network_is_made_fast_and_small(ask, steps, amount, outer, seed):
    """The steps asked for, in their order, each measured on x and y, calibrated with the batches alone; nothing else is touched."""
    plan, batches, x, y = digits(seed)
    settings = {"max_points_lost": 100.0, "runs": 2}
    settings |= {} if steps is None else {"steps": steps}
    settings |= {} if amount is None else {"amount": amount}
    got = ask(probes.optimise_cnn, plan, batches, x, y, settings, outer)
    taken = [name for name in ("kernels", "prune", "quantise") if steps is None or name in steps]
    units, conv, nbytes = 6, 4 * 20, []
    for name in ["baseline", *taken]:
        units = 6 - round((amount or 0.5) * 6) if name == "prune" else units
        floats = conv + 4 * (32 * units + units + 3 * units + 3)
        nbytes.append(conv + 32 * units + 8 * units + 8 + 3 * units + 8 * 3 + 8 if name == "quantise" else floats)
    assert_close([line["step"] for line in got["log"]], ["baseline", *taken], "exact", "steps")
    assert_close([line["nbytes"] for line in got["log"]], nbytes, "exact", "bytes")
    assert_close([line["seconds"] for line in got["log"]], [0.5] * (1 + len(taken)), name="seconds, by the clock given")
    require(all(line["kept"] for line in got["log"]), "all steps kept", "a step that was not")
    right = float((got["outputs"].argmax(1) == y).mean())
    assert_close(got["log"][-1]["accuracy"], right, "exact", "accuracy at the end")
    off = float(np.abs(got["outputs"] - got["expected"]).max() / max(1.0, np.abs(got["expected"]).max()))
    require(off <= 0.02, "what the same steps of earlier katas give, calibrated with the batches", f"{off:.3g} off")
    assert_close(got["nbytes"], nbytes[-1], "exact", "bytes at the end")
    for name in ("model as before", "memory of its own", "kernels of others as before"):
        require(got[name], name, "not so")
    require(got["in training mode"] == 0, "a model in eval mode", "a module in training mode")


@task(3)
@points(2)
@share(3)
@given(seed=seeds(), scale=st.sampled_from([8.0, 30.0]))
def test_the_test_set_calibrates_nothing(ask, seed, scale):
    """Inputs far beyond the batches are cut off by 8 bits, also if they are what is measured with."""
    plan, batches, x, y = digits(seed, scale=scale)
    got = ask(probes.optimise_cnn, plan, batches, x, y, {"steps": ["quantise"], "max_points_lost": 100.0}, "explicit")
    off = float(np.abs(got["outputs"] - got["expected"]).max() / max(1.0, np.abs(got["expected"]).max()))
    require(off <= 0.02, "what quantize_model gives with the batches", f"{off:.3g} off")


@task(3)
@points(2)
@given(order=st.permutations(["prune", "quantise"]), seed=seeds())
def test_a_step_that_costs_too_much_is_left_out(ask, order, seed):
    """Where pruning makes the model forget, it is undone, and 8 bits are taken from the model as it was."""
    sizes = np.random.default_rng(seed).permutation([1.0, 2.0, 3.0, 4.0]).astype(np.float32)
    plan = [(np.diag(sizes), None), "relu", (np.diag(1 / sizes), None)]
    x = np.eye(4, dtype=np.float32)
    got = ask(probes.optimise_cnn, plan, [x], x, np.arange(4), {"steps": list(order), "amount": 0.5}, "explicit")
    rows = [(line["step"], line["kept"], line["accuracy"]) for line in got["log"]]
    want = [("baseline", True, 1.0), ("prune", False, 0.75 if sizes[0] < 3 else 0.5), ("quantise", True, 1.0)]
    assert_close(rows, want, "exact", "step, kept, accuracy")
    assert_close(got["nbytes"], 2 * (16 + 4 * 4 + 8), "exact", "bytes at the end")


@task(3)
@points(2)
def test_the_baseline_is_explicit(ask):
    """The baseline runs over explicit kernels and the rest over fast ones; without that step, all runs over explicit ones."""
    for steps, during, afterwards in (
        (["kernels"], ["explicit", "fast"], ["fast"]),
        ([], ["explicit"], ["explicit"]),
        (["quantise", "kernels"], ["explicit", "fast"], ["fast"]),
        (["quantise"], ["explicit"], ["explicit"]),
    ):
        want = {"during": during, "afterwards": afterwards}
        assert_close(ask(probes.kernels_inside, steps), want, "exact")


@task(3)
@points(1)
def test_unknown_steps_are_refused(ask):
    """A step that does not exist, or comes twice, is a ValueError that names it."""
    for steps, name in ((["polish"], "polish"), (["prune", "prune"], "prune"), (["kernels", "Quantise"], "Quantise")):
        refuses(ask, ValueError, probes.optimise_refused, steps, naming=[name])


# -------------------------------------------------------------------- 4. GPT


@task(4)
@points(6)
@share(2)
@given(story=draws.writings(), quantised=st.booleans())
def test_a_fast_gpt_writes_what_generate_writes(ask, story, quantised):
    """The same tokens as generate's, each read once while the text fits the context; beyond it, too; the model is as before."""
    got = ask(probes.fast_gpt, *story.values(), quantised)
    assert_close(got["text"], got["wanted"], "exact", "text")
    t, n, context = story["prompt"].shape[-1], story["n"], story["settings"]["context"]
    batch = story["prompt"].size // t
    if t + n - 1 <= context and n:
        most = batch * (got["text"].shape[-1] - 1)
        require(got["read"] == most, f"{most} tokens read", f"{got['read']}")
    count = 3 * story["settings"]["num_layers"] + 1
    linears = {"linears": 0 if quantised else count, "in 8 bits": count if quantised else 0, "in training mode": 0}
    assert_close({name: got[name] for name in linears}, linears, "exact")
    require(got["model as before"] and got["memory of its own"], "a copy, and the model as before", "not so")


@task(4)
@points(1)
def test_a_fast_gpt_refuses_what_generate_refuses(ask):
    """An empty prompt, fewer tokens than none, and tokens that are no whole numbers are refused as by generate."""
    settings, sampling = draws.GPTS[0], {"temperature": 0}
    state = draws.gpt_state(settings, 1)
    for error, prompt, n in (
        (ValueError, np.zeros(0, int), 2),
        (ValueError, np.zeros((1, 1, 1), int), 2),
        (ValueError, np.array([1, 2]), -1),
        (TypeError, np.array([1.5, 2.0]), 2),
        (IndexError, np.array([1, 99]), 2),
    ):
        refuses(ask, error, probes.fast_gpt_refused, settings, state, prompt, n, sampling)


@task(4)
@points(3)
@given(
    t=st.sampled_from([3, 1, 5]), n=st.sampled_from([4, 1, 8]), runs=st.sampled_from([None, 3, 2]),
    given_text=st.booleans(), seed=seeds(),
)  # fmt: skip
def test_writing_is_measured_by_new_tokens(ask, t, n, runs, given_text, seed):
    """Seconds are those of one new token; accuracy is the share of new tokens at their places, of the first text written."""
    rng = np.random.default_rng(seed)
    prompt, wanted = rng.integers(0, 9, t), rng.integers(0, 3, t + n)
    texts = [np.concatenate([prompt, rng.integers(0, 3, n)]) for _ in range(6)]
    wanted[:t] = prompt
    costs, count = draws.costs(12, seed), 2 if runs is None else runs
    got = ask(
        probes.measure_writing, prompt, texts, wanted if given_text else None, n, costs,
        {} if runs is None else {"runs": runs},
    )  # fmt: skip
    samples = np.array(costs[1 : 1 + count]) / n
    right = float((texts[0][t:] == wanted[t:]).mean()) if given_text else 1.0
    want = {
        "name": "it", "accuracy": right, "nbytes": 77, "seconds": float(np.median(samples)),
        "p95": float(np.percentile(samples, 95)), "calls": 1 + count, "asked": True,
    }  # fmt: skip
    assert_close(got, want)


@task(4)
@points(1)
def test_texts_of_another_length_are_refused(ask):
    """No token to write, a text of another length, wanted or written, and a benchmark of no runs are ValueErrors."""
    prompt, text, costs = np.array([1, 2]), np.array([1, 2, 3, 4]), [1.0] * 9
    refuses(ask, ValueError, probes.measure_writing, prompt, [prompt], None, 0, costs, {}, naming=[0])
    refuses(ask, ValueError, probes.measure_writing, prompt, [text], text[:3], 2, costs, {}, naming=[(3,)])
    refuses(ask, ValueError, probes.measure_writing, prompt, [text[:3]], text, 2, costs, {}, naming=[(3,)])
    refuses(ask, ValueError, probes.measure_writing, prompt, [text], text, 2, costs, {"runs": 0}, naming=[0])


@task(4)
@points(3)
@share(3)
@given(which=st.sampled_from([0, 1, 2]), quantised=st.booleans(), runs=st.sampled_from([2, 3]), seed=seeds())
def test_a_gpt_before_and_after(ask, which, quantised, runs, seed):
    """The baseline's own text is the right one; the fast one is measured against it, with its own bytes."""
    settings = draws.GPTS[which]
    prompt = np.random.default_rng(seed).integers(0, settings["vocab_size"], 3)
    got = ask(probes.optimise_gpt, settings, draws.gpt_state(settings, seed), prompt, 4, quantised, runs)
    common = {"seconds": 0.25, "p95": 0.25}
    name = "cache, 8 bits" if quantised else "cache"
    assert_close(got["before"], {"name": "baseline", "accuracy": 1.0, "nbytes": got["bytes"][0], **common})
    assert_close(got["after"], {"name": name, "accuracy": got["agree"], "nbytes": got["bytes"][1], **common})
    require(got["a FastGPT"] and got["model as before"], "a FastGPT, and the model as before", "not so")
