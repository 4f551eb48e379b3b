"""Wheat: gradients are added up as sums over rows and divided at the end; the walk is an explicit state machine."""

import copy

import numpy as np

from ..m01_tensor import Tensor
from ..m06_autograd import no_grad
from .checkpoints import _get, _set
from .clipping import clip_grad_norm_


def accuracy(output, target):
    right = [int(np.argmax(row)) == int(t) for row, t in zip(output.data, target.data, strict=True)]
    return sum(right) / len(right)


class Trainer:
    def __init__(
        self,
        model,
        optimizer,
        loss_fn,
        scheduler=None,
        *,
        schedule="epoch",
        accumulate=1,
        max_norm=None,
        metrics=None,
        stopping=None,
        callback=None,
    ):
        if accumulate < 1:
            raise ValueError(f"cannot accumulate {accumulate} batches")
        if schedule != "epoch" and schedule != "step":
            raise ValueError(f"no schedule called {schedule}")
        self.model, self.optimizer, self.loss_fn, self.scheduler = model, optimizer, loss_fn, scheduler
        self.by_step, self.accumulate, self.max_norm = schedule == "step", accumulate, max_norm
        self.metrics, self.stopping, self.callback = metrics or {}, stopping, callback
        self.history = []
        self.epochs = self.steps = 0

    def _add(self, batch):
        x, y = batch
        n = x.shape[0]
        loss = self.loss_fn(self.model(x), y) * n
        if not np.isfinite(loss.data):
            raise FloatingPointError(f"epoch {self.epochs + 1}, step {self.steps + 1}: loss {loss.data}")
        loss.backward()
        return float(loss.data), n

    def _move(self, rows):
        for p in self.model.parameters():
            if p.grad is not None:
                p.grad /= rows
        if self.max_norm is not None:
            clip_grad_norm_(list(self.model.parameters()), self.max_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.steps += 1

    def train_step(self, batches):
        self.optimizer.zero_grad()
        done = [self._add(batch) for batch in batches]
        rows = sum(n for _, n in done)
        self._move(rows)
        return sum(loss for loss, _ in done) / rows

    def _epoch(self, loader):
        self.model.train()
        self.optimizer.zero_grad()
        total, rows, waiting, batches = 0.0, 0, 0, 0
        self.steps = 0
        for batch in loader:
            loss, n = self._add(batch)
            total, rows, waiting, batches = total + loss, rows + n, waiting + n, batches + 1
            if batches % self.accumulate == 0:
                self._move(waiting)
                waiting = 0
                if self.scheduler and self.by_step:
                    self.scheduler.step()
        if waiting:
            self._move(waiting)
            if self.scheduler and self.by_step:
                self.scheduler.step()
        if not batches:
            raise ValueError("no batches")
        return total / rows

    def fit(self, loader, epochs, validation=None):
        stop = False
        while epochs > 0 and not stop:
            epochs -= 1
            entry = {"lr": self.optimizer.param_groups[0]["lr"]}
            entry["loss"] = self._epoch(loader)
            if self.scheduler and not self.by_step:
                self.scheduler.step()
            if validation is not None:
                for name, value in self.evaluate(validation).items():
                    entry["val_" + name] = value
            self.epochs += 1
            entry["epoch"] = self.epochs
            self.history.append(entry)
            if self.stopping:
                stop = self.stopping.step(entry["val_loss"] if validation is not None else entry["loss"])
            if self.callback:
                self.callback(self, entry)
        return self.history

    def _quietly(self, work):
        flags = {id(m): m.training for m in self.model.modules()}
        self.model.eval()
        try:
            with no_grad():
                return work()
        finally:
            for m in self.model.modules():
                m.training = flags[id(m)]

    def evaluate(self, loader):
        def work():
            seen = []
            for x, y in loader:
                out = self.model(x)
                row = [self.loss_fn(out, y).item(), *(float(f(out, y)) for f in self.metrics.values())]
                seen.append((x.shape[0], row))
            if not seen:
                raise ValueError("no batches")
            means = np.average([row for _, row in seen], axis=0, weights=[n for n, _ in seen])
            return dict(zip(["loss", *self.metrics], means.tolist(), strict=True))

        return self._quietly(work)

    def predict(self, loader):
        def work():
            found = []
            for batch in loader:
                if not isinstance(batch, Tensor):
                    batch = batch[0]
                found.append(self.model(batch).data)
            if not found:
                raise ValueError("no batches")
            return Tensor(np.concatenate(found))

        return self._quietly(work)

    def state_dict(self):
        parts = [None if part is None else _get(part) for part in self._all()]
        return copy.deepcopy({"parts": parts, "epochs": self.epochs, "history": self.history})

    def load_state_dict(self, state):
        state = copy.deepcopy(state)
        for part, saved in zip(self._all(), state["parts"], strict=True):
            if (part is None) != (saved is None):
                raise ValueError("other parts")
            if part is not None:
                _set(part, saved)
        self.epochs, self.history = state["epochs"], state["history"]

    def _all(self):
        return [self.model, self.optimizer, self.scheduler, self.stopping]
