"""Two networks on the learner's own code, trained side by side. Each keeps its trainer in the session."""

from typing import Any

import numpy as np


def start(tt, name, points, answers, hidden, seed, session):
    """A network for `name`, with a hidden layer or (hidden 0) without, and all that will train it."""
    if hidden:
        model = tt.Sequential(tt.Linear(2, hidden, rng=seed), tt.Tanh(), tt.Linear(hidden, 1, rng=seed + 1))
    else:
        model = tt.Sequential(tt.Linear(2, 1, rng=seed))
    loader = tt.DataLoader(tt.TensorDataset(tt.Tensor(points), tt.Tensor(answers)), 20, shuffle=True, rng=seed)
    optimizer = tt.SGD(model.parameters(), lr=0.3, momentum=0.9)
    trainer = tt.Trainer(model, optimizer, tt.binary_cross_entropy_with_logits)
    session[name] = {"model": model, "trainer": trainer, "loader": loader, "points": points}
    return _standing(tt, **session[name])


def learn(tt, name, epochs, session):
    """So many epochs; then how it does on all of the examples."""
    session[name]["trainer"].fit(session[name]["loader"], epochs)
    return _standing(tt, **session[name])


def predict(tt, name, points, session):
    """What the network says of points, seen before or not."""
    model = session[name]["model"]
    model.eval()
    with tt.no_grad():
        return {"outputs": np.array(model(tt.Tensor(points)).numpy())}


def _standing(tt: Any, model: Any, points: np.ndarray, **_: Any) -> dict[str, Any]:
    model.eval()
    with tt.no_grad():
        reply = {"outputs": np.array(model(tt.Tensor(points)).numpy())}
    arrays = [np.array(parameter.numpy()) for parameter in model.parameters()]
    for n in range(len(arrays) // 2):
        reply |= {f"weight {n}": arrays[2 * n], f"bias {n}": arrays[2 * n + 1]}
    return reply
