"""How the laws of m09 call your framework: plain data in, plain data out. Read them as examples of use.

`tt` is your framework: `tt.conv2d_im2col`, `tt.Conv2d`, … `how` is a dict of settings: stride, padding, dilation, groups.
"""

import contextlib

import numpy as np

from ..kit.probing import Calls, changing

# ------------------------------------------------------------------- helpers


def copied(t):
    return None if t.grad is None else t.grad.copy()


@contextlib.contextmanager
def kernel_of(tt, kernel):
    """Within the block every Conv2d computes with this kernel; None leaves it as it is."""
    before = tt.Conv2d.kernel
    tt.Conv2d.kernel = getattr(tt, kernel) if kernel else before
    try:
        yield
    finally:
        tt.Conv2d.kernel = before


def built(tt, plan, state=None, dtype="float64"):
    """A Sequential out of rows [class, settings], with a state if there is one."""
    model = tt.Sequential(*[getattr(tt, name)(**settings) for name, settings in plan]).to(dtype)
    if state is not None:
        model.load_state_dict(state)
    return model


def with_gradients(result, grad, named):
    """The result, and what its backward pass leaves in the Tensors of `named`."""
    result.backward(grad)
    return {"value": result.data, **{f"grad of {name}": copied(t) for name, t in named.items()}}


# ------------------------------------------------------- sizes and convolutions


def conv2d_output_size(tt, size, kernel, how):
    return tt.conv2d_output_size(size, kernel, **how)


def conv2d_shape(tt, x_shape, w_shape, b_shape, how):
    return tt.conv2d_shape(x_shape, w_shape, b_shape, **how)


def conv2d_explicit_forward(tt, x, w, b, how):
    return tt.conv2d_explicit_forward(x, w, b, **how)


def conv2d_explicit_backward(tt, grad, x, w, how):
    return list(tt.conv2d_explicit_backward(grad, x, w, **how))


def conv2d(tt, kernel, x, w, b, how):
    return getattr(tt, kernel)(tt.Tensor(x), tt.Tensor(w), None if b is None else tt.Tensor(b), **how).data


def conv2d_gradients(tt, kernel, x, w, b, grad, how, needed):
    """The result, and the gradients; only the operands named in `needed` need one. Backward runs twice, so each is there twice."""
    operands = {name: array for name, array in (("x", x), ("w", w), ("b", b)) if array is not None}
    named = {name: tt.Tensor(array, requires_grad=name in needed) for name, array in operands.items()}
    result = getattr(tt, kernel)(named["x"], named["w"], named.get("b"), **how)
    result.backward(grad, retain_graph=True)
    return with_gradients(result, grad, named)


def im2col(tt, x, kernel_size, how):
    return tt.im2col(x, kernel_size, **how)


def col2im(tt, columns, shape, kernel_size, how):
    return tt.col2im(columns, shape, kernel_size, **how)


def im2col_overwritten(tt, x, kernel_size, how):
    """The images after somebody wrote into their columns."""
    images = x.copy()
    tt.im2col(images, kernel_size, **how)[...] = 99.0
    return images


# ---------------------------------------------------------------------- layers


def layer(tt, name, settings, state, x, grad, training, kernel):
    """A layer with this state: its result, all gradients, and its state afterwards."""
    with kernel_of(tt, kernel):
        module = getattr(tt, name)(**settings).to(x.dtype.name)
        module.load_state_dict(state)
        module.train(training)
        t = tt.Tensor(x, requires_grad=True)
        found = with_gradients(module(t), grad, {"x": t, **dict(module.named_parameters())})
    return {**found, **{f"{key} afterwards": array for key, array in module.state_dict().items()}}


def layer_twice(tt, name, settings, x, grads):
    """The gradient of x alone, for two results of one layer that wait for their backward pass together."""
    module = getattr(tt, name)(**settings)
    leaves = [tt.Tensor(x, requires_grad=True), tt.Tensor(x[..., ::-1].copy(), requires_grad=True)]
    results = [module(t) for t in leaves]
    for result, grad in zip(results, grads, strict=True):
        result.backward(grad)
    return [t.grad for t in leaves]


def refused_layer(tt, name, settings, x):
    return getattr(tt, name)(**settings)(tt.Tensor(x)).data


def first_values(tt, settings, seed):
    module = tt.Conv2d(**settings, rng=seed)
    return {name: p.data.copy() for name, p in module.named_parameters()}


def generator_moves_on(tt, seed):
    rng = np.random.default_rng(seed)
    return [tt.Conv2d(2, 2, 3, rng=rng).weight.data.copy() for _ in range(2)]


def kernels_exchanged(tt, x, settings):
    """How often a kernel of one's own is called: not yet, put on the class, put on a layer, taken away again."""
    one, other = tt.Conv2d(**settings), tt.Conv2d(**settings)
    before = tt.Conv2d.kernel
    calls = Calls(tt.conv2d_explicit)

    def counting(*args, **named):
        return calls(*args, **named)

    counts = []
    for where in ("nowhere", "class", "layer", "nowhere"):
        tt.Conv2d.kernel = counting if where == "class" else before
        if where == "layer":
            one.kernel = counting
        elif "kernel" in vars(one):
            del one.kernel
        one(tt.Tensor(x))
        other(tt.Tensor(x))
        counts.append(calls.count)
    return counts


def kernel_is_given(tt, x, settings):
    """What a kernel is called with, in the order of the kernels' own arguments."""
    names = ("x", "w", "b", "stride", "padding", "dilation", "groups")
    seen = {}

    def spy(*args, **named):
        seen.update(zip(names, args, strict=False))
        seen.update(named)
        return tt.conv2d_explicit(*args, **named)

    module = tt.Conv2d(**settings)
    before, tt.Conv2d.kernel = tt.Conv2d.kernel, spy
    try:
        module(tt.Tensor(x))
    finally:
        tt.Conv2d.kernel = before
    twice = {key: list(np.broadcast_to(seen.get(key, 1 - (key == "padding")), 2).tolist()) for key in names[3:6]}
    return {**twice, "groups": seen.get("groups", 1), "the layer's own": seen["w"] is module.weight}


def normalised(tt, settings, dtype, steps):
    """Results of a BatchNorm2d on batches [training, x], and its state after each."""
    module = tt.BatchNorm2d(**settings).to(dtype)
    seen = []
    for training, x in steps:
        module.train(training)
        value = module(tt.Tensor(x)).data
        seen.append({"value": value, **{key: array.copy() for key, array in module.state_dict().items()}})
    return seen


def history_of_buffers(tt, x):
    """Whether a BatchNorm2d's buffers need a gradient after two batches of training that do."""
    module = tt.BatchNorm2d(x.shape[1])
    for _ in range(2):
        module(tt.Tensor(x, requires_grad=True)).sum().backward()
    names = ("running_mean", "running_var", "num_batches_tracked")
    return {name: bool(getattr(module, name).requires_grad) for name in names}


# ------------------------------------------------------------------------- use


def network(tt, kernel, plan, state, x, target, training):
    """Cross-entropy of a network, its logits, the gradient of every Parameter, and its state afterwards."""
    with kernel_of(tt, kernel):
        model = built(tt, plan, state, x.dtype.name).train(training)
        logits = model(tt.Tensor(x))
        loss = tt.cross_entropy(logits, tt.Tensor(target))
        found = with_gradients(loss, None, dict(model.named_parameters()))
    return {"logits": logits.data, **found, "state": model.state_dict()}


def trained(tt, kernel, plan, state, x, target, lr, steps):
    """The state of a network after some steps of SGD."""
    with kernel_of(tt, kernel):
        model = built(tt, plan, state, x.dtype.name)
        optimizer = tt.SGD(model.parameters(), lr=lr)
        for _ in range(steps):
            optimizer.zero_grad()
            tt.cross_entropy(model(tt.Tensor(x)), tt.Tensor(target)).backward()
            optimizer.step()
    return model.state_dict()


def learn(tt, plan, state, x, target, tests, lr, epochs):
    """Accuracies on `tests`, pairs of images and labels, after training with Adam."""
    with kernel_of(tt, "conv2d_im2col"):
        model = built(tt, plan, state, x.dtype.name)
        optimizer = tt.Adam(model.parameters(), lr=lr)
        for _ in range(epochs):
            optimizer.zero_grad()
            tt.cross_entropy(model(tt.Tensor(x)), tt.Tensor(target)).backward()
            optimizer.step()
        model.eval()
        return [float((model(tt.Tensor(images)).data.argmax(1) == labels).mean()) for images, labels in tests]


# --------------------------------------------------------------------- reflect


def formula(tt, name, *args, **named):
    return getattr(tt.reflect, name)(*args, **named)


def conv2d_parameters(tt, channels, outputs, kernel, groups, bias):
    module = tt.Conv2d(channels, outputs, kernel, groups=groups, bias=bias)
    return {
        "formula": tt.reflect.conv2d_parameters(channels, outputs, kernel, groups, bias),
        "counted": sum(p.size for p in module.parameters()),
    }


def dense_parameters(tt, channels, size, outputs):
    module = tt.Linear(channels * size * size, outputs)
    return {
        "formula": tt.reflect.dense_parameters(channels, size, outputs),
        "counted": sum(p.size for p in module.parameters()),
    }


def im2col_bytes(tt, x, kernel, stride, padding):
    n, channels, size, _ = x.shape
    return {
        "formula": tt.reflect.im2col_bytes(n, channels, size, kernel, stride, padding, x.itemsize),
        "measured": tt.im2col(x, kernel, stride, padding).nbytes,
    }


def receptive_field(tt, layers, size):
    """By formula, and how many pixels get a gradient from one number in the middle of the result."""
    x = tt.Tensor(np.ones((1, 1, size, 1)), requires_grad=True)
    y = x
    for kernel, stride in layers:
        y = tt.conv2d_im2col(y, tt.Tensor(np.ones((1, 1, kernel, 1))), None, stride=(stride, 1))
    grad = np.zeros(y.shape)
    grad[0, 0, y.shape[2] // 2, 0] = 1.0
    y.backward(grad)
    return {"formula": tt.reflect.receptive_field(layers), "measured": int(np.count_nonzero(x.grad))}


def running_share(tt, momentum, batches):
    """By formula, and what a running mean that starts at 0 has become after batches whose mean is 1."""
    module = tt.BatchNorm2d(1, momentum=momentum).to("float64")
    for _ in range(batches):
        module(tt.Tensor(np.array([[[[0.0, 2.0]]]])))
    return {
        "formula": tt.reflect.running_share(momentum, batches),
        "measured": float(module.state_dict()["running_mean"][0]),
    }


# ----------------------------------------------------------------------- speed


def conv2d_again(tt, kernel, x, w, how, repeat, session):
    """A convolution, `repeat` times, on images that differ each time; one image's first channel of the last result."""
    if kernel not in session:
        session[kernel] = tt.Tensor(x), tt.Tensor(w)
    images, weight = session[kernel]
    for _ in changing(images, repeat, session):
        y = getattr(tt, kernel)(images, weight, None, **how)
    return y.data[0, 0].copy()


def conv2d_explicit_again(tt, x, w, grad, repeat, session):
    """There and back by the loops, `repeat` times; without `grad` only there."""
    images = x.copy()
    count = session.setdefault("number", 0)
    for _ in range(repeat):
        count += 1
        images.flat[0] = count
        if grad is None:
            y = tt.conv2d_explicit_forward(images, w)
        else:
            y = tt.conv2d_explicit_backward(grad, images, w)[1]
    session["number"] = count
    return y


def gradients_again(tt, x, w, grad, repeat, session):
    """There and back by im2col, `repeat` times; the gradient of one filter."""
    if "x" not in session:
        session["x"], session["w"] = tt.Tensor(x, requires_grad=True), tt.Tensor(w, requires_grad=True)
    for _ in changing(session["x"], repeat, session):
        session["x"].grad = session["w"].grad = None
        tt.conv2d_im2col(session["x"], session["w"]).backward(grad)
    return session["w"].grad[0].copy()


def pooled_again(tt, name, x, repeat, session):
    if "x" not in session:
        session["x"] = tt.Tensor(x)
    module = getattr(tt, name)(2)
    for _ in changing(session["x"], repeat, session):
        y = module(session["x"])
    return y.data[0, 0].copy()
