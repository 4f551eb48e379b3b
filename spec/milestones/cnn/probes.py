"""Two networks that read digits, on the learner's own code: one of convolutions, one of Linear layers alone."""

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


def _scaled(tt: Any, images: np.ndarray) -> Any:
    """Images of one channel, of numbers from 0 to 1."""
    return tt.Tensor(images[:, None].astype(np.float32) / np.float32(images.max()))


def _weights(model: Any) -> dict[str, Any]:
    arrays = [np.array(parameter.numpy()) for parameter in model.parameters()]
    return {f"{kind} {n // 2}": array for n, array in enumerate(arrays) for kind in ["bias" if n % 2 else "weight"]}
