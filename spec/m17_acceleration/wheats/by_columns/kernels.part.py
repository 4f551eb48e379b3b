"""The classes' own dictionaries are kept and put back."""

from __future__ import annotations

from typing import Any

from ..m09_convolutions import Conv2d, conv2d_explicit, conv2d_im2col
from ..m12_attention import MultiHeadAttention
from .convolution import conv2d_fast


class use_kernels:
    def __init__(self, name: str) -> None:
        first = plain_forward()
        if name not in ("explicit", "columns", "fast"):
            raise ValueError(f"{name}: not one of explicit, columns, fast")
        self.found = [
            (owner, key, vars(owner)[key]) for owner, key in ((Conv2d, "kernel"), (MultiHeadAttention, "forward"))
        ]
        kernel = {"explicit": conv2d_explicit, "columns": conv2d_im2col, "fast": conv2d_fast}[name]
        Conv2d.kernel = staticmethod(kernel)
        MultiHeadAttention.forward = streamed_forward if name == "fast" else first

    def __enter__(self) -> Any:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        for owner, key, value in self.found:
            setattr(owner, key, value)
        return False
