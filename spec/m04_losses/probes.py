"""How the losses are called."""

import contextlib
import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..kit.probing import changing


def _ask(tt: Any, loss: Any, input: np.ndarray, target: np.ndarray, options: dict[str, Any]) -> np.ndarray:
    return loss(tt.Tensor(input), tt.Tensor(target), **_tensors(tt, options)).numpy()


def _tensors(tt: Any, options: dict[str, Any]) -> dict[str, Any]:
    return {name: tt.Tensor(value) if isinstance(value, np.ndarray) else value for name, value in options.items()}


# --------------------------------------------------------------- the losses


def mse_loss(tt, input, target, options):
    return _ask(tt, tt.mse_loss, input, target, options)


def l1_loss(tt, input, target, options):
    return _ask(tt, tt.l1_loss, input, target, options)


def nll_loss(tt, log_probs, target, options):
    return _ask(tt, tt.nll_loss, log_probs, target, options)


def cross_entropy(tt, logits, target, options):
    return _ask(tt, tt.cross_entropy, logits, target, options)


def binary_cross_entropy_with_logits(tt, logits, target, options):
    return _ask(tt, tt.binary_cross_entropy_with_logits, logits, target, options)


def asked_again(tt, loss, input, target, options):
    """The result, that of the same call again, that of the call with a NumPy array as its target; and the arguments."""
    x, y, tensors = tt.Tensor(input), tt.Tensor(target), _tensors(tt, options)
    function = getattr(tt, loss)
    answers = {
        "first": function(x, y, **tensors).numpy(),
        "second": function(x, y, **tensors).numpy(),
        "target as an array": function(x, target, **options).numpy(),
    }
    kept = {name: value.numpy() for name, value in tensors.items() if isinstance(value, tt.Tensor)}
    return {**answers, "input": x.numpy(), "target": y.numpy(), **kept}


def with_arrays(tt, loss, input, target, options):
    """Targets and weights as NumPy arrays."""
    return getattr(tt, loss)(tt.Tensor(input), target, **options).numpy()


# -------------------------------------------------------------- the modules


def module(tt, kind, input, target, options):
    """A loss as a Module: it keeps its options, and is called with the input and the target alone."""
    criterion = getattr(tt, kind)(**_tensors(tt, options))
    return criterion(tt.Tensor(input), tt.Tensor(target)).numpy()


def module_with_arrays(tt, kind, input, target, options):
    return getattr(tt, kind)(**options)(tt.Tensor(input), target).numpy()


def module_with_changing_weight(tt, kind, input, target, weight, later):
    """The loss after the Tensor that was given as its weight changed, and after another weight was loaded."""
    name, given = "pos_weight" if kind == "BCEWithLogitsLoss" else "weight", tt.Tensor(weight)
    criterion = getattr(tt, kind)(**{name: given}, reduction="sum")
    given.mul_(3.0)
    first = criterion(tt.Tensor(input), tt.Tensor(target)).numpy()
    criterion.load_state_dict({name: later})
    return {"given weight changed": first, "another loaded": criterion(tt.Tensor(input), tt.Tensor(target)).numpy()}


def parts_of_module(tt, kind, options):
    """What a loss keeps as a Module."""
    criterion = getattr(tt, kind)(**_tensors(tt, options))
    return {
        "is a Module": isinstance(criterion, tt.Module),
        "parameters": len(list(criterion.parameters())),
        "state": {name: np.array(value) for name, value in criterion.state_dict().items()},
        "training": [criterion.training, criterion.eval().training],
    }


def model_with_criterion(tt, options):
    """A model that holds its loss trains the same parameters as one that does not."""

    class Classifier(tt.Module):
        def __init__(self):
            super().__init__()
            self.layer = tt.Linear(3, 2, rng=0)
            self.criterion = tt.CrossEntropyLoss(**_tensors(tt, options))

    model = Classifier()
    model.eval()
    return {
        "parameters": [name for name, _ in model.named_parameters()],
        "state": list(model.state_dict()),
        "the loss is in training mode": model.criterion.training,
    }


# ---------------------------------------------------- together with m01 to m03


def composed_cross_entropy(tt, logits, target, axis, options):
    """nll_loss of log_softmax."""
    return tt.nll_loss(tt.log_softmax(tt.Tensor(logits), axis), tt.Tensor(target), **options).numpy()


def mlp_loss(tt, state, x, target, loss):
    """A two-layer network with given weights, and its loss: forward from end to end."""
    hidden, width = state["0.weight"].shape
    model = tt.Sequential(tt.Linear(width, hidden), tt.ReLU(), tt.Linear(hidden, state["2.weight"].shape[0]))
    model.load_state_dict(state)
    return getattr(tt, loss)(model(tt.Tensor(x)), tt.Tensor(target)).numpy()


def next_token_loss(tt, logits, tokens):
    """(batch, length, vocabulary) logits in PyTorch's two ways: classes moved to axis 1, and positions in one row."""
    scores = tt.Tensor(logits)
    moved = tt.cross_entropy(scores.transpose(1, 2), tt.Tensor(tokens))
    flat = tt.cross_entropy(scores.reshape(-1, logits.shape[-1]), tt.Tensor(tokens).reshape(-1))
    return {"classes on axis 1": moved.numpy(), "positions in one row": flat.numpy()}


@contextlib.contextmanager
def _lineage(Tensor: Any, differentiable: tuple[str, ...]) -> Iterator[dict[int, tuple[Any, set[str]]]]:
    """While it lasts, every differentiable operation notes which named tensors its result comes from.

    What comes from one of them can be read and not written: writing over it would cut the line.
    """
    family: dict[int, tuple[Any, set[str]]] = {}  # the tensors are kept, so that no id is used twice
    depth = 0

    def names(value: Any) -> set[str]:
        if isinstance(value, list | tuple):
            return set().union(*map(names, value))
        return family[id(value)][1] if id(value) in family else set()

    def watched(method: Any) -> Any:
        def call(*args: Any, **named: Any) -> Any:
            nonlocal depth
            depth += 1
            try:
                result = method(*args, **named)
            finally:
                depth -= 1
            if isinstance(result, Tensor):
                found = names(args) | names(list(named.values())) | names(result)
                family[id(result)] = (result, found)
                if found and depth == 0:  # inside an operation of m01, writing is its own business
                    result.data.flags.writeable = False
            return result

        return call

    replaced = {}
    for name in differentiable:
        if not any(name in vars(kind) for kind in Tensor.__mro__):
            continue
        method = inspect.getattr_static(Tensor, name)
        replaced[name] = vars(Tensor).get(name)
        static = isinstance(method, staticmethod)
        setattr(Tensor, name, staticmethod(watched(method.__func__)) if static else watched(method))
    try:
        yield family
    finally:
        for name, method in replaced.items():
            if method is None:
                delattr(Tensor, name)
            else:
                setattr(Tensor, name, method)


def comes_from(tt, loss, input, target, options):
    """Which of its arguments the loss is reached from by operations of Tensor alone."""
    x, y, options = tt.Tensor(input), tt.Tensor(target), _tensors(tt, options)
    with _lineage(tt.Tensor, tt.DIFFERENTIABLE) as family:
        family[id(x)] = (x, {"input"})
        family[id(y)] = (y, {"target"})
        result = getattr(tt, loss)(x, y, **options)
        return sorted(family[id(result)][1]) if id(result) in family else []


# ------------------------------------------------------------------ reflect


def formula(tt, name, *args):
    """What a formula of reflect.py says."""
    return getattr(tt.reflect, name)(*args)


def chance(tt, classes):
    """The formula, and the loss of a model that knows nothing."""
    logits, target = tt.Tensor(np.zeros((classes, classes))), tt.Tensor(np.arange(classes))
    return {"formula": float(tt.reflect.loss_at_chance(classes)), "measured": tt.cross_entropy(logits, target).item()}


def choices(tt, classes, likely):
    """The formula, given the loss of a model that wavers between the first `likely` classes."""
    logits = np.where(np.arange(classes) < likely, 0.0, -1e4)
    loss = tt.cross_entropy(tt.Tensor(np.tile(logits, (likely, 1))), tt.Tensor(np.arange(likely)))
    return float(tt.reflect.perplexity(loss.item()))


def margin(tt, margin, classes, right):
    """The formula, and the loss of one position with that margin."""
    logits = np.zeros(classes)
    logits[right] = margin
    measured = tt.cross_entropy(tt.Tensor(logits), tt.Tensor(np.array(right))).item()
    return {"formula": float(tt.reflect.loss_at_margin(margin, classes)), "measured": measured}


def smoothed(tt, smoothing, classes, logits):
    """The formula, and the loss of one position of class 0 for these logits."""
    measured = tt.cross_entropy(tt.Tensor(logits), tt.Tensor(np.array(0)), label_smoothing=smoothing).item()
    return {"formula": float(tt.reflect.smoothing_floor(smoothing, classes)), "measured": measured}


def log_sum_exp(tt, classes, dtype, off):
    """The formula, and log Σ exp of logits that lie `off` from it, as Tensor operations compute it."""
    limit = float(tt.reflect.overflow_logit(classes, dtype))
    with np.errstate(over="ignore"):
        return {"formula": limit, "measured": tt.full((classes,), limit + off, dtype=dtype).exp().sum().log().item()}


def divisor(tt, loss, formula_name, input, target, ignored):
    """The formula, and what the mean really divided the sum by."""
    x, y = tt.Tensor(input), tt.Tensor(target)
    total, mean = (getattr(tt, loss)(x, y, reduction=how).item() for how in ("sum", "mean"))
    return {"formula": tt.reflect.mean_divisor(formula_name, input.shape, ignored), "measured": total / mean}


def bytes_of_targets(tt, logits, target, form):
    """The formula, and the bytes of a Tensor of targets with which the loss was really computed."""
    positions, classes = logits.shape
    y = tt.Tensor(target) if form == "indices" else tt.Tensor(np.eye(classes, dtype=np.float32)[target])
    loss = tt.cross_entropy(tt.Tensor(logits), y).item()
    formula = tt.reflect.target_bytes(positions, classes, form)
    return {"formula": formula, "measured": y.memory_footprint(), "loss": loss}


# -------------------------------------------------------------------- speed


def repeated(tt, loss, input, target, repeat, session):
    x, y = tt.Tensor(input), tt.Tensor(target)
    function = getattr(tt, loss)
    for _ in changing(x, repeat, session):
        result = function(x, y)
    return result.item()
