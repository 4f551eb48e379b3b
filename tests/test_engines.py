"""Both engines: faults of the code they run cost one call, and both give the same verdict."""

import itertools
import os
import time

import numpy as np
import pytest

from grading.engines import InProcess, Isolated
from grading.outcomes import Blocked, Broken, Crashed, Raised, Timeout, Todo, Wrong
from grading.worker import wire
from spec.kit import probing, speed

from . import fault_probes as probes

TENSOR = "import numpy as np\nclass Tensor:\n    def __init__(self, data):\n        self.data = np.array(data)\n"


def test_an_answer_comes_back(ask_of):
    ask = ask_of({"tensor.py": TENSOR})
    assert ask(probes.data, np.arange(3.0)).tolist() == [0, 1, 2]


@pytest.mark.parametrize("probe", [probes.hang, probes.hang_and_catch_everything])
def test_an_endless_loop_costs_one_deadline(ask_of, probe):
    ask = ask_of({"tensor.py": TENSOR})
    began = time.monotonic()
    with pytest.raises(Timeout, match="no answer after 0.5 s"):
        ask(probe, deadline=0.5)
    assert time.monotonic() - began < 5
    assert ask(probes.say, "after") is None


def test_the_judge_sees_the_processor_time_of_the_framework_and_not_its_waiting(engine, ask_of):
    ask = ask_of({"tensor.py": TENSOR})
    ask(probes.say, "warm")
    begin = ask.cpu_seconds()
    ask(probes.sleep, 0.3)
    slept = ask.cpu_seconds() - begin
    with pytest.raises(Timeout):
        ask(probes.hang, deadline=0.5)
    if isinstance(engine, Isolated):
        assert ask.cpu_seconds() == 0  # the process is gone; the next call starts another
    assert 0 <= slept < 0.2


def test_growth_is_told_from_noise():
    noise = itertools.cycle([1.0, 1.6, 1.0, 1.2, 1.7, 1.1])  # a neighbour makes some measurements longer
    for exponent, allowed in ((1, 1), (2, 2), (1, 0), (2, 1)):
        seconds = lambda n, e=exponent: next(noise) * n**e  # noqa: E731
        if exponent == allowed:
            speed.grows_like(allowed, seconds, 100, "it")
        else:
            with pytest.raises(Wrong, match="4 times the size takes about"):
                speed.grows_like(allowed, seconds, 100, "it", tries=60)


def test_a_yardstick_is_the_quickest_of_its_rounds():
    assert speed.yardstick_seconds(lambda: sum(range(1000)), rounds=3, enough=0.005) < 1e-3


def test_a_hang_at_import_is_broken(ask_of, monkeypatch):
    monkeypatch.setattr("grading.engines.LOAD_DEADLINE", 0.5)
    ask = ask_of({"tensor.py": "while True: pass\n"})
    with pytest.raises(Broken, match="no answer after 0.5 s"):
        ask(probes.data, 1)


def test_an_exit_is_an_error_like_any_other(ask_of):
    ask = ask_of({"tensor.py": TENSOR})
    with pytest.raises(Raised, match="SystemExit"):
        ask(probes.leave_politely)


def test_memory_that_runs_out_is_an_error(engine, ask_of):
    if isinstance(engine, InProcess):
        pytest.skip("in process nothing limits memory: it is for debugging")
    ask = ask_of({"tensor.py": TENSOR})
    with pytest.raises(Raised, match="MemoryError"):
        ask(probes.one_huge_array)
    with pytest.raises((Raised, Crashed, Timeout)):  # filling 4 GB page by page may outlast the deadline
        ask(probes.fill_memory, deadline=3)
    assert ask(probes.data, 1).tolist() == 1


def test_what_is_too_large_or_no_data_is_refused(ask_of):
    ask = ask_of({"tensor.py": TENSOR})
    with pytest.raises(Wrong, match="at most|Unable to allocate"):
        ask(probes.return_large, 10**9, deadline=20)
    with pytest.raises(Wrong, match="object, not plain data"):
        ask(probes.return_object)
    with pytest.raises(Wrong, match="Always, not plain data"):
        ask(probes.return_subclass)


def test_a_changed_argument_is_wrong(ask_of):
    ask = ask_of({"tensor.py": TENSOR})
    x = np.ones(3)
    with pytest.raises(Wrong, match="it changed x"):
        ask(probes.write_into, x)
    assert x.tolist() == [1, 1, 1]


def test_a_session_lives_for_one_law(ask_of):
    ask = ask_of({"tensor.py": TENSOR})
    assert ask(probes.keep, value=7) == 7
    assert ask(probes.kept) == 7
    ask = ask_of({"tensor.py": TENSOR})
    assert ask(probes.kept) is None


def test_global_generators_start_each_law_alike(ask_of):
    first = ask_of({"tensor.py": TENSOR})(probes.random_number)
    assert ask_of({"tensor.py": TENSOR})(probes.random_number) == first


def test_warnings_are_quiet_by_default_and_errors_when_strict(ask_of):
    assert ask_of({"tensor.py": TENSOR})(probes.warn) == np.inf
    for made in (Isolated(strict=True), InProcess(strict=True)):
        try:
            made.load([])
            assert made.call(probes.warn, wire.pack(((), {})), 5)["error"]["classes"][0] == "RuntimeWarning"
        finally:
            made.close()


def test_a_stub_is_todo_and_an_earlier_one_blocks(ask_of):
    ask = ask_of({"tensor.py": TENSOR})
    with pytest.raises(Todo, match="Tensor.exp"):
        ask(probes.not_implemented, "m01: Tensor.exp")
    with pytest.raises(Todo, match="later"):
        ask.attempt(probes.not_implemented, "later")
    ask.kata = ask.curriculum.katas[0].__class__("m02_activations", "activations", "", "foundation")
    with pytest.raises(Blocked) as caught:
        ask.attempt(probes.not_implemented, "m01: Tensor.exp")
    assert caught.value.kata == "m01"


class TestWorker:
    """What only the process gives."""

    @pytest.fixture
    def engine(self):
        made = Isolated()
        yield made
        made.close()

    @pytest.mark.parametrize("probe", [probes.leave, probes.crash])
    def test_a_dead_worker_costs_one_call(self, ask_of, probe):
        ask = ask_of({"tensor.py": TENSOR})
        with pytest.raises(Crashed, match="ended itself|SIGSEGV"):
            ask(probe)
        assert ask(probes.data, 5).tolist() == 5

    def test_endless_output_is_cut_short(self, ask_of):
        ask = ask_of({"tensor.py": TENSOR})
        with pytest.raises(Crashed, match="printed more than 1 MB"):
            ask(probes.print_forever)
        assert len(ask.engine.prints) <= 64 * 1024

    def test_prints_are_those_of_the_last_call(self, ask_of):
        ask = ask_of({"tensor.py": TENSOR})
        ask(probes.say, "first")
        ask(probes.say, "second")
        assert ask.engine.prints == "second\n"

    def test_a_forged_answer_is_no_answer(self, ask_of):
        ask = ask_of({"tensor.py": TENSOR})
        with pytest.raises(Crashed, match="no longer speaks"):
            ask(probes.forge)
            ask(probes.say, "the extra bytes are found at the latest here")

    @pytest.mark.parametrize("name", ["torch", "hypothesis", "pytest", "spec", "solutions", "grading", "katas", "yaml"])
    def test_it_cannot_import(self, ask_of, name):
        ask = ask_of({"tensor.py": TENSOR})
        with pytest.raises(Raised, match="ModuleNotFoundError"):
            ask(probes.imports, name)

    def test_its_environment_is_scrubbed(self, ask_of, monkeypatch):
        monkeypatch.setenv("KATA_SECRET", "x")
        names = ask_of({"tensor.py": TENSOR})(probes.environment)
        assert "KATA_SECRET" not in names
        assert set(names) <= {"PATH", "HOME", "TMPDIR", "LANG", "PYTHONHASHSEED", "LC_CTYPE", "OPENBLAS_NUM_THREADS",
                              "OMP_NUM_THREADS", "MKL_NUM_THREADS"}  # fmt: skip

    def test_it_runs_in_an_empty_folder_of_its_own_that_goes_away(self, engine):
        engine.load([])
        folder = engine._cwd
        assert os.listdir(folder) == []
        engine.close()
        assert not os.path.exists(folder)

    def test_it_starts_and_answers_quickly(self, engine):
        began = time.perf_counter()
        engine.load([])
        started = time.perf_counter() - began
        packed = wire.pack(((np.ones((3, 4)), 1), {}))
        times = []
        for _ in range(200):
            begin = time.perf_counter()
            engine.call(probing.echo, packed, 5)
            times.append(time.perf_counter() - begin)
        print(f"start {started:.3f} s, call {1e3 * float(np.median(times)):.3f} ms")
        assert started < 3  # 0.15 s on an idle machine; the bar here only catches an order of magnitude
        assert np.median(times) < 3e-3  # 0.15 ms on an idle machine
