"""Blame: a law that fails because of an earlier kata says which, and counts as held in the score that stands alone."""

import pytest

from grading.judging import Judge
from grading.manifest import curriculum
from grading.run import Settings, grade
from grading.trees import Mix, Reading, solutions

TENSOR, ACTIVATIONS, LAYERS = "m01_tensor", "m02_activations", "m03_layers"


def planted(*changes):
    """The reference with (file, appended text) changes."""
    tree = solutions()
    book = curriculum()
    texts = {}
    for name, more in changes:
        kata, file = name.split("/")
        texts[name] = tree.text(book.kata(kata), file) + more.encode()
    return Mix(tree.planting(texts, "planted"))


WRONG_MAX = (
    "m01_tensor/tensor.py",
    "\n\n_max = Tensor.max\nTensor.max = lambda self, axis=None, keepdims=False: _max(self, axis, keepdims) * 0 + 1e3\n",
)
WRONG_SOFTMAX = ("m02_activations/activations.py", "\n\ndef softmax(x, axis=-1):\n    return x\n")


def of(report, word):
    return [law for law in report.katas[0].laws if word in law.id and law.status != "passed"]


@pytest.mark.parametrize("isolated", [False, True], ids=["in process", "isolated"])
def test_a_wrong_tensor_is_to_blame_for_activations(isolated):
    report = grade(
        [curriculum().kata("activations")], Settings(planted(WRONG_MAX), "quick", isolated=isolated), curriculum()
    )
    kata = report.katas[0]
    bad = [law for law in kata.laws if law.status == "failed"]
    assert bad
    assert {law.blame for law in bad} == {"m01"}
    assert kata.score < 100
    assert kata.score_alone == 100


def test_ones_own_fault_is_blamed_on_nobody():
    report = grade([curriculum().kata("activations")], Settings(planted(WRONG_SOFTMAX), "quick"), curriculum())
    bad = [law for law in report.katas[0].laws if law.status == "failed"]
    assert bad
    assert {law.blame for law in bad} == {""}
    assert report.katas[0].score_alone == report.katas[0].score


def test_both_faults_are_ones_own_until_it_is_mended():
    report = grade(
        [curriculum().kata("activations")], Settings(planted(WRONG_MAX, WRONG_SOFTMAX), "quick"), curriculum()
    )
    soft = [law for law in of(report, "[softmax]") if law.part == "build"]
    assert soft
    assert "" in {law.blame for law in soft}


def test_a_blocked_kata_is_judged_alone_on_the_references_tensor(tmp_path):
    tree = solutions()
    stub = {f"{TENSOR}/{file}": b"" for file in curriculum().kata("tensor").files}
    report = grade(
        [curriculum().kata("activations")], Settings(Mix(tree.planting(stub, "no tensor")), "quick"), curriculum()
    )
    kata = report.katas[0]
    assert kata.score < 20  # formulas of plain numbers need no tensor
    assert kata.score_alone == 100.0
    assert {law.blame for law in kata.laws if law.status == "blocked"} == {"m01"}


def test_the_failure_says_so():
    from grading.render import failure_text

    report = grade([curriculum().kata("activations")], Settings(planted(WRONG_MAX), "quick", stop=True), curriculum())
    law = next(law for law in report.katas[0].laws if law.blame)
    assert "your m02 is right: its law fails because of m01" in failure_text(law)


WRONG_STEP = (
    "m07_optimizers/sgd.py",
    "\n\n_update = SGD.update\nSGD.update = lambda self, p, grad, *more: _update(self, p, 2 * grad, *more)\n",
)
WRONG_BACKWARD = (
    "m06_autograd/graph.py",
    "\n\n_backward = backward\n\n\ndef backward(self, gradient=None, retain_graph=False):\n"
    "    _backward(self, 2.0 * np.ones(self.shape) if gradient is None else gradient, retain_graph)\n",
)


@pytest.mark.parametrize(("wrong", "short"), [(WRONG_STEP, "m07"), (WRONG_BACKWARD, "m06")], ids=["m07", "m06"])
def test_a_wrong_optimizer_or_autograd_is_to_blame_for_training(wrong, short):
    report = grade([curriculum().kata("training")], Settings(planted(wrong), "quick"), curriculum())
    kata = report.katas[0]
    bad = [law for law in kata.laws if law.status == "failed"]
    assert bad
    assert {law.blame for law in bad} == {short}
    assert kata.score_alone == 100


@pytest.mark.parametrize("guilty", range(7))
@pytest.mark.parametrize("before", [None, *range(7)])
def test_the_guilty_kata_is_found_wherever_the_last_one_stood(guilty, before, monkeypatch):
    book = curriculum()
    kata = book.kata("training")
    earlier, asked = book.closure(kata)[:-1], []
    judge = Judge(book, Reading(Mix(solutions()), solutions(), book), solutions(), None, None, None)
    monkeypatch.setattr(judge.reading, "sources", lambda kata, upto: upto)
    monkeypatch.setattr(
        judge, "_holds", lambda kata, upto, law, part: asked.append(upto) or upto.id >= earlier[guilty].id
    )
    if before is not None:
        judge._culprits[kata.id] = before
    assert judge._culprit(kata, earlier, None, "build") == guilty
    assert len(asked) == len(set(asked)) <= (2 if before == guilty else 5)
    assert judge._culprits[kata.id] == guilty
