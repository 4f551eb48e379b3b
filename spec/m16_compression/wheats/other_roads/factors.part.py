"""A projection onto the largest directions, from eigenvectors; all sizes on one side; replacement by recursion."""

from __future__ import annotations

import copy

import numpy as np


def low_rank(weight: np.ndarray, rank: int) -> tuple[np.ndarray, np.ndarray]:
    if weight.ndim != 2:
        raise ValueError(f"{weight.shape}")
    if rank < 1 or rank > min(weight.shape):
        raise ValueError(f"rank {rank} for {weight.shape}")
    wide = weight.astype("f8")
    _, directions = np.linalg.eigh(wide @ wide.T)
    left = directions[:, ::-1][:, :rank]
    return left.astype(weight.dtype), (left.T @ wide).astype(weight.dtype)


def rank_for(weight: np.ndarray, energy: float) -> int:
    if weight.ndim != 2:
        raise ValueError(f"{weight.shape}")
    if not 0 < energy <= 1:
        raise ValueError(f"energy {energy}")
    squares = np.linalg.svd(weight.astype("f8"), compute_uv=False) ** 2
    total, lost, rank = squares.sum(), 0.0, len(squares)
    while rank > 1 and lost + squares[rank - 1] <= (1 - energy) * total:
        rank -= 1
        lost += squares[rank]
    return rank


def factorize(model: Module, energy: float) -> Module:
    old = copy.deepcopy(model)
    thin, seen = {}, set()

    def visit(module: Module) -> Module:
        if isinstance(module, Linear):
            if module not in thin:
                outputs, inputs = module.weight.shape
                rank = rank_for(module.weight.data, energy) if outputs * inputs else inputs + outputs
                small = rank * (inputs + outputs) < inputs * outputs
                thin[module] = LowRankLinear.from_linear(module, rank) if small else module
                thin[module].train(module.training)
            return thin[module]
        if id(module) not in seen:
            seen.add(id(module))
            for name, value in list(vars(module).items()):
                if isinstance(value, Module):
                    setattr(module, name, visit(value))
        return module

    return visit(old)
