"""Another way: norms composed of Tensor operations, without a Function."""

from __future__ import annotations

from ..m01_tensor import Tensor
from ..m03_layers import Module


class LayerNorm(Module):
    def forward(self, x: Tensor) -> Tensor:
        check_features(x, self.dim, "LayerNorm")
        distance = x - x.mean(-1, keepdims=True)
        y = distance / (x.var(-1, keepdims=True, correction=0) + self.eps).sqrt() * self.weight
        return y if self.bias is None else y + self.bias


class RMSNorm(Module):
    def forward(self, x: Tensor) -> Tensor:
        check_features(x, self.dim, "RMSNorm")
        return x / ((x * x).mean(-1, keepdims=True) + self.eps).sqrt() * self.weight
