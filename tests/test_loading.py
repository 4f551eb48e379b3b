"""The loader: fresh frameworks from sources, where one missing name costs only what needs it."""

import sys
import time

import numpy as np
import pytest

from grading.manifest import curriculum
from grading.outcomes import Broken, Raised, Todo
from grading.trees import Mix, Tree, learner, solutions
from grading.worker.framework import KataSource, Loader

from . import fault_probes as probes

TENSOR = (
    "class Tensor:\n    def __init__(self, data):\n        import numpy as np\n        self.data = np.array(data)\n"
)


def source(text: str, folder: str = "m01_tensor", exports: tuple = ("Tensor",), **more) -> KataSource:
    return KataSource(
        folder, {"tensor.py": (f"katas/{folder}/tensor.py", text.encode())}, exports, (), (folder,), **more
    )


@pytest.fixture
def loader():
    made = Loader()
    yield made
    made.close()


def test_a_missing_name_is_a_stub_and_costs_nothing_else(ask_of):
    ask = ask_of({"tensor.py": TENSOR})
    with pytest.raises(Todo, match="extra"):
        ask(probes.call, "extra", 1)
    assert ask(probes.data, 3).tolist() == 3


def test_a_missing_name_cannot_be_used_in_any_way(loader):
    framework = loader.load([source("")])
    missing = framework.Tensor

    def subclass():
        class Parameter(missing):
            pass

    for use in (lambda: missing(1), lambda: missing.exp, lambda: isinstance(1, missing), subclass):
        with pytest.raises(NotImplementedError, match="m01: Tensor"):
            use()


def test_a_missing_formula_is_a_stub(ask_of):
    ask = ask_of({"tensor.py": TENSOR}, part="reflect")
    with pytest.raises(Todo, match="reflect.nbytes"):
        ask(probes.reflect, "nbytes")


def test_an_empty_kata_is_a_stub(ask_of):
    with pytest.raises(Todo):
        ask_of({})(probes.data, 1)


def test_a_syntax_error_is_broken_with_its_line(ask_of):
    with pytest.raises(Broken, match="SyntaxError") as caught:
        ask_of({"tensor.py": TENSOR + "def f(:\n"})(probes.data, 1)
    assert caught.value.where[0].line == 5


def test_a_broken_reflect_costs_only_its_part(ask_of):
    files = {"tensor.py": TENSOR, "reflect.py": "1 / 0\n"}
    assert ask_of(files)(probes.data, 1).tolist() == 1
    with pytest.raises(Broken, match="ZeroDivisionError"):
        ask_of(files, part="reflect")(probes.data, 1)


@pytest.mark.parametrize("text", ["\x00", "x = " + "(" * 5000, "x = 1\n" + "if x:\n" * 5 + " y"])
def test_text_that_is_no_python_is_broken_and_nothing_else(loader, text):
    framework = loader.load([source(text)])
    assert framework.failures
    assert "SyntaxError" in framework.failures[0].message or "IndentationError" in framework.failures[0].message


def test_an_exit_at_import_is_a_failure(loader):
    framework = loader.load([source("import sys\nraise SystemExit(0)\n")])
    assert "exit(0)" in framework.failures[0].message or "sys" in framework.failures[0].message


def test_a_forbidden_import_raises_where_it_stands(ask_of):
    text = TENSOR + "def extra():\n    import torch\n    return 1\n"
    ask = ask_of({"tensor.py": text})
    assert ask(probes.data, 1).tolist() == 1
    with pytest.raises(Raised, match="importing torch is not allowed") as caught:
        ask(probes.call, "extra")
    assert caught.value.where[-1].line == 6


def test_a_kata_may_not_import_one_it_does_not_stand_on(loader):
    first = source("from ..m02_activations import relu\n")
    framework = loader.load([first, source("def relu(): pass\n", "m02_activations", ("relu",))])
    assert "does not stand on m02_activations" in framework.failures[0].message


def test_an_absolute_import_of_the_tree_is_explained(loader):
    framework = loader.load([source("from katas.m01_tensor import Tensor\n")])
    assert "write `from ..m01_tensor import …`" in framework.failures[0].message


def test_frameworks_share_nothing(loader):
    one = loader.load([source(TENSOR + "seen = []\n", exports=("Tensor", "seen"))])
    one.seen.append(1)
    one.Tensor.exp = 1
    two = loader.load([source(TENSOR + "seen = []\n", exports=("Tensor", "seen"))])
    assert two.seen == []
    assert not hasattr(two.Tensor, "exp")


def test_unloading_leaves_no_module_behind(loader):
    before = set(sys.modules)
    for _ in range(5):
        loader.load([source(TENSOR)])
    loader.unload("main")
    assert {name for name in sys.modules if name.startswith("katas_")} <= before


def test_a_planted_pycache_is_not_looked_at(ask_of, tmp_path):
    ask_of({"tensor.py": TENSOR})
    cache = tmp_path / "katas" / "m01_tensor" / "__pycache__"
    cache.mkdir()
    (cache / f"tensor.{sys.implementation.cache_tag}.pyc").write_bytes(b"garbage")
    assert ask_of({"tensor.py": TENSOR})(probes.data, 2).tolist() == 2


def test_links_and_folders_in_place_of_files_are_not_followed(tmp_path):
    kata = curriculum().kata("activations")
    (tmp_path / kata.id).mkdir()
    (tmp_path / kata.id / "activations.py").symlink_to("/etc/hostname")
    (tmp_path / kata.id / "reflect.py").mkdir()
    assert Tree(tmp_path, "t").source(kata, curriculum()).files == {}


def test_a_framework_holds_what_its_kata_needs_and_nothing_later():
    book = curriculum()
    for kata in book.katas:
        folders = [s.folder for s in Mix(learner()).sources(kata, book)]
        assert folders[-1] == kata.id
        assert all(folder <= kata.id for folder in folders)


def test_loading_takes_milliseconds(loader):
    book = curriculum()
    kata = [k for k in book.katas if k.exists][-1]
    sources = Mix(solutions()).sources(kata, book)
    loader.load(sources)
    times = []
    for _ in range(20):
        begin = time.process_time()
        framework = loader.load(sources)
        times.append(time.process_time() - begin)
    assert not framework.failures
    print(f"a reload of {len(sources)} katas: {1e3 * float(np.median(times)):.1f} ms")
    assert np.median(times) < 0.1


def test_two_loaders_in_one_process_never_meet():
    """The judge and its second opinion load side by side: each gets its own code, however often they load."""
    one, other = Loader(), Loader()
    try:
        for _ in range(3):
            mine = one.load([source("class Tensor: made = 'mine'\n")])
            for _ in range(4):
                theirs = other.load([source("class Tensor: made = 'theirs'\n")])
                assert (mine.Tensor.made, theirs.Tensor.made) == ("mine", "theirs")
    finally:
        one.close()
        other.close()


def test_an_import_that_no_kata_offers_is_explained(loader):
    other = source("from ..m01_tensor import helper\n", "m02_activations", ("relu",))
    other = KataSource(other.folder, other.files, other.exports, (), ("m01_tensor", "m02_activations"))
    failures = loader.load([source(TENSOR), other]).failures
    assert "cannot import name 'helper' from 'm01_tensor'" in failures[0].message
    assert "exports" in failures[0].message
    failures = loader.load([source("from .helpers import x\n")]).failures
    assert "only the files that curriculum.toml names" in failures[0].message
    assert "katas_" not in failures[0].message
