"""How laws write operations of their own, check gradients, and use checkpoints."""

import functools

import numpy as np

from .forgetting import traced
from .walking import gradient, there_and_back, upstream

# ------------------------------------------------- 8. own operations


def functions(tt):
    """Functions as people write them, right ones and wrong ones."""

    class Scale(tt.Function):
        """x * factor, where the factor is a number."""

        @staticmethod
        def forward(ctx, x, factor):
            ctx.factor = factor
            return x * factor

        @staticmethod
        def backward(ctx, grad):
            grad *= ctx.factor  # its own copy: nobody else sees this
            return grad, None

    class Cube(tt.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * 3 * x * x

    class Outer(tt.Function):
        """Two operands, and gradients in the shape of the result: they are summed down to the operands'."""

        @staticmethod
        def forward(ctx, a, b):
            ctx.save_for_backward(a, b)
            return a * b

        @staticmethod
        def backward(ctx, grad):
            a, b = ctx.saved_tensors
            return (grad * b if ctx.needs_input_grad[0] else None, grad * a if ctx.needs_input_grad[1] else None)

    return {"Scale": Scale, "Cube": Cube, "Outer": Outer}


def own_function(tt, name, values, forms, seed):
    """A Function between ordinary operations; an addition hands its own gradient to the Function and to another."""
    apply = functions(tt)[name].apply

    def compute(*operands):
        doubled = [t * 2.0 if form == "leaf" else t for t, form in zip(operands, forms, strict=True)]
        return apply(*doubled) + doubled[forms.index("leaf")]

    return there_and_back(tt, compute, values, forms, seed)


def own_function_on_constants(tt, x):
    """A Function where no argument needs a gradient, or where nothing is recorded."""
    cube = functions(tt)["Cube"].apply
    y = cube(tt.Tensor(x))
    t = tt.Tensor(x, requires_grad=True)
    with tt.no_grad():
        z = cube(t)
    both = cube(t) + y
    both.backward(np.ones_like(x))
    flags = [isinstance(y, tt.Tensor), bool(y.requires_grad), bool(z.requires_grad), bool(both.requires_grad)]
    return {"flags": flags, "value": y.data, "grad": t.grad}


def wrong_function(tt, how, x):
    """A Function whose backward does not fit its forward."""

    class Sum(tt.Function):
        @staticmethod
        def forward(ctx, a, b):
            return a + b

        @staticmethod
        def backward(ctx, grad):
            return {
                "one for two": grad,
                "three for two": (grad, grad, grad),
                "another shape": (grad, np.ones((5, 7))),
            }[how]

    a, b = tt.Tensor(x, requires_grad=True), tt.Tensor(x, requires_grad=True)
    Sum.apply(a, b).backward(np.ones_like(x))
    return [a.grad, b.grad]


CHECKED = {
    "tanh": lambda tt, a, b: a.tanh(),
    "product": lambda tt, a, b: a * b,
    "matrix product": lambda tt, a, b: a @ b,
    "softmax": lambda tt, a, b: tt.softmax(a, 1) * b,
    "loss": lambda tt, a, b: tt.mse_loss(a * a * b, np.ones(b.shape)),
}


def checked(tt, name, a, b, needs):
    """gradcheck of a right function, and what is left of its inputs."""
    a = tt.Tensor(a, requires_grad=needs[0])
    b = tt.Tensor(b, requires_grad=needs[1])
    kept = a.data.copy(), b.data.copy()
    verdict = tt.gradcheck(lambda x, y: CHECKED[name](tt, x, y), (a, b))
    return {
        "verdict": verdict,
        "inputs unchanged": [np.array_equal(t.data, before) for t, before in zip((a, b), kept, strict=True)],
        "grads": [a.grad, b.grad],
    }


def checked_alone(tt, x):
    """gradcheck takes one Tensor, too."""
    return tt.gradcheck(lambda t: t * t, tt.Tensor(x, requires_grad=True))


MISTAKES = {
    "a factor": lambda ctx, grad: (grad * ctx.b * 1.01, grad * ctx.a),
    "the other operand's": lambda ctx, grad: (grad * ctx.a, grad * ctx.b),
    "upstream ignored": lambda ctx, grad: (ctx.b * np.ones_like(grad), ctx.a * np.ones_like(grad)),
    "one element": lambda ctx, grad: (
        grad * ctx.b,
        grad * np.where(np.arange(grad.size).reshape(grad.shape), ctx.a, 0),
    ),
    "no gradient": lambda ctx, grad: (grad * ctx.b, None),
    "sign": lambda ctx, grad: (grad * ctx.b, -grad * ctx.a),
    "not a number": lambda ctx, grad: (grad * ctx.b, grad * np.nan),
}


def check_mistake(tt, mistake, a, b, raise_exception):
    """gradcheck of a * b with a wrong backward."""

    class Product(tt.Function):
        @staticmethod
        def forward(ctx, a, b):
            ctx.a, ctx.b = a, b
            return a * b

        @staticmethod
        def backward(ctx, grad):
            return MISTAKES[mistake](ctx, grad)

    a, b = tt.Tensor(a, requires_grad=True), tt.Tensor(b, requires_grad=True)
    return tt.gradcheck(Product.apply, (a, b), raise_exception=raise_exception)


def check_unfit(tt, x, needed):
    """gradcheck of inputs on which it says nothing."""
    return tt.gradcheck(lambda t: t * t, tt.Tensor(x, requires_grad=needed))


def segments(tt, weights, checkpointed):
    """A model of tanh(x @ w), one segment for each weight, with or without checkpoints."""

    def model(x):
        for w in weights:
            if checkpointed:
                x = tt.checkpoint(lambda t, w=w: (t @ w).tanh() * t, x)
            else:
                x = (x @ w).tanh() * x
        return x

    return model


def checkpointed(tt, x, weights, needs, seed):
    """Values and gradients with checkpoints and without; how often the segments ran."""
    answers = {}
    for name, on in (("without", False), ("with", True)):
        t = tt.Tensor(x, requires_grad=needs)
        parameters = [tt.Parameter(w) for w in weights]
        y = segments(tt, parameters, on)(t) * 2.0
        y.backward(upstream(y.shape, seed))
        answers[name] = {"value": y.data, "grad of x": gradient(t), "grads": [gradient(p) for p in parameters]}
    return answers


def checkpoint_walked_without_recording(tt, x, weight):
    """Gradients of a checkpoint whose backward pass is made inside no_grad."""
    a, w = tt.Tensor(x, requires_grad=True), tt.Tensor(weight, requires_grad=True)
    y = tt.checkpoint(lambda t: (t * w).tanh() * w, a)
    with tt.no_grad():
        y.backward(np.ones_like(x))
    return {"grad of a": a.grad, "grad of w": w.grad}


def checkpoint_of_constants(tt, x):
    """checkpoint where nothing needs a gradient, or nothing is recorded, and of more than one argument."""
    t = tt.Tensor(x, requires_grad=True)
    constant = tt.checkpoint(lambda a, factor: a * factor, tt.Tensor(x), 3.0)
    with tt.no_grad():
        unrecorded = tt.checkpoint(lambda a: a * 3.0, t)
    two = tt.checkpoint(lambda a, b, factor: a * b * factor, t, constant, 2.0)
    two.backward(np.ones_like(x))
    flags = [bool(y.requires_grad) for y in (constant, unrecorded, two)]
    return {"flags": flags, "values": [constant.data, unrecorded.data, two.data], "grad": t.grad}


def layers_in_segments(tt, t, layers, segment, calls=None):
    """A chain of tanh layers, in checkpoints of `segment` layers (none with 0)."""

    def layer(y):
        if calls is not None:
            calls.append(1)
        return y.tanh()

    def run(count, y):
        for _ in range(count):
            y = layer(y)
        return y

    if not segment:
        return run(layers, t)
    for start in range(0, layers, segment):
        t = tt.checkpoint(functools.partial(run, min(segment, layers - start)), t)
    return t


def peak_of_checkpoints(tt, size, layers, segment):
    """Most bytes at a time in a forward and a backward pass through a chain; calls of a layer; the gradient."""
    t = tt.Tensor(np.linspace(-1, 1, size), requires_grad=True)
    calls = []
    _, _, peak = traced(lambda: layers_in_segments(tt, t, layers, segment, calls).sum().backward())
    return {"peak": peak, "one array": t.data.nbytes, "calls": len(calls), "grad": t.grad}
