"""Somebody else's weights: GPT-2's, under their own names and turned on their side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .gpt import GPT

BLOCK_NAMES = {
    "norm1.weight": ("ln_1.weight", False),
    "norm1.bias": ("ln_1.bias", False),
    "attention.in_proj_weight": ("attn.c_attn.weight", True),
    "attention.in_proj_bias": ("attn.c_attn.bias", False),
    "attention.out_proj.weight": ("attn.c_proj.weight", True),
    "attention.out_proj.bias": ("attn.c_proj.bias", False),
    "norm2.weight": ("ln_2.weight", False),
    "norm2.bias": ("ln_2.bias", False),
    "feed_forward.up.weight": ("mlp.c_fc.weight", True),
    "feed_forward.up.bias": ("mlp.c_fc.bias", False),
    "feed_forward.down.weight": ("mlp.c_proj.weight", True),
    "feed_forward.down.bias": ("mlp.c_proj.bias", False),
}
"""Names in a TransformerBlock, names in a block of GPT-2, and whether the matrix there is (in, out) and not (out, in). Given."""

OTHER_NAMES = {
    "token_embedding.weight": "wte.weight",
    "position_embedding.weight": "wpe.weight",
    "norm.weight": "ln_f.weight",
    "norm.bias": "ln_f.bias",
}
"""The same outside of the blocks, which are h.0, h.1, … in GPT-2. Given."""


def gpt2_state(state: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The state of a GPT-2 (as published, or from Hugging Face's GPT2LMHeadModel) as the state of a GPT of ours.

    Names may begin with `transformer.` (`lm_head.weight` never does). GPT-2's matrices are (in, out), as its makers multiply
    x @ weight; those of a Linear are (out, in). `attn.bias` and `attn.masked_bias` in its blocks are no weights but masks: they
    are left out. Without `lm_head.weight` the head is the table of tokens.

    Args:
        state: {name: array or Tensor}.
    Returns:
        {name: array} for `load_state_dict` of a GPT with as many blocks: each name of its own state_dict, and no other.
    Raises:
        KeyError: a weight is missing; it is named as it is called in GPT-2, without `transformer.`: h.0.ln_1.weight.
    """
    raise NotImplementedError("m13: gpt2_state")


def from_gpt2_state(state: Mapping[str, Any], num_heads: int) -> GPT:
    """A GPT with the weights of a GPT-2: same ids in, same logits out.

    Args:
        state: as in `gpt2_state`. All sizes are read off its shapes, but for one:
        num_heads: heads of each block (12 for the smallest GPT-2), which no shape tells.
    Returns:
        A GPT in training mode, float32, in memory of its own. Its head is tied, unless `lm_head.weight` differs from the table
            of tokens.
    Raises:
        KeyError: as `gpt2_state`.
        ValueError: num_heads does not divide the width (both are named), or an array has the wrong shape: also if a
            feed-forward network is not four times as wide as the model.

    >>> parts = {"wte.weight": (7, 4), "wpe.weight": (5, 4), "ln_f.weight": (4,), "ln_f.bias": (4,)}
    >>> model = from_gpt2_state({name: np.ones(shape, "float32") for name, shape in parts.items()}, num_heads=2)
    >>> model.vocab_size, model.dim, model.num_layers, model.context
    (7, 4, 0, 5)

    Source: Radford et al. 2019; the Conv1D of transformers.pytorch_utils.
    """
    raise NotImplementedError("m13: from_gpt2_state")
