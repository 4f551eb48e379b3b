"""Losses: one number that says how wrong a model is.

Every loss is composed of Tensor operations, none of them in place, from its input and from a target of floats to its result.
Class indices and masks are plain facts, and may be arrays.
A *position* is one thing to predict: a row of an (N, C) batch, a pixel of an (N, C, H, W) one.
"""

import numpy as np

from ..m01_tensor import Tensor
from ..m02_activations import log_softmax
from ..m03_layers import Module

# ---------------------------------------------------------------- helpers
#
# What the reference found useful. Yours to use, to change or to delete: nothing outside this file knows them.


def _class_axis(shape: tuple[int, ...]) -> int:
    """Where PyTorch keeps the classes: axis 1 of a batch, axis 0 of a single position. Given."""
    return 0 if len(shape) == 1 else 1


def _reduce(losses: Tensor, reduction: str, divisor: float | None = None) -> Tensor:
    """Make one number of the losses of all positions, or leave them as they are.

    Args:
        losses: any shape.
        reduction: "mean", "sum" or "none".
        divisor: what the mean divides the sum by; None for the number of losses.
    Returns:
        0-d for "mean" and "sum", `losses` for "none". A mean that divides by 0 is NaN, without a warning.
    Raises:
        ValueError: any other `reduction`; the message names it.
    """
    raise NotImplementedError("m04: _reduce")


def _same_shape(target: Tensor | np.ndarray, shape: tuple[int, ...]) -> Tensor:
    """`target` as a Tensor, once it is known to have exactly `shape`.

    Raises:
        ValueError: it has another shape, even one that would broadcast; the message names both.
    """
    raise NotImplementedError("m04: _same_shape")


def _class_indices(
    target: Tensor | np.ndarray, shape: tuple[int, ...], ignore_index: int
) -> tuple[np.ndarray, np.ndarray]:
    """The class indices of `target`, safe to index with, and which of them count.

    Args:
        target: integers, of `shape` without its class axis.
        shape: of the scores: (C,), (N, C) or (N, C, d1, …).
        ignore_index: target value of the positions that do not count.
    Returns:
        (indices, kept): int64 and bool arrays of target's shape. Where `kept` is False the index is 0.
    Raises:
        TypeError: `target` does not hold integers; the message names its dtype.
        ValueError: `target` has the wrong shape; the message names both shapes.
        IndexError: an index that counts is not in 0 … C − 1; the message names it and C.
    """
    raise NotImplementedError("m04: _class_indices")


def _weigh(scores: Tensor, weight: Tensor | np.ndarray | None) -> Tensor:
    """`scores`, those of each class times its weight.

    Args:
        scores: (C,), (N, C) or (N, C, d1, …).
        weight: (C,); None changes nothing.
    Raises:
        ValueError: `weight` has another shape; the message names both shapes.
    """
    raise NotImplementedError("m04: _weigh")


def _pick(
    scores: Tensor, target: Tensor | np.ndarray, weight: Tensor | np.ndarray | None, ignore_index: int, reduction: str
) -> Tensor:
    """Minus the score of each position's target, reduced; positions of `ignore_index` are 0 and do not count.

    Args:
        scores: (C,), (N, C) or (N, C, d1, …), already weighed.
        target: class indices, of the shape of `scores` without the class axis.
        weight: (C,), only for what the mean divides by: the sum of the weights of the targets that count.
        ignore_index: the target value that does not count.
        reduction: "mean", "sum" or "none".
    Raises:
        As `_class_indices` and `_reduce`.
    """
    raise NotImplementedError("m04: _pick")


# ----------------------------------------------------------------- losses


def mse_loss(input: Tensor, target: Tensor | np.ndarray, reduction: str = "mean") -> Tensor:
    """Squared error: (input − target)².

    The mean is over all elements, not over the rows.

    Args:
        input: any shape.
        target: the same shape and dtype; Tensor or array.
        reduction: "mean" (NaN if there is nothing), "sum" or "none" (the loss of each element).
    Returns:
        A new Tensor: 0-d, or of the shape of `input` for "none".
    Raises:
        ValueError: shapes that differ, even if they would broadcast (both are named); an unknown `reduction` (named).

    >>> mse_loss(Tensor([1.0, 2.0]), Tensor([0.0, 4.0])).item()
    2.5

    Cost: three passes over the elements. Source: torch.nn.functional.mse_loss.
    """
    raise NotImplementedError("m04: mse_loss")


def l1_loss(input: Tensor, target: Tensor | np.ndarray, reduction: str = "mean") -> Tensor:
    """Absolute error: |input − target|.

    Args:
        input: any shape.
        target: the same shape and dtype; Tensor or array.
        reduction: "mean" (NaN if there is nothing), "sum" or "none".
    Returns:
        A new Tensor: 0-d, or of the shape of `input` for "none".
    Raises:
        ValueError: shapes that differ, even if they would broadcast (both are named); an unknown `reduction` (named).

    >>> l1_loss(Tensor([1.0, 2.0]), Tensor([0.0, 4.0])).item()
    1.5

    Cost: three passes over the elements. Source: torch.nn.functional.l1_loss.
    """
    raise NotImplementedError("m04: l1_loss")


def nll_loss(
    log_probs: Tensor,
    target: Tensor | np.ndarray,
    weight: Tensor | np.ndarray | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """Negative log-likelihood: minus the log-probability that the model gave to the right class.

    A position of class t costs −weight[t] · log_probs[t]. One whose target is `ignore_index` costs 0 and does not
    count.

    Args:
        log_probs: (N, C), (C,) for one position, or (N, C, d1, …) with the classes on axis 1.
        target: integers of any integer dtype, of the shape of `log_probs` without the class axis; Tensor or array.
        weight: (C,) of log_probs' dtype, what a position of each class weighs; Tensor or array. None for 1 each.
        ignore_index: the target value that does not count, any integer, even one that is a class.
        reduction: "sum", "none" (of target's shape) or "mean": the sum divided by the weights of the targets that
            count, so by their number without `weight`. NaN if that is 0.
    Returns:
        A new Tensor of log_probs' dtype: 0-d, or of target's shape for "none".
    Raises:
        TypeError: `target` does not hold integers.
        ValueError: shapes that do not fit (target or weight; both are named), or an unknown `reduction` (named).
        IndexError: a target outside 0 … C − 1 that is not `ignore_index`; it and C are named.

    >>> nll_loss(Tensor([[-0.5, -3.0], [-2.0, -0.25]]), np.array([0, 1])).item()
    0.375
    >>> nll_loss(Tensor([[-0.5, -3.0], [-2.0, -0.25]]), np.array([0, -100])).item()
    0.5

    Cost: without `weight` one element read for each position, whatever C is. Source: torch.nn.functional.nll_loss.
    """
    raise NotImplementedError("m04: nll_loss")


def cross_entropy(
    logits: Tensor,
    target: Tensor | np.ndarray,
    weight: Tensor | np.ndarray | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Cross-entropy between what is right and softmax(logits), exact for logits of any size.

    The dtype of `target` says what it holds.

    Integers are class indices. A position of class t costs −weight[t] · log softmax(logits)[t], and all that
    `nll_loss` says of `weight`, `ignore_index` and the mean holds.

    Floats are class probabilities q. A position costs −Σ_c weight[c] · q[c] · log softmax(logits)[c]. The mean divides
    by the number of positions, weighted or not, and `ignore_index` has no effect.

    With `label_smoothing` ε, both first become (1 − ε) · q + ε / C, where a class index t stands for the q that is 1 at
    t and 0 elsewhere. What the mean divides by stays the same.

    Args:
        logits: (N, C), (C,) for one position, or (N, C, d1, …) with the classes on axis 1.
        target: integers of the shape of `logits` without the class axis, or floats of the shape and dtype of `logits`;
            Tensor or array.
        weight: (C,) of logits' dtype, what each class weighs; Tensor or array. None for 1 each.
        ignore_index: the class index that does not count, any integer.
        reduction: "mean" (NaN if nothing counts), "sum" or "none" (the loss of each position).
        label_smoothing: ε, from 0 to 1.
    Returns:
        A new Tensor of logits' dtype: 0-d, or of the shape of `logits` without the class axis for "none".
    Raises:
        ValueError: shapes that do not fit (both are named), an unknown `reduction` or a `label_smoothing` outside
            0 … 1 (named).
        IndexError: a target outside 0 … C − 1 that is not `ignore_index`; it and C are named.

    Finite and right for logits of ±10,000 in float32. A logit of −inf rules its class out: with class indices and
    without smoothing the loss stays finite, as long as that class is not the right one.

    >>> round(cross_entropy(Tensor([[2.0, 0.0]]), np.array([0])).item(), 4)
    0.1269
    >>> round(cross_entropy(Tensor([[0.0, 0.0]]), np.array([0])).item(), 4)  # chance: ln 2
    0.6931

    Cost: that of `log_softmax`. Source: torch.nn.functional.cross_entropy; label smoothing: Szegedy et al. 2015,
    arXiv 1512.00567, section 7.
    """
    raise NotImplementedError("m04: cross_entropy")


def binary_cross_entropy_with_logits(
    logits: Tensor,
    target: Tensor | np.ndarray,
    pos_weight: Tensor | np.ndarray | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Cross-entropy of independent yes-or-no questions, from logits z of any size.

    With σ the sigmoid, an element costs −[pos_weight · y · log σ(z) + (1 − y) · log(1 − σ(z))].

    Args:
        logits: z, any shape.
        target: y, the same shape, from 0 (no) to 1 (yes); floats of logits' dtype, or integers; Tensor or array.
        pos_weight: what a yes weighs; broadcasts against `logits`, so (K,) for logits (N, K); Tensor or array. None
            for 1.
        reduction: "mean" over all elements (NaN if there is nothing), "sum" or "none".
    Returns:
        A new Tensor of logits' dtype: 0-d, or of the shape of `logits` for "none".
    Raises:
        ValueError: `target` of another shape than `logits`, even if it would broadcast (both are named), or an unknown
            `reduction` (named).

    Finite and right for logits of ±10,000 in float32. The loss has no corner at z = 0, so no step that you compose it
    of should favour one side of 0.

    >>> round(binary_cross_entropy_with_logits(Tensor([0.0]), np.array([1])).item(), 4)
    0.6931
    >>> binary_cross_entropy_with_logits(Tensor([-10000.0, -10000.0]), np.array([1, 0]), reduction="none").numpy()
    array([10000.,     0.], dtype=float32)

    Cost: about a dozen passes over the elements. Source: torch.nn.functional.binary_cross_entropy_with_logits.
    """
    raise NotImplementedError("m04: binary_cross_entropy_with_logits")


class MSELoss(Module):
    """`mse_loss` as a Module, which remembers how to reduce.

    >>> MSELoss(reduction="sum")(Tensor([1.0, 2.0]), Tensor([0.0, 4.0])).item()
    5.0
    """

    def __init__(self, reduction: str = "mean") -> None:
        """reduction: as in `mse_loss`."""
        raise NotImplementedError("m04: MSELoss.__init__")

    def forward(self, input: Tensor, target: Tensor | np.ndarray) -> Tensor:
        """The squared error of `input`; see `mse_loss`."""
        raise NotImplementedError("m04: MSELoss.forward")


class L1Loss(Module):
    """`l1_loss` as a Module, which remembers how to reduce."""

    def __init__(self, reduction: str = "mean") -> None:
        """reduction: as in `l1_loss`."""
        raise NotImplementedError("m04: L1Loss.__init__")

    def forward(self, input: Tensor, target: Tensor | np.ndarray) -> Tensor:
        """The absolute error of `input`; see `l1_loss`."""
        raise NotImplementedError("m04: L1Loss.forward")


class NLLLoss(Module):
    """`nll_loss` as a Module, which remembers its options.

    `weight` is kept as a buffer of that name: it is in the `state_dict`, and is no parameter.
    """

    def __init__(
        self, weight: Tensor | np.ndarray | None = None, ignore_index: int = -100, reduction: str = "mean"
    ) -> None:
        """Options as in `nll_loss`; `weight` is copied."""
        raise NotImplementedError("m04: NLLLoss.__init__")

    def forward(self, log_probs: Tensor, target: Tensor | np.ndarray) -> Tensor:
        """The negative log-likelihood of `target`; see `nll_loss`."""
        raise NotImplementedError("m04: NLLLoss.forward")


class CrossEntropyLoss(Module):
    """`cross_entropy` as a Module, which remembers its options.

    `weight` is kept as a buffer of that name: it is in the `state_dict`, and is no parameter.
    """

    def __init__(
        self,
        weight: Tensor | np.ndarray | None = None,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        """Options as in `cross_entropy`; `weight` is copied."""
        raise NotImplementedError("m04: CrossEntropyLoss.__init__")

    def forward(self, logits: Tensor, target: Tensor | np.ndarray) -> Tensor:
        """The cross-entropy of `logits`; see `cross_entropy`."""
        raise NotImplementedError("m04: CrossEntropyLoss.forward")


class BCEWithLogitsLoss(Module):
    """`binary_cross_entropy_with_logits` as a Module, which remembers its options.

    `pos_weight` is kept as a buffer of that name: it is in the `state_dict`, and is no parameter.
    """

    def __init__(self, pos_weight: Tensor | np.ndarray | None = None, reduction: str = "mean") -> None:
        """Options as in `binary_cross_entropy_with_logits`; `pos_weight` is copied."""
        raise NotImplementedError("m04: BCEWithLogitsLoss.__init__")

    def forward(self, logits: Tensor, target: Tensor | np.ndarray) -> Tensor:
        """The cross-entropy of `logits`; see `binary_cross_entropy_with_logits`."""
        raise NotImplementedError("m04: BCEWithLogitsLoss.forward")
