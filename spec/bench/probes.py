"""Work for the bench that no law asks for."""

import numpy as np


def cnn_step(tt, x, w, v, targets, kernel, repeat, session):
    """Steps of a small network of one convolution, there and back and SGD; the last loss."""
    if kernel not in session:
        layers = tt.Sequential(tt.Conv2d(1, len(w), 3, padding=1, rng=0), tt.ReLU(), tt.MaxPool2d(2), tt.Flatten())
        model = tt.Sequential(layers, tt.Linear(v.shape[1], v.shape[0], rng=0))
        session[kernel] = model, tt.SGD(model.parameters(), lr=0.0)
    model, optimizer = session[kernel]
    tt.Conv2d.kernel = staticmethod(getattr(tt, kernel))
    x, targets = tt.Tensor(x), tt.Tensor(targets)
    for _ in range(repeat):
        optimizer.zero_grad()
        loss = tt.cross_entropy(model(x), targets)
        loss.backward()
        optimizer.step()
    return loss.item()


def plain_addition(tt, a, b, repeat):
    """a + b of Tensors that need no gradient."""
    a, b = tt.Tensor(a), tt.Tensor(b)
    with tt.no_grad():
        for _ in range(repeat):
            y = a + b
    return float(y.data.flat[0])


def quantized_linear(tt, weight, x, repeat, session):
    """Calls of a layer in 8 bits; one number of the last."""
    if "layer" not in session:
        linear = tt.Linear(weight.shape[1], weight.shape[0], rng=0)
        linear.load_state_dict({"weight": tt.Tensor(weight), "bias": linear.bias})
        session["layer"] = tt.QuantizedLinear(linear, -4.0, 4.0)
    x = tt.Tensor(x)
    for _ in range(repeat):
        y = session["layer"](x)
    return float(np.asarray(y.data).flat[0])
