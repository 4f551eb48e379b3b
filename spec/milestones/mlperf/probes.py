"""The whole pipeline on the learner's own code: a network made fast and small, a GPT with a cache, a submission, a board."""

import copy
import json
import pathlib
import tempfile
from typing import Any

import numpy as np


def start(tt, images, labels, filters, hidden, batch, rate, epochs, seed, session):
    """A network of a convolution and two Linear layers, and all that will train it; then its weights."""
    side = images.shape[1]
    model = tt.Sequential(
        tt.Conv2d(1, filters, 3, padding=1, rng=seed),
        tt.ReLU(),
        tt.MaxPool2d(2),
        tt.Flatten(),
        tt.Linear(filters * (side // 2) ** 2, hidden, rng=seed + 1),
        tt.ReLU(),
        tt.Linear(hidden, 10, rng=seed + 2),
    )
    data = tt.TensorDataset(_scaled(tt, images), tt.Tensor(labels.astype(np.int64)))
    optimizer = tt.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    trainer = tt.Trainer(model, optimizer, tt.cross_entropy, tt.CosineAnnealingLR(optimizer, epochs))
    session["model"], session["trainer"] = model, trainer
    session["loader"] = tt.DataLoader(data, batch, shuffle=True, rng=seed)
    return _weights(model)


def learn(tt, session):
    """One epoch, over columns; then the weights."""
    with tt.use_kernels("columns"):
        session["trainer"].fit(session["loader"], 1)
    return _weights(session["model"])


def bottleneck(tt, images, session):
    """Where the time goes, over loops: the kinds of the layers that make half of it, and what mending them brings at best."""
    session["model"].eval()
    with tt.use_kernels("explicit"), tt.no_grad():
        found = tt.profile(session["model"], _scaled(tt, images))
    slow = tt.find_bottleneck(found, 0.5)
    kinds = {row.name: row.kind for row in found.rows}
    return {"kinds": [kinds[name] for name in slow.names], "bound": float(min(slow.bound, 1e9))}


def optimise(tt, images, labels, batches, amount, session):
    """The learner's pipeline: its log, and all arrays of what comes out, layer by layer."""
    inputs = [_scaled(tt, batch) for batch in batches]
    session["data"] = _scaled(tt, images), tt.Tensor(labels.astype(np.int64))
    session["served"] = {"loops": tt.WithKernels(session["model"], "explicit")}
    done, log = tt.optimise_cnn(session["model"], inputs, *session["data"], amount=amount, runs=3)
    session["served"]["optimised"], session["log"] = done, log
    layers = [
        {"kind": type(module).__name__, **{name: np.array(t.data) for name, t in _own(module).items()}}
        for module in done.modules()
        if _own(module)
    ]
    entries = [[e.step, bool(e.kept), float(e.measured.accuracy), int(e.measured.nbytes)] for e in log]
    return {"layers": layers, "log": entries, "weights": _weights(session["model"])}


def read(tt, name, images, session):
    """What the network says of images, through loops or optimised: ten scores each."""
    model = session["served"][name]
    model.eval()
    with tt.no_grad():
        return {"outputs": np.array(model(_scaled(tt, images)).numpy())}


def read_again(tt, name, images, repeat, session):
    """The same `repeat` times, each time with another first pixel; the last answer, and those pixels' count."""
    model, x = session["served"][name], _scaled(tt, images)
    for _ in range(repeat):
        session["turn"] = session.get("turn", 0) + 1
        x.data.flat[0] = session["turn"] % 97 / 97
        with tt.no_grad():
            out = model(x)
    return {"outputs": np.array(out.numpy()), "first": float(x.data.flat[0])}


# ------------------------------------------------------------------------ GPT


def start_gpt(tt, settings, state, session):
    """A GPT with these weights, in float64, and a FastGPT of it."""
    model = tt.GPT(**settings, rng=0).to("float64")
    model.load_state_dict(state)
    session["gpt"], session["fast"] = model, tt.FastGPT(model)


def write(tt, fast, prompt, n, session):
    """The prompt, and n tokens more: always the most probable one."""
    if fast:
        return np.array(session["fast"].generate(prompt, n, temperature=0))
    return np.array(tt.generate(session["gpt"], prompt, n, temperature=0))


# ----------------------------------------------------------------- submission


def submit(tt, author, session):
    """submission.json of the pipeline: as it is read from its file, and as the learner's code reads it."""
    kept = [entry for entry in session["log"] if entry.kept]
    steps = [entry.step for entry in kept[1:]]
    data = tt.make_submission(author, "cnn", kept[0].measured, kept[-1].measured, steps)
    with tempfile.TemporaryDirectory() as name:
        path = pathlib.Path(name) / "submission.json"
        tt.write_submission(path, data)
        text, back = path.read_text(encoding="utf-8"), tt.read_submission(path)
    session["submission"] = back
    return {"text": text, "read": json.dumps(back)}


def boards(tt, faster, session):
    """What the leaderboard says to the submission, to one that claims to be `faster` times as fast, and to one with holes."""
    x, y = session["data"]

    def remeasure():
        return tuple(
            tt.measure_model("again", session["served"][name], x, y, runs=3) for name in ("loops", "optimised")
        )

    honest = session["submission"]
    before = tt.Measured(**honest["baseline"])
    row = dict(honest["optimised"])
    boast = tt.make_submission(
        "boaster", "cnn", before, tt.Measured(**{**row, "seconds": row["seconds"] / faster, "p95": row["p95"]})
    )
    holes = copy.deepcopy(honest)
    del holes["optimised"]["nbytes"]
    holes["score"] = float("nan")
    found = {"complaints": list(tt.validate_submission(holes)), "honest": "", "boast": "", "holes": ""}
    with tempfile.TemporaryDirectory() as name:
        board = tt.Leaderboard(pathlib.Path(name) / "board.json", tolerance=0.9)
        for which, data in (("honest", honest), ("boast", boast), ("holes", holes)):
            try:
                found[which] = "taken" if board.add(data, remeasure) else "left"
            except tt.Refused:
                found[which] = "refused"
        lines = tt.Leaderboard(pathlib.Path(name) / "board.json").standings("cnn")
    found["standings"] = [
        [line.rank, line.author, float(line.score), float(line.speedup), float(line.smaller)] for line in lines
    ]
    return found


def no_runs(tt, session):
    """A benchmark of no runs at all."""
    x, y = session["data"]
    return float(tt.measure_model("nothing", session["served"]["optimised"], x, y, runs=0).seconds)


def _scaled(tt: Any, images: np.ndarray) -> Any:
    """Images of one channel, of numbers from 0 to 1."""
    return tt.Tensor(images[:, None].astype(np.float32) / np.float32(16))


def _own(module: Any) -> dict[str, Any]:
    """The Tensors that a module itself saves, by name."""
    return {name: t for name, t in module.named_state() if "." not in name}


def _weights(model: Any) -> dict[str, Any]:
    arrays = [np.array(parameter.numpy()) for parameter in model.parameters()]
    return {f"{kind} {n // 2}": array for n, array in enumerate(arrays) for kind in ["bias" if n % 2 else "weight"]}
