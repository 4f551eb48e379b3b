"""The right answers: PyTorch in float64, closed forms, and counts. Laws find all of them here, under their probes' names."""

import itertools

import numpy as np

from spec.kit.compare import Bounded
from spec.kit.oracle import leaf, narrow, native, pull, wide

from .oracles_forgetting import (  # noqa: F401
    CHANGES,
    after_a_refused_pass,
    backward_again,
    changed_before_backward,
    constant_from_a_leaf,
    detached,
    harmless_change,
    harmless_changes,
    in_another_thread,
    left_alive,
    without_recording,
)
from .oracles_operations import (  # noqa: F401
    binary,
    clip,
    clip_by_name,
    converted,
    indexed,
    joined,
    joined_with_itself,
    matmul,
    moved,
    reduce,
    where,
)
from .oracles_own import (  # noqa: F401
    checked,
    checked_alone,
    checkpoint_of_constants,
    checkpoint_walked_without_recording,
    checkpointed,
    own_function,
    own_function_on_constants,
)
from .oracles_walking import (  # noqa: F401
    _torch,
    accumulated,
    answers,
    backward_with,
    cast,
    chain,
    composed_method,
    constructed,
    default_seed,
    diamonds,
    linear_back,
    long_chain,
    made_before,
    mixed,
    of_a_leaf,
    operand_given_back,
    program,
    shared,
    unary,
    unbroadcast,
    with_itself,
    wrapped,
)
from .probes import LINKS
from .walking import upstream

# ------------------------------------------------------------------------ use

FUNCTION_NAMES = {"axis": "dim"}


def through_function(name, x, settings, seed):
    functional = _torch().nn.functional
    settings = {FUNCTION_NAMES.get(key, key): value for key, value in settings.items()}
    if name == "gelu":
        settings["approximate"] = "tanh"
    function = getattr(_torch(), name) if name in ("sigmoid", "tanh") else getattr(functional, name)
    got = linear_back(lambda t: function(t, **settings), [x], ["leaf"], seed)
    value, size = got.pop("value").want, 1.0 + np.abs(x).max(initial=0.0)
    # Derivatives of activations are about 1 at most, and made of numbers of size 1 (gelu and silu: of size x).
    due = 4.0 * size * np.abs(upstream(value.shape, seed, x.dtype)).max(initial=0.0)
    grads = {name: Bounded(want.want, np.full(x.shape, due)) for name, want in got.items()}
    return {"value": Bounded(value, np.full(value.shape, size)), **grads}


def through_loss(name, x, target, options, seed):
    functional = _torch().nn.functional
    options = {key: cast(value, wide) for key, value in options.items()}
    wanted = cast(target, wide) if target.dtype.kind == "f" else native(target)
    t = leaf(x)
    y = getattr(functional, name)(t, wanted, **options)
    grad = upstream(tuple(y.shape), seed, x.dtype)
    pull(y, wide(grad))
    # Differences of probabilities, of numbers of the size of x, times weights.
    size = np.abs(grad).max(initial=0) * (4 + 4 * np.abs(x).max(initial=0))
    value = Bounded(narrow(y, x.dtype), np.full(tuple(y.shape), (1 + np.abs(x).max(initial=0)) ** 2 * max(x.size, 1)))
    return answers(value, [(t.grad.numpy(), np.full(x.shape, float(size)), x.dtype)], "a")


def train(state, x, target, steps, rate, frozen):
    torch = _torch()
    parameters = {name: leaf(array) for name, array in state.items()}
    for name in frozen:
        parameters[name].requires_grad_(False)
    losses = []
    for _ in range(steps):
        hidden = torch.nn.functional.gelu(wide(x) @ parameters["0.weight"].T + parameters["0.bias"], approximate="tanh")
        logits = hidden @ parameters["2.weight"].T + parameters["2.bias"]
        loss = torch.nn.functional.cross_entropy(logits, native(target))
        losses.append(loss.item())
        loss.backward()
        with torch.no_grad():
            for p in parameters.values():
                if p.grad is not None:
                    p -= rate * p.grad
                    p.grad = None
    return {
        "losses": losses,
        "parameters": {name: narrow(p, "float32") for name, p in parameters.items()},
    }


def parameters_ask_for_gradients():
    return {
        "Parameters": [True, True],
        "Parameter(…, requires_grad=False)": False,
        "result": [True, False],
        "grads": [np.ones((3, 2), np.float32), np.ones(3, np.float32)],
        "grads of a deep copy made before": [True, True],
    }


def rows(x, seed):
    weights = 1.0 + np.arange(len(x)).reshape(-1, *[1] * (x.ndim - 1))
    grad = upstream(x.shape[1:], seed, x.dtype)
    value = Bounded(narrow((x * weights).sum(0), x.dtype), np.abs(x * weights).sum(0))
    return answers(value, [(weights * grad, np.abs(weights * grad), x.dtype)], "a")


# -------------------------------------------------------------------- reflect


def chain_derivative(x, links):
    torch = _torch()
    t = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    y = t
    for link in links:
        y = LINKS[link](y)
    y.backward()
    return {"formula": float(t.grad), "your backward": float(t.grad)}


def paths(fans):
    """Counted: every way is walked."""
    count = sum(1 for _ in itertools.product(*(range(fan) for fan in fans)))
    return {"formula": count, "your backward": float(count)}


def flops_of(*products):
    """Counted: the multiplications and additions of products (n, k) @ (k, m) that are really made, in loops."""
    count = 0
    for (n, k), (inner, m) in products:
        assert k == inner
        for _ in itertools.product(range(n), range(m), range(k)):
            count += 2
    return count


def backward_flops(n, k, m, wrt_left, wrt_right):
    made = [((n, m), (m, k))] * wrt_left + [((k, n), (n, m))] * wrt_right
    return flops_of(*made)


def training_flops(batch, widths):
    made = []
    for layer, (inputs, outputs) in enumerate(itertools.pairwise(widths)):
        made += [((batch, inputs), (inputs, outputs)), ((inputs, batch), (batch, outputs))]
        made += [((batch, outputs), (outputs, inputs))] if layer else []
    return flops_of(*made)


def kept_bytes(batch, widths, itemsize):
    """Counted: the arrays that a network with tanh leaves for its backward pass."""
    kept, y = 0, np.zeros((batch, widths[0]), f"f{itemsize}")
    for width in widths[1:]:
        kept += y.nbytes  # for the gradient of the weight
        y = np.tanh(y @ np.zeros((y.shape[1], width), y.dtype))
    return kept + y.nbytes  # for the gradient of the last tanh


def training_bytes(widths, extras):
    arrays = [np.zeros(shape, "float32") for a, b in itertools.pairwise(widths) for shape in ((b, a), (b,))]
    total = sum(array.nbytes for array in arrays for _ in range(2 + extras))
    return {"formula": total, "measured": total}


def checkpointed_calls(layers, segment):
    count = 0
    for start in range(0, layers, segment or layers):
        run = min(segment or layers, layers - start)
        count += run if not segment else 2 * run
    return {"formula": count, "counted": count}


def kept_arrays(layers, segment):
    """Counted: the arrays that are there at once, over a forward and a backward pass with checkpoints."""
    if not segment:
        return layers
    results = most = 0
    for _ in range(0, layers, segment):
        results += 1
    for done in range(0, layers, segment):
        alive = results - done // segment + segment
        most = max(most, alive)
    return most


def best_segment(layers):
    costs = {s: kept_arrays(layers, s) for s in range(1, layers + 1) if layers % s == 0}
    return min(s for s, cost in costs.items() if cost == min(costs.values()))


# ---------------------------------------------------------------------- speed


def training_step(state, x, target):
    """A step of PyTorch, to be timed, and the loss before the first one."""
    torch = _torch()
    inputs, hidden, classes = x.shape[1], len(state["0.bias"]), len(state["2.bias"])
    model = torch.nn.Sequential(torch.nn.Linear(inputs, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, classes))
    model.load_state_dict({name: native(array) for name, array in state.items()})
    x, target = native(x), native(target)
    parameters = list(model.parameters())

    def step():
        for p in parameters:
            p.grad = None
        loss = torch.nn.functional.cross_entropy(model(x), target)
        loss.backward()
        with torch.no_grad():
            for p in parameters:
                p -= 0.01 * p.grad
        return loss.item()

    return step, torch.nn.functional.cross_entropy(model(x), target).item()


def step_by_hand(state, x, target):
    """The same step, written out in NumPy for this one network: to be timed."""
    w1, b1, w2, b2 = (array.copy() for array in state.values())
    rows = np.arange(len(x))

    def step():
        hidden = x @ w1.T + b1
        active = np.maximum(hidden, 0)
        logits = active @ w2.T + b2
        weights = np.exp(logits - logits.max(1, keepdims=True))
        due = weights / weights.sum(1, keepdims=True)
        due[rows, target] -= 1
        due /= len(x)
        below = (due @ w2) * (hidden > 0)
        for parameter, gradient in ((w1, below.T @ x), (b1, below.sum(0)), (w2, due.T @ active), (b2, due.sum(0))):
            parameter -= 0.01 * gradient

    return step


def addition(a, b, grad):
    """PyTorch's addition and backward pass, to be timed."""
    a, b, grad = native(a).requires_grad_(), native(b).requires_grad_(), native(grad)

    engine = _torch().autograd.Variable._execution_engine

    def work():
        # What Tensor.backward calls, past a check that imports a computer algebra system: half a second.
        a.grad = b.grad = None
        engine.run_backward((a + b,), (grad,), False, False, (), allow_unreachable=True, accumulate_grad=True)

    return work


def chain_of(length, repeat):
    return np.ones(2)
