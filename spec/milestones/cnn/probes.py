"""Two networks that read digits, on the learner's own code: one of convolutions, one of Linear layers alone."""

import tracemalloc
from typing import Any

import numpy as np


def start(tt, name, images, labels, filters, hidden, batch, rate, epochs, seed, session):
    """The network `name`, cnn or mlp, and all that will train it; then its weights."""
    side = images.shape[1]
    if name == "cnn":
        features = filters * (side // 2) ** 2
        model = tt.Sequential(
            tt.Conv2d(1, filters, 3, padding=1, rng=seed),
            tt.ReLU(),
            tt.MaxPool2d(2),
            tt.Flatten(),
            tt.Linear(features, 10, rng=seed + 1),
        )
    else:
        model = tt.Sequential(
            tt.Flatten(), tt.Linear(side * side, hidden, rng=seed), tt.ReLU(), tt.Linear(hidden, 10, rng=seed + 1)
        )
    data = tt.TensorDataset(_scaled(tt, images), tt.Tensor(labels.astype(np.int64)))
    optimizer = tt.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    trainer = tt.Trainer(model, optimizer, tt.cross_entropy, tt.CosineAnnealingLR(optimizer, epochs))
    loader = tt.DataLoader(data, batch, shuffle=True, rng=seed)
    session[name] = {"model": model, "trainer": trainer, "loader": loader}
    return _weights(model)


def use_kernel(tt, kernel):
    """All convolutions by the kernel of that name from now on, those that are there already too."""
    tt.Conv2d.kernel = staticmethod(getattr(tt, kernel))
    return kernel


def learn(tt, name, session):
    """One epoch: every image once, in a new order; then the weights."""
    session[name]["trainer"].fit(session[name]["loader"], 1)
    return _weights(session[name]["model"])


def read(tt, name, images, session):
    """What the network says of images, seen before or not: ten scores each."""
    model = session[name]["model"]
    model.eval()
    with tt.no_grad():
        return {"outputs": np.array(model(_scaled(tt, images)).numpy())}


# ----------------------------------------------------------- before and after


def with_kernels(tt, kernels, what, x=None, w=None, session=None):
    """An epoch of the cnn, or a batch there and back, with all layers on these kernels; or the most bytes of the latter."""
    with tt.use_kernels(kernels):
        if what == "an epoch":
            session["cnn"]["trainer"].fit(session["cnn"]["loader"], 1)
            return {"sum": 0.0}
        x, w = tt.Tensor(x, requires_grad=True), tt.Tensor(w, requires_grad=True)
        if what == "most bytes":
            tracemalloc.start()
        y = tt.Conv2d.kernel(x, w)
        y.sum().backward()
        if what == "most bytes":
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            return {"bytes": int(most)}
        return {"sum": float(y.data.sum()) + float(np.sum(x.grad)) + float(np.sum(w.grad))}


# ------------------------------------------------------------------- CIFAR-10


def start_colours(tt, filters, batch, rate, rounds, seed, session):
    """A network of two convolutions for 32 × 32 pixels in three colours; then its weights."""
    first, second = filters
    model = tt.Sequential(
        tt.Conv2d(3, first, 5, stride=2, padding=2, rng=seed),
        tt.ReLU(),
        tt.Conv2d(first, second, 3, padding=1, rng=seed + 1),
        tt.ReLU(),
        tt.MaxPool2d(2),
        tt.Flatten(),
        tt.Linear(second * 8 * 8, 10, rng=seed + 2),
    )
    optimizer = tt.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    trainer = tt.Trainer(model, optimizer, tt.cross_entropy, tt.CosineAnnealingLR(optimizer, rounds))
    session["colours"] = {"model": model, "trainer": trainer, "batch": batch}
    return _weights(model)


def learn_colours(tt, images, labels, seed, session):
    """Each of these images once, in an order of its own; then the weights."""
    play = session["colours"]
    data = tt.TensorDataset(_colours(tt, images), tt.Tensor(labels.astype(np.int64)))
    play["trainer"].fit(tt.DataLoader(data, play["batch"], shuffle=True, rng=seed), 1)
    return _weights(play["model"])


def read_colours(tt, images, session):
    """What the network says of coloured images: ten scores each."""
    model = session["colours"]["model"]
    model.eval()
    with tt.no_grad():
        parts = [model(_colours(tt, images[at : at + 250])).numpy() for at in range(0, len(images), 250)]
    return {"outputs": np.concatenate(parts)}


def _colours(tt: Any, images: np.ndarray) -> Any:
    """Numbers around 0, of size 1 or so."""
    return tt.Tensor((images.astype(np.float32) - np.float32(120)) / np.float32(64))


def _scaled(tt: Any, images: np.ndarray) -> Any:
    """Images of one channel, of numbers from 0 to 1."""
    return tt.Tensor(images[:, None].astype(np.float32) / np.float32(images.max()))


def _weights(model: Any) -> dict[str, Any]:
    arrays = [np.array(parameter.numpy()) for parameter in model.parameters()]
    return {f"{kind} {n // 2}": array for n, array in enumerate(arrays) for kind in ["bias" if n % 2 else "weight"]}
