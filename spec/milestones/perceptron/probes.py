"""The perceptron rule, on the learner's own code. Each task ("line", "AND", …) keeps its own layer in the session."""

from typing import Any

import numpy as np


def start(tt, name, points, answers, seed, session):
    """A new layer for the task `name`, the examples it will learn from, and how it does before it has learnt."""
    layer = tt.Linear(points.shape[1], 1, rng=seed)
    session[name] = {"layer": layer, "points": tt.Tensor(points), "answers": tt.Tensor(answers)}
    return _standing(tt, **session[name])


def learn(tt, name, order, session):
    """One example after another, in this order; then how it does on all of them."""
    layer, points, answers = (session[name][part] for part in ("layer", "points", "answers"))
    for i in order:
        x = points[int(i)]
        fired = (tt.sigmoid(layer(x)) > 0.5).astype("float32")
        error = answers[int(i)] - fired  # −1, 0 or 1
        layer.weight.add_(error * x)
        layer.bias.add_(error)
    return _standing(tt, **session[name])


def predict(tt, name, points, session):
    """What the layer and the sigmoid say of points, seen before or not."""
    logits = session[name]["layer"](tt.Tensor(points))
    return {"logits": logits.numpy(), "probabilities": tt.sigmoid(logits).numpy()}


def _standing(tt: Any, layer: Any, points: Any, answers: Any) -> dict[str, Any]:
    logits = layer(points)
    loss = tt.binary_cross_entropy_with_logits(logits, answers)
    return {
        "weight": np.array(layer.weight.numpy()),
        "bias": np.array(layer.bias.numpy()),
        "logits": logits.numpy(),
        "probabilities": tt.sigmoid(logits).numpy(),
        "loss": float(loss.item()),
    }
