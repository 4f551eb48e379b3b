"""How the laws of m20 use everything at once, and time it."""

import itertools
import pathlib
import tempfile

import numpy as np


def network(tt, side, filters, hidden, classes, seed):
    features = filters * (side // 2) ** 2
    return tt.Sequential(
        tt.Conv2d(1, filters, 3, padding=1, rng=seed),
        tt.ReLU(),
        tt.MaxPool2d(2),
        tt.Flatten(),
        tt.Linear(features, hidden, rng=seed + 1),
        tt.ReLU(),
        tt.Linear(hidden, classes, rng=seed + 2),
    )


def trained(tt, x, y, hidden, epochs, seed):
    """A small network of one convolution that has learnt x and y, over columns."""
    model = network(tt, x.shape[-1], 4, hidden, int(y.max()) + 1, seed)
    optimizer = tt.AdamW(model.parameters(), lr=1e-2, weight_decay=0.01)
    loader = tt.DataLoader(tt.TensorDataset(tt.Tensor(x), tt.Tensor(y)), 16, shuffle=True, rng=seed)
    with tt.use_kernels("columns"):
        tt.Trainer(model, optimizer, tt.cross_entropy).fit(loader, epochs)
    return model


def whole_way(tt, x, y, new_x, new_y, hidden, epochs, seed):
    """Train, look where the time goes, optimise, submit by way of a file, and let the board measure again."""
    model = trained(tt, x, y, hidden, epochs, seed)
    with tt.use_kernels("explicit"):
        slow = tt.find_bottleneck(tt.profile(model, tt.Tensor(new_x[:16])), 0.5)
    batches = [tt.Tensor(x[at : at + 16]) for at in range(0, len(x), 16)]
    few, answers = tt.Tensor(new_x), tt.Tensor(new_y)
    done, log = tt.optimise_cnn(model, batches, few, answers, runs=2)
    before, after = log[0].measured, next(entry.measured for entry in reversed(log) if entry.kept)
    with tempfile.TemporaryDirectory() as name:
        path = pathlib.Path(name) / "submission.json"
        steps = [entry.step for entry in log[1:] if entry.kept]
        tt.write_submission(path, tt.make_submission("ada", "cnn", before, after, steps))

        def again():
            slow = tt.measure_model("again", tt.WithKernels(model, "explicit"), few, answers, runs=2)
            return slow, tt.measure_model("again", done, few, answers, runs=2)

        board = tt.Leaderboard(pathlib.Path(name) / "board.json", tolerance=0.9)
        came = board.add(tt.read_submission(path), again)
        lines = tt.Leaderboard(pathlib.Path(name) / "board.json").standings("cnn")
    with tt.no_grad():
        outputs = np.array(done(few).data)
    gains = tt.gains_of(before, after)
    return {
        "bottleneck": list(slow.names),
        "accuracy before": float(before.accuracy),
        "accuracy after": float(after.accuracy),
        "right": float((outputs.argmax(1) == new_y).mean()),
        "steps": steps,
        "smaller": float(gains.smaller),
        "speedup": float(gains.speedup),
        "board": [bool(came), [line.author for line in lines], float(lines[0].smaller) if lines else 0.0],
        "score": float(lines[0].score) if lines else 0.0,
        "front": [found.name for found in tt.front_of([entry.measured for entry in log])],
    }


def stays_trained(tt, x, y, hidden, seed):
    """A network that was optimised goes on learning as its twin does that was not."""
    losses = []
    for optimised in (False, True):
        model = network(tt, x.shape[-1], 2, hidden, int(y.max()) + 1, seed)
        inputs, answers = tt.Tensor(x), tt.Tensor(y)
        if optimised:
            tt.optimise_cnn(model, [inputs], inputs, answers, runs=2, max_points_lost=100.0)
        optimizer = tt.SGD(model.parameters(), lr=0.1)
        with tt.use_kernels("columns"):
            for _ in range(3):
                loss = tt.cross_entropy(model(inputs), answers)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        losses.append(float(loss.data))
    return losses


def wrapped_gradients(tt, x, seed, kernels):
    """Gradients of a network inside a WithKernels, led back outside of it, and those without."""
    found = []
    for wrap in (False, True):
        model = network(tt, x.shape[-1], 2, 4, 3, seed)
        inputs = tt.Tensor(x, requires_grad=True)
        with tt.use_kernels("columns"):
            loss = (tt.WithKernels(model, kernels) if wrap else model)(inputs).sum()
        loss.backward()
        found.append([np.array(inputs.grad), *(np.array(p.grad) for p in model.parameters())])
    return found


# ---------------------------------------------------------------------- speed


def optimised_again(tt, x, hidden, repeat, session):
    """An optimised network on images, another image each time."""
    if "done" not in session:
        model = network(tt, x.shape[-1], 8, hidden, 10, 0)
        inputs, y = tt.Tensor(x[:2]), tt.Tensor(np.zeros(2, int))
        session["done"], _ = tt.optimise_cnn(
            model, [inputs], inputs, y, steps=["kernels", "prune", "quantise"], runs=2, max_points_lost=100.0
        )
        session["x"], session["count"] = np.array(x), itertools.count(1)
    done, images = session["done"], session["x"]
    for _ in range(repeat):
        images.flat[0] = next(session["count"]) % 7
        with tt.no_grad():
            out = done(tt.Tensor(images))
    return out.data.shape[0]


def written_again(tt, settings, t, n, repeat, session):
    """n tokens after a prompt of t by a FastGPT, another prompt each time; how many tokens there are."""
    if "fast" not in session:
        session["fast"], session["count"] = tt.FastGPT(tt.GPT(**settings, rng=0)), itertools.count(1)
    for _ in range(repeat):
        prompt = np.full(t, next(session["count"]) % settings["vocab_size"])
        text = session["fast"].generate(prompt, n, temperature=0)
    return len(text)


def validated_again(tt, n, repeat, session):
    """schema_errors of n numbers, one of them wrong, another one each time."""
    data, count = session.setdefault(n, [[1] * n, itertools.count()])
    schema = {"type": "array", "items": {"type": "integer", "maximum": 1}}
    for _ in range(repeat):
        place = next(count) % n
        data[place] = 2
        found = tt.schema_errors(data, schema)
        data[place] = 1
    return len(found)
