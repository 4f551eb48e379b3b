"""One switch for all layers: which kernels do the work."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m09_convolutions import Conv2d, conv2d_explicit, conv2d_im2col
from ..m12_attention import MultiHeadAttention, combine_masks, merge_heads, split_heads
from .convolution import conv2d_fast
from .streaming import Mask, attention_streamed


@functools.cache
def plain_forward() -> Callable[..., Any]:
    """`MultiHeadAttention.forward` as m12 has it: what it is when this is called first. Given."""
    return MultiHeadAttention.forward


def streamed_forward(
    self: MultiHeadAttention,
    query: Tensor,
    key: Tensor | None = None,
    value: Tensor | None = None,
    attn_mask: Mask = None,
    key_padding_mask: Mask = None,
    is_causal: bool = False,
    need_weights: bool = False,
    average_attn_weights: bool = True,
) -> Any:
    """What `MultiHeadAttention.forward` does, over `attention_streamed`. Given.

    Weights that are asked for have to be made, and what does not fit has to be refused: both are left to m12's own forward.
    """
    key = query if key is None else key
    value = key if value is None else value
    *lead, n, _ = query.shape if query.ndim in (2, 3) else (0, 0)
    m, heads, e = key.shape[-2] if key.ndim > 1 else 0, self.num_heads, self.embed_dim
    fits = query.shape == (*lead, n, e) and key.shape == value.shape == (*lead, m, e)
    pairs, keys = ((n, m), (int(np.prod(lead)) * heads, n, m)), ((*lead, m),)
    given = [(mask, shapes) for mask, shapes in ((attn_mask, pairs), (key_padding_mask, keys)) if mask is not None]
    fits = fits and all(mask.shape in shapes and mask.dtype.kind in "bf" for mask, shapes in given)
    if need_weights or not fits:
        return plain_forward()(
            self, query, key, value, attn_mask, key_padding_mask, is_causal, need_weights, average_attn_weights
        )
    total = None
    for mask, shapes in given:
        mask = mask if isinstance(mask, Tensor) else Tensor(mask)
        if shapes is keys:
            mask = mask.reshape(*lead, 1, 1, m)
        elif mask.ndim == 3:
            mask = mask.reshape(*lead, heads, n, m)
        # True hides here; in combine_masks it is seen.
        total = combine_masks(total, Tensor(~mask.data) if mask.dtype == np.bool_ else mask)
    w, b = self.in_proj_weight, self.in_proj_bias
    parts = []
    for number, x in enumerate((query, key, value)):
        rows = slice(e * number, e * (number + 1))
        y = x @ w[rows].T
        parts.append(split_heads(y if b is None else y + b[rows], heads))
    return self.out_proj(merge_heads(attention_streamed(*parts, total, is_causal)))


class use_kernels:
    """Let all layers compute with the kernels of this name, from now on; in a `with` statement, until its end.

        name        Conv2d.kernel       MultiHeadAttention.forward
        explicit    conv2d_explicit     plain_forward()
        columns     conv2d_im2col       plain_forward()
        fast        conv2d_fast         streamed_forward

    Both are put on their class, so layers that are there already change, too. A layer that has a kernel of its own keeps it.

    At the end of a `with` block both are again what they were right before this use_kernels, whatever that was: also if
    the block ends in an error (which goes on), and also if another use_kernels was called within it. Blocks may be nested. What was
    computed within a block can be led back outside of it.

    Args:
        name: explicit, columns or fast.
    Raises:
        ValueError: there are no kernels of this name; the message has it, and all three names. Nothing changes.

    >>> layer = Conv2d(3, 8, 3, rng=0)
    >>> with use_kernels("fast"):
    ...     y = layer(Tensor(np.zeros((2, 3, 5, 5), "float32")))
    >>> Conv2d.kernel is conv2d_fast
    False

    Source: torch.backends.cuda.sdp_kernel, torch.set_grad_enabled.
    """

    def __init__(self, name: str) -> None:
        """See the class."""
        raise NotImplementedError("m17: use_kernels.__init__")

    def __enter__(self) -> None:
        """The block begins; the kernels are in place already. Given."""

    def __exit__(self, *error: Any) -> None:
        """Put back what was there before."""
        raise NotImplementedError("m17: use_kernels.__exit__")
