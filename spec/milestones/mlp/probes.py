"""A network that reads digits, on the learner's own code. Each data set keeps its own in the session."""

from typing import Any

import numpy as np


def start(tt, name, images, labels, hidden, batch, rate, epochs, seed, session):
    """A network for the data set `name`, and all that will train it."""
    pixels = images[0].size
    model = tt.Sequential(tt.Linear(pixels, hidden, rng=seed), tt.ReLU(), tt.Linear(hidden, 10, rng=seed + 1))
    data = tt.TensorDataset(_scaled(tt, images), tt.Tensor(labels.astype(np.int64)))
    optimizer = tt.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    scheduler = tt.CosineAnnealingLR(optimizer, epochs)
    trainer = tt.Trainer(model, optimizer, tt.cross_entropy, scheduler)
    loader = tt.DataLoader(data, batch, shuffle=True, rng=seed)
    session[name] = {"model": model, "trainer": trainer, "loader": loader}
    return _weights(model)


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
    """Rows of numbers from 0 to 1."""
    return tt.Tensor(images.reshape(len(images), -1).astype(np.float32) / np.float32(images.max()))


def _weights(model: Any) -> dict[str, Any]:
    arrays = [np.array(parameter.numpy()) for parameter in model.parameters()]
    return {f"{kind} {n // 2}": array for n, array in enumerate(arrays) for kind in ["bias" if n % 2 else "weight"]}
