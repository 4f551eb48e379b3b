"""`python -m tests.figures`: the figures that CHANGELOG and README state, measured anew. Run it on an otherwise idle machine.

Times are of this machine; ratios travel.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from grading.ask import Ask
from grading.engines import InProcess, Isolated
from grading.manifest import ROOT, curriculum
from grading.stubs import generate
from grading.trees import Mix, solutions
from grading.worker import wire
from spec.kit import probing, seconds_per_call
from spec.kit.speed import yardstick_seconds

CORES = os.cpu_count() or 1


def resident(pid: int) -> int:
    """Bytes resident of a process and all its descendants, pages that they share counted once (PSS) where the system says."""
    total, todo = 0, [pid]
    while todo:
        one = todo.pop()
        try:
            rollup = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii")
            total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) * 1024
            for task in Path(f"/proc/{one}/task").iterdir():
                todo += [int(child) for child in (task / "children").read_text(encoding="ascii").split()]
        except (OSError, StopIteration, ProcessLookupError):
            continue
    return total


def timed(*words: str) -> tuple[float, int, str]:
    """Seconds, peak bytes and output of a command."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    peak, done = 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.1):
            peak = max(peak, resident(process.pid))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    out, _ = process.communicate()
    seconds = time.perf_counter() - began
    done.set()
    watcher.join()
    return seconds, peak, out


def show(what: str, value: str, needed: str) -> None:
    print(f"{what:<58} {value:>12}   ({needed})", flush=True)


def worker() -> None:
    engine = Isolated()
    starts, calls = [], []
    for _ in range(5):
        began = time.perf_counter()
        engine.load([])
        starts.append(time.perf_counter() - began)
        engine.close()
    engine.load([])
    packed = wire.pack(((np.ones((3, 4)), 1), {}))
    for _ in range(2000):
        began = time.perf_counter()
        engine.call(probing.echo, packed, 5)
        calls.append(time.perf_counter() - began)
    engine.close()
    show("worker: start, median of 5", f"{np.median(starts):.2f} s", "0.3 s or less")
    show("worker: a call with a small array, median of 2,000", f"{1e3 * np.median(calls):.2f} ms", "0.3 ms or less")


def product() -> None:
    from solutions.m01_tensor import Tensor
    from spec.m01_tensor import yardsticks

    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal((128, 128)).astype("float32") for _ in range(2))
    began = time.perf_counter()
    yardsticks.loops_over_a_slab(a, b, 16)
    slow = 8 * (time.perf_counter() - began)
    x, y = Tensor(a), Tensor(b)
    times = []
    for _ in range(200):
        began = time.perf_counter()
        x @ y
        times.append(time.perf_counter() - began)
    show("@ at 128³ over the judge's element loops", f"{slow / np.median(times):,.0f} x", "500 x or more")


def autograd() -> None:
    """The reference beside PyTorch on one thread, in turns: the median of nine ratios."""
    from spec.m06_autograd import oracles, probes
    from spec.m06_autograd.test_speed import seconds_of

    ask = asking("autograd")
    rng = np.random.default_rng(0)
    shapes = {"0.weight": (128, 784), "0.bias": (128,), "2.weight": (10, 128), "2.bias": (10,)}
    state = {name: (rng.standard_normal(shape) / 28).astype(np.float32) for name, shape in shapes.items()}
    x, target = rng.standard_normal((64, 784)).astype(np.float32), rng.integers(0, 10, 64)
    step, _ = oracles.training_step(state, x, target)
    ask(probes.training_start, state, x, target)
    ratios = [seconds_per_call(ask, probes.training_steps) / seconds_of(step) for _ in range(9)]
    show("MLP 784-128-10, batch 64: step over PyTorch's", f"{np.median(ratios):.2f} x", "2 x or less")
    a, b, grad = (rng.standard_normal((8, 8)).astype(np.float32) for _ in range(3))
    theirs = oracles.addition(a, b, grad)
    ratios = [seconds_per_call(ask, probes.addition, a, b, grad) / seconds_of(theirs) for _ in range(9)]
    show("8x8 addition with gradient over PyTorch's", f"{np.median(ratios):.2f} x", "3 x or less")


def asking(name: str) -> Ask:
    """An `ask` of the reference's kata, in this process."""
    book = curriculum()
    ask, kata = Ask(InProcess(deadlines=False), book), book.kata(name)
    ask.begin(kata, Mix(solutions()).sources(kata, book))
    return ask


def convolution() -> None:
    """128 images of 3 × 32 × 32, 32 filters of 5 × 5, over columns: beside PyTorch on one thread, and beside element loops."""
    import torch

    from spec.m09_convolutions import oracles, probes
    from spec.m09_convolutions.test_speed import MACS, lesson

    torch.set_num_threads(1)
    x, w = lesson()
    tensors = torch.from_numpy(x), torch.from_numpy(w)
    ask = asking("convolutions")

    def columns() -> float:
        return seconds_per_call(ask, probes.conv2d_again, "conv2d_im2col", x, w, {}, rounds=3)

    ratios = [columns() / yardstick_seconds(lambda: torch.nn.functional.conv2d(*tensors), rounds=3) for _ in range(7)]
    show("im2col at the CIFAR shape over PyTorch's", f"{np.median(ratios):.2f} x", "6 x or less")
    loops = yardstick_seconds(lambda: oracles.conv2d_loops(x[:1], w[:1], 4)) / (4 * 28 * 75)
    show("  element loops over it, extrapolated", f"{loops * MACS / columns():,.0f} x", "1,000 x or more")


def transformer() -> None:
    """A GPT's step, there and back, beside PyTorch on one thread."""
    from spec.m13_transformers import oracles, probes
    from spec.m13_transformers.test_speed import MODEL, texts

    ids, targets = texts()
    pytorch, ask = oracles.one_thread_step(MODEL, ids, targets), asking("transformers")
    pytorch()
    ratios = [
        seconds_per_call(ask, probes.step_again, MODEL, ids, targets, rounds=3) / yardstick_seconds(pytorch, rounds=3)
        for _ in range(7)
    ]
    show("GPT, batch 8, context 64, dim 64, 4 layers: step over PyTorch's", f"{np.median(ratios):.2f} x", "4 x or less")


def main() -> None:
    """Measure everything."""
    print(f"{CORES} cores, Python {sys.version.split()[0]}, NumPy {np.__version__}")
    worker()
    product()
    autograd()
    convolution()
    transformer()
    for kata in curriculum().katas:
        if kata.exists:
            seconds, _, out = timed("-m", "pytest", "-q", "-k", kata.name, "--impl", "solutions")
            show(
                f"pytest -q -k {kata.name} on the solved kata, cold",
                f"{seconds:.1f} s",
                out.strip().splitlines()[-1][:40],
            )
    seconds, peak, out = timed("grader.py", "m01-m04", "--impl", "solutions")
    total = next(line for line in out.splitlines() if line.startswith("total"))
    show("grader.py on m01-m04, solved", f"{seconds:.1f} s", total[:16])
    show("  its peak memory, all processes", f"{peak / 1e6:,.0f} MB", "1,500 MB or less")
    with tempfile.TemporaryDirectory() as folder:
        generate(curriculum(), ROOT / "solutions", Path(folder))
        seconds, _, out = timed("grader.py", "m01-m04", "--submission", folder)
    total = next(line for line in out.splitlines() if line.startswith("total"))
    show("grader.py on m01-m04, untouched stubs", f"{seconds:.1f} s", total[:16])


if __name__ == "__main__":
    main()
