"""The divergence as cross-entropy with soft targets, minus the entropy of the teacher; the teacher as plain arrays."""

from __future__ import annotations

from typing import Any

import numpy as np


def distillation_loss(
    student_logits: Tensor, teacher_logits: Tensor | np.ndarray, targets: Any, T: float = 2.0, alpha: float = 0.5
) -> Tensor:
    z = np.asarray(getattr(teacher_logits, "data", teacher_logits)).astype(student_logits.dtype)
    if z.shape != student_logits.shape:
        raise ValueError(f"{student_logits.shape} and {z.shape}")
    if T <= 0:
        raise ValueError(f"T = {T}")
    if alpha < 0 or alpha > 1:
        raise ValueError(f"alpha = {alpha}")
    z = z / T
    z = z - z.max(axis=1, keepdims=True)
    logs = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    p = np.exp(logs).astype(student_logits.dtype)
    entropy = float((p * logs).sum() / len(z))
    soft = (cross_entropy(student_logits / T, p) + entropy) * (T**2)
    return soft * alpha + (1 - alpha) * cross_entropy(student_logits, targets)
