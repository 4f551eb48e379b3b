"""The right answers, by exact fractions and by NumPy in float64."""

import math
from fractions import Fraction

import numpy as np

from spec.kit.compare import AnyOf

STEPS = ("kernels", "prune", "quantise")

# -------------------------------------------------------------- 1. measuring


def measure(weight, x, y, costs, settings, modes):
    warmup, runs = settings.get("warmup", 1), settings.get("runs", 5)
    samples = costs[1 + warmup : 1 + warmup + runs]
    right = (x.astype(np.float64) @ weight.T.astype(np.float64)).argmax(1) == y
    return {
        "name": "it",
        "accuracy": float(np.mean(right)),
        "nbytes": weight.nbytes,
        "seconds": float(np.median(samples)),
        "p95": float(np.percentile(samples, 95)),
        "calls": 1 + warmup + runs,
        "in training mode": 0,
        "recorded": 0,
        "modes": modes,
        "types": ["float", "int", "float", "float"],
        "a Measured": True,
    }


def bottleneck(seconds, share):
    """Where the share is met but for rounding errors, with the row that meets it and with one more."""
    share = 0.8 if share is None else share
    met, missed = (least_rows(seconds, Fraction(share) * (1 + nearly)) for nearly in (-Fraction(1, 10**12), 0))
    over = least_rows(seconds, min(Fraction(1), Fraction(share) * (1 + Fraction(1, 10**12))))
    return AnyOf((missed, met, over))


def least_rows(seconds, share):
    """The slowest rows, as few as make this share exactly."""
    total, spent, names = sum(map(Fraction, seconds)), Fraction(0), []
    for place in sorted(range(len(seconds)), key=lambda n: (-seconds[n], n)):
        names.append(f"layer{place}")
        spent += Fraction(seconds[place])
        if spent >= share * total:
            break
    rest = 1 - spent / total
    return {"names": names, "share": float(spent / total), "bound": float(1 / rest) if rest else math.inf}


# ------------------------------------------------------------------ 2. steps

ACTIVATIONS = {"relu": lambda x: np.maximum(x, 0), "tanh": np.tanh, "abs": np.abs, "dropout": lambda x: x}


def pruned(plan, amount):
    """The Linears that are left, in float64."""
    places = [n for n, item in enumerate(plan) if not isinstance(item, str)]
    linears = [[np.array(part, np.float64) for part in plan[n] if part is not None] for n in places]
    linears = [[part[0], part[1] if len(part) > 1 else None] for part in linears]
    gone = []
    for weight, _ in linears[:-1]:
        count = min(round(float(amount) * len(weight)), len(weight) - 1)
        gone.append(sorted(np.argsort((weight**2).sum(1), kind="stable")[:count].tolist()))
        weight[gone[-1]] = 0.0
    for number, dead in enumerate(gone):
        (weight, bias), (later, offset) = linears[number], linears[number + 1]
        said = np.zeros(len(weight)) if bias is None else bias
        said = said[dead]
        for name in plan[places[number] + 1 : places[number + 1]]:
            said = ACTIVATIONS[name](said)
        heard = later[:, dead] @ said
        alive = [n for n in range(len(weight)) if n not in dead]
        linears[number] = [weight[alive], None if bias is None else bias[alive]]
        if offset is not None or heard.any():
            offset = heard if offset is None else offset + heard
        linears[number + 1] = [later[:, alive], offset]
    return linears


def prune_units(plan, amount, training):
    names = {
        "relu": "ReLU", "tanh": "Tanh", "abs": "builtin_function_or_method", "dropout": "Dropout", "conv": "Conv2d",
        "flatten": "Flatten",
    }  # fmt: skip
    dtype = next(item[0].dtype for item in plan if not isinstance(item, str))
    linears = [[w.astype(dtype), None if b is None else b.astype(dtype)] for w, b in pruned(plan, amount)]
    kinds = [names[item] if isinstance(item, str) else "Linear" for item in plan]
    return {
        "linears": linears,
        "kinds": kinds,
        "modes": [training],
        "masks": 0,
        "model as before": True,
        "memory of its own": True,
    }


# --------------------------------------------------------------- 3. pipeline


def run_pipeline(steps, accuracies, settings):
    most, at = Fraction(settings.get("max_points_lost", 2.0)), 7
    exact = {name: Fraction(round(1000 * value), 1000) for name, value in accuracies.items()}

    def line(name, kept, weight):
        return {
            "step": name, "kept": kept, "name": name, "accuracy": accuracies[name], "nbytes": weight, "seconds": 1.0,
            "p95": 1.0,
        }  # fmt: skip

    log = [line("baseline", True, at)]
    for number, (name, _) in enumerate(steps, 1):
        kept = 100 * (exact["baseline"] - exact[name]) <= most
        log.append(line(name, kept, 10 * at + number))
        at = 10 * at + number if kept else at
    asked = ["baseline", *(name for name, _ in steps)]
    return {
        "done": float(at),
        "log": log,
        "asked": asked,
        "model as before": True,
        "memory of its own": True,
        "a tuple": True,
    }


# ---------------------------------------------------------------- 5. scoring


def gains(before, after):
    accuracies, nbytes, seconds = ([Fraction(row[n]) for row in (before, after)] for n in (1, 2, 3))
    return {
        "speedup": float(seconds[0] / seconds[1]),
        "smaller": float(nbytes[0] / nbytes[1]),
        "kept": float(accuracies[1] / accuracies[0]),
        "points_lost": float(100 * (accuracies[0] - accuracies[1])),
    }


def score(before, after):
    found = gains(before, after)
    logs = [math.log(found[name]) if found[name] else -math.inf for name in ("speedup", "smaller", "kept")]
    return {"score": math.exp(sum(logs) / 3), "a float": True}


def missed_targets(gains, bars):
    speedup, smaller, _, lost = gains
    met = {
        "speedup": speedup >= bars.get("speedup", 10.0),
        "smaller": smaller >= bars.get("smaller", 4.0),
        "points_lost": lost < bars.get("points_lost", 2.0),
    }
    return [name for name in met if not met[name]]


def front_of(rows):
    def beats(a, b):
        mine, other = (-a[1], a[2], a[3]), (-b[1], b[2], b[3])
        return all(x <= y for x, y in zip(mine, other, strict=True)) and mine != other

    places = [n for n, row in enumerate(rows) if not any(beats(other, row) for other in rows)]
    return {"places": places, "given": len(rows)}
