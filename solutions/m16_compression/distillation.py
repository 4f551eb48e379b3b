"""A small model that learns from what a large one says, and not from the right answers alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m02_activations import log_softmax, softmax
from ..m03_layers import Module
from ..m04_losses import cross_entropy
from ..m06_autograd import no_grad


def soft_targets(logits: Tensor, T: float) -> Tensor:
    """softmax(logits / T) along the last axis: what a model says at temperature T.

    At T = 1 it is the usual softmax. The higher T is, the more can be seen of what the model thinks of wrong classes.

    Args:
        logits: (…, classes).
        T: above 0.
    Returns:
        A Tensor of the shape and dtype of logits, through which gradients flow.
    Raises:
        ValueError: T is not above 0; it is named.

    >>> soft_targets(Tensor([[4.0, 2.0, 0.0]]), 1.0).data.round(3), soft_targets(Tensor([[4.0, 2.0, 0.0]]), 4.0).data.round(3)
    (array([[0.867, 0.117, 0.016]], dtype=float32), array([[0.506, 0.307, 0.186]], dtype=float32))
    """
    # BEGIN SOLUTION
    if not T > 0:
        raise ValueError(f"a temperature is above 0, not {T}")
    return softmax(logits / T, axis=-1)
    # END SOLUTION


def distillation_loss(
    student_logits: Tensor, teacher_logits: Tensor | np.ndarray, targets: Any, T: float = 2.0, alpha: float = 0.5
) -> Tensor:
    """What a student pays for differing from its teacher, and for being wrong:

        alpha · T² · KL + (1 - alpha) · CE

    KL = Σ_c p_c · (ln p_c - ln q_c), its mean over the rows, with the teacher's soft targets p and the student's q, both at
    temperature T. CE is `cross_entropy(student_logits, targets)`, at temperature 1. Without the T², the gradients of the
    first part would become smaller and smaller as T grows.

    Args:
        student_logits: (n, classes), n ≥ 1.
        teacher_logits: of the same shape, Tensor or array; numbers of another dtype are converted to that of student_logits. The
            teacher gets no gradient, even if it could.
        targets: the right classes, (n,), as in `cross_entropy`.
        T: above 0.
        alpha: from 0 (only the targets count) to 1 (only the teacher).
    Returns:
        A Tensor of shape (), in the dtype of student_logits, finite for logits up to ±10,000 at any T from 1 on.
    Raises:
        ValueError: the two shapes differ (both are named), T is not above 0 or alpha not from 0 to 1 (it is named).

    >>> round(distillation_loss(Tensor([[0.0, 0.0]]), Tensor([[9.0, 0.0]]), np.array([0]), T=3.0, alpha=1.0).item(), 4)
    4.5205

    Source: Hinton, Vinyals and Dean 2015, arXiv 1503.02531; torch.nn.functional.kl_div with reduction="batchmean".
    """
    # BEGIN SOLUTION
    array = teacher_logits.data if isinstance(teacher_logits, Tensor) else teacher_logits
    teacher = Tensor(array, dtype=student_logits.dtype)  # a copy: no gradient
    if teacher.shape != student_logits.shape:
        raise ValueError(f"logits of shapes {student_logits.shape} (student) and {teacher.shape} (teacher) differ")
    if not 0.0 <= alpha <= 1.0:
        raise ValueError(f"alpha is from 0 to 1, not {alpha}")
    p = soft_targets(teacher, T)
    gap = log_softmax(teacher / T, axis=-1) - log_softmax(student_logits / T, axis=-1)
    soft = (p * gap).sum(axis=-1).mean()
    return soft * (alpha * T * T) + cross_entropy(student_logits, targets) * (1.0 - alpha)
    # END SOLUTION


def distill(
    student: Module,
    teacher: Module,
    batches: Iterable[tuple[Tensor, Any]],
    optimizer: Any,
    T: float = 2.0,
    alpha: float = 0.5,
) -> float:
    """Train a student for one epoch, one step for each batch, by `distillation_loss`.

    Args:
        student: in the mode that it is in; changed by the optimizer.
        teacher: answers in evaluation mode, without being recorded, and is afterwards what it was: weights, gradients and the
            mode of every module in it.
        batches: (inputs, targets), as a DataLoader gives them; a generator will do.
        optimizer: of the student's parameters. Old gradients are forgotten before each step.
        T, alpha: as in `distillation_loss`.
    Returns:
        The mean of the batches' losses, a Python float. nan without batches.

    Cost: for each batch, a step of the student and a forward pass of the teacher.
    """
    # BEGIN SOLUTION
    modes = [(module, module.training) for module in teacher.modules()]
    losses = []
    try:
        teacher.eval()
        for inputs, targets in batches:
            with no_grad():
                logits = teacher(inputs)
            optimizer.zero_grad()
            loss = distillation_loss(student(inputs), logits, targets, T, alpha)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    finally:
        for module, mode in modes:
            module.training = mode
    return sum(losses) / len(losses) if losses else float("nan")
    # END SOLUTION
