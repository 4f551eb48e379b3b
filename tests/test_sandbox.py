"""The kernel's walls around the worker: what hostile code cannot do, and what honest code still can."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from grading.ask import Ask
from grading.engines import Isolated
from grading.manifest import ROOT, Curriculum, Kata
from grading.worker import seccomp

from . import hostile_probes as probes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's walls are Linux's")


def asking(engine):
    """An `ask` without any kata."""
    kata = Kata("m01_tensor", "tensor", "Tensor", "foundation", files=("tensor.py",), exports=("Tensor",))
    asked = Ask(engine, Curriculum((kata,), ()))
    asked.begin(kata, [], "build")
    return asked


@pytest.fixture(scope="module")
def ask():
    engine = Isolated()
    asked = asking(engine)
    if not engine.sandbox.endswith("+landlock+seccomp"):
        pytest.skip(f"this kernel reaches {engine.sandbox} only")
    yield asked
    engine.close()


@pytest.fixture
def precious(tmp_path):
    path = tmp_path / "grades.json"
    path.write_text("kept")
    path.chmod(0o600)
    yield path
    assert path.read_text() == "kept"
    assert path.stat().st_mode & 0o777 == 0o600


REFUSED = ("PermissionError", "OSError: [Errno 18]", "MemoryError")


@pytest.mark.parametrize("name", ["read", "write", "remove", "rename", "truncate", "link"])
def test_files_outside_are_out_of_reach(ask, precious, name):
    assert ask(getattr(probes, name), str(precious)).startswith(REFUSED)


def test_modes_of_files_outside_stay_what_they_are(ask, precious):
    assert ask(probes.chmod, str(precious)) == "done"  # so it says; see `precious`


@pytest.mark.parametrize("path", [
    "/etc/passwd", "/proc/self/environ", str(ROOT / "curriculum.toml"), str(ROOT / "spec" / "m01_tensor" / "oracles.py"),
    str(ROOT / "solutions" / "m01_tensor" / "tensor.py"), pytest.__file__,
])  # fmt: skip
def test_nothing_of_the_judge_can_be_read(ask, path):
    assert ask(probes.read, path).startswith("PermissionError")


def test_the_judges_memory_cannot_be_read(ask):
    for name in ("mem", "environ", "maps"):
        assert ask(probes.read, f"/proc/{os.getpid()}/{name}").startswith("PermissionError")


@pytest.mark.parametrize("path", ["/", str(ROOT), "/tmp", "/proc"])
def test_nothing_can_be_listed(ask, path):
    assert ask(probes.listed, path).startswith("PermissionError")


def test_nothing_new_appears_outside(ask, tmp_path):
    assert ask(probes.write, str(tmp_path / "new")).startswith("PermissionError")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["fork", "spawn", "execute", "connect", "pair"])
def test_no_processes_and_no_network(ask, name):
    assert "Operation not permitted" in ask(getattr(probes, name))


def test_the_judge_cannot_be_signalled(ask):
    for number in (0, signal.SIGTERM, signal.SIGKILL):
        assert ask(probes.kill_parent, int(number)).startswith("PermissionError")
    assert ask(probes.thread_kill_parent) == "errno 1"


def test_limits_cannot_be_raised(ask):
    assert not ask(probes.raise_limits).startswith("done")


def test_pytorchs_libraries_cannot_be_loaded(ask):
    import torch

    library = Path(torch.__file__).parent / "lib" / "libtorch_cpu.so"
    assert library.exists()
    assert ask(probes.load_library, str(library)).startswith("OSError")


def test_honest_code_has_what_it_needs(ask):
    assert ask(probes.threads) == [0, 1, 2, 3]
    assert ask(probes.products, 300) == 300 + 1 + 4
    assert ask(probes.files) == 3
    assert ask(probes.imports) == ["bisect", "colorsys", "csv", "fractions", "statistics", "textwrap"]
    assert ask(probes.randomness) == 9


def test_the_worker_ends_with_its_judge():
    """Even if the judge is killed while the worker runs in circles."""
    code = (
        "from grading.engines import Isolated\n"
        "from tests import fault_probes as probes\n"
        "from tests.test_sandbox import asking\n"
        "engine = Isolated()\n"
        "ask = asking(engine)\n"
        "print(engine._process.pid, flush=True)\n"
        "ask(probes.hang, deadline=60)\n"
    )
    judge = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert judge.stdout is not None
    worker = int(judge.stdout.readline())
    time.sleep(0.3)  # let it run into the loop
    judge.kill()
    judge.wait()
    judge.stdout.close()
    for _ in range(100):
        status = Path(f"/proc/{worker}/stat")
        if not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return
        time.sleep(0.05)
    os.kill(worker, signal.SIGKILL)
    raise AssertionError("the worker went on")


@pytest.mark.parametrize("machine", seccomp.NUMBERS)
def test_the_filter_is_well_formed(machine):
    """Every jump stays inside, and every path ends in an answer."""
    rows = np.frombuffer(seccomp.program(machine, 1234), "<u2,u1,u1,<u4")
    for place, (code, yes, no, _) in enumerate(rows.tolist()):
        if code in (seccomp.EQUAL, seccomp.AT_LEAST, seccomp.ANY_BIT):
            assert place + 1 + max(yes, no) < len(rows)
    assert rows[-1][0] == seccomp.RETURN
    numbers = list({**seccomp.NUMBERS[machine], **seccomp.EVERYWHERE}.values())
    assert len(numbers) == len(set(numbers)), "two calls of one number"
