"""The loop: batches, losses, gradients, steps; then the same again, measured on data that the model has not seen."""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..m01_tensor import Tensor
from ..m03_layers import Module
from ..m06_autograd import no_grad
from .checkpoints import put_back, state_of
from .clipping import clip_grad_norm_
from .schedulers import Scheduler
from .stopping import EarlyStopping

Batch = tuple[Tensor, Tensor]
"""Inputs and targets, with one row for each sample."""


def accuracy(output: Tensor, target: Tensor) -> float:
    """The share of rows whose largest entry is at the place that the target says: from 0 to 1.

    Args:
        output: (batch, classes).
        target: (batch,), of integers.

    >>> accuracy(Tensor([[2.0, 1.0], [0.0, 3.0], [1.0, 0.0]]), Tensor([0, 1, 1]))
    0.6666666666666666
    """
    raise NotImplementedError("m08: accuracy")


@contextmanager
def evaluating(model: Module) -> Iterator[None]:
    """Within the block the model and all modules in it are in eval mode, and nothing is recorded for backward.

    Afterwards, however the block ends, each module is in the mode in which it was.

    >>> from ..m03_layers import Dropout, Sequential
    >>> model = Sequential(Dropout(0.5), Dropout(0.5).eval())
    >>> with evaluating(model):
    ...     print([module.training for module in model.modules()])
    [False, False, False]
    >>> [module.training for module in model.modules()]
    [True, True, False]
    """
    raise NotImplementedError("m08: evaluating")


class Trainer:
    """Trains a model: epoch after epoch, through a loader of batches (inputs, targets).

    Args:
        model: a Module; it is called with the inputs.
        optimizer: of the model's parameters.
        loss_fn: (output, targets) → Tensor with one number, the mean over the rows of the batch.
        scheduler: sets the learning rates, or None.
        schedule: when the scheduler is stepped: "epoch", once after each epoch, or "step", after each step of the
            optimizer.
        accumulate: batches whose gradients are added up before a step, see `train_step`.
        max_norm: every step's gradient is clipped to this norm (`clip_grad_norm_`), unless it is None.
        metrics: {name: function of (output, targets)}, each the mean of something over the rows of the batch, as a
            number; for `evaluate`.
        stopping: ends `fit` early, or None.
        callback: called as callback(trainer, entry) at the end of every epoch, with its entry of the history.
            That is the place for a progress line, or for save_checkpoint.

    Attributes:
        model, optimizer, loss_fn, scheduler: as given.
        epochs: how many have been trained, in all calls of `fit`.
        history: a list of their entries, see `fit`.

    Raises:
        ValueError: `accumulate` is less than 1, or `schedule` is neither "epoch" nor "step"; it is named.

    >>> import numpy as np
    >>> from ..m03_layers import Linear
    >>> from ..m04_losses import mse_loss
    >>> from ..m06_autograd import enable_autograd; enable_autograd()
    >>> from ..m07_optimizers import SGD
    >>> x = np.linspace(-1, 1, 8, dtype="float32").reshape(8, 1)
    >>> model = Linear(1, 1, rng=0)
    >>> trainer = Trainer(model, SGD(model.parameters(), lr=0.5), mse_loss)
    >>> history = trainer.fit([(Tensor(x), Tensor(3 * x + 1))], epochs=50)
    >>> len(history), model(Tensor([[2.0]])).data.round(3)
    (50, array([[7.]], dtype=float32))
    """

    def __init__(
        self,
        model: Module,
        optimizer: Any,
        loss_fn: Callable[[Tensor, Tensor], Tensor],
        scheduler: Scheduler | None = None,
        *,
        schedule: str = "epoch",
        accumulate: int = 1,
        max_norm: float | None = None,
        metrics: dict[str, Callable[[Tensor, Tensor], float]] | None = None,
        stopping: EarlyStopping | None = None,
        callback: Callable[[Trainer, dict[str, Any]], None] | None = None,
    ) -> None:
        """See the class."""
        raise NotImplementedError("m08: Trainer.__init__")

    def train_step(self, batches: Sequence[Batch]) -> float:
        """One step of the optimizer, along the gradient of the mean loss over all rows of all `batches`.

        It is the step that one big batch of all these rows would give (give or take rounding), whatever their
        sizes: every row counts the same. Gradients that were there before have no part in it. But only one of the
        batches at a time is taken through the model and back: what was kept for its way back is free again before
        the next one's turn.

        The gradient is clipped if `max_norm` says so. The mode of the model is left alone, and so is the scheduler.

        Args:
            batches: one or more.
        Returns:
            That mean loss, from before the step.
        Raises:
            FloatingPointError: the loss is NaN or infinite; it is named. No parameter has changed.
        """
        raise NotImplementedError("m08: Trainer.train_step")

    def fit(self, loader: Iterable[Batch], epochs: int, validation: Iterable[Batch] | None = None) -> list[dict]:
        """Train for `epochs` more epochs, or fewer if `stopping` says so.

        An epoch puts the model in training mode and goes through the loader once. Every `accumulate` batches make a
        step; what is left at the end of the epoch, if they are fewer, makes a last one. Then, in this order: the scheduler
        is stepped (with schedule="epoch"), the model is evaluated on `validation`, the entry is added to `history`,
        `stopping` is told, the callback is called. So whatever the callback saves is the whole epoch.

        The entry of an epoch is a dict of Python's own numbers:

        - "epoch": its number, counted from 1 over all calls of `fit`.
        - "lr": the learning rate of the first group at its beginning.
        - "loss": the mean loss over all rows, each as it was when the model was trained on it.
        - with `validation`: "val_loss", and "val_NAME" for each of the metrics; see `evaluate`.

        `stopping` is told "val_loss", or "loss" without `validation`; if it says stop, this epoch is the last one.

        Args:
            loader: gone through once an epoch, such as a DataLoader or a list of batches.
            epochs: how many; with 0 nothing happens.
            validation: batches to evaluate on, gone through once an epoch.
        Returns:
            `history`, all of it.
        Raises:
            ValueError: the loader has no batches.
            FloatingPointError: the loss of a step is NaN or infinite. The message names the epoch and the step in it,
                both counted from 1; all earlier steps stand.
        """
        raise NotImplementedError("m08: Trainer.fit")

    def evaluate(self, loader: Iterable[Batch]) -> dict[str, float]:
        """The mean loss, and the mean of each of the metrics, over all rows of the loader, as Python floats.

        Every row counts the same, in whatever batch it comes. The model is in eval mode, and nothing is recorded for
        backward. Afterwards nothing has changed: not the parameters, not the gradients, not the mode of any
        module, whatever it was, and even if an error ended it.

        Returns:
            {"loss": …, NAME: …} with the names of the metrics.
        Raises:
            ValueError: the loader has no batches.
        """
        raise NotImplementedError("m08: Trainer.evaluate")

    def predict(self, loader: Iterable[Any]) -> Tensor:
        """The model's output for all rows of the loader, in its order, as one Tensor that needs no gradient.

        The model is in eval mode meanwhile; afterwards all is as it was, as with `evaluate`.

        Args:
            loader: batches (inputs, …), of which only the inputs are looked at, or just the inputs, as Tensors.
        Raises:
            ValueError: the loader has no batches.
        """
        raise NotImplementedError("m08: Trainer.predict")

    def state_dict(self) -> dict[str, Any]:
        """All that another Trainer, made with the same settings, needs to go on exactly as this one would.

        That is the state of the model (its Generators too, see `state_of`), the optimizer, the scheduler, `stopping`,
        `epochs` and `history`. The loader is not the trainer's: save it as a part of its own.

        Returns:
            Plain data, a copy: neither sees later changes to the other.
        """
        raise NotImplementedError("m08: Trainer.state_dict")

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from where `state_dict` was taken.

        Raises:
            ValueError, KeyError, …: the state does not fit: it is of another model or optimizer, or of a trainer that
                has a scheduler (or `stopping`) where this one has none, or the other way round. The trainer may then
                be changed half-way; `load_checkpoint` takes care of that.
        """
        raise NotImplementedError("m08: Trainer.load_state_dict")

    def _parts(self) -> dict[str, Any]:
        """What has a state of its own, by name; the scheduler after the optimizer, whose rates it sets. Given."""
        parts = {
            "model": self.model,
            "optimizer": self.optimizer,
            "scheduler": self.scheduler,
            "stopping": self.stopping,
        }
        return {name: part for name, part in parts.items() if part is not None}
