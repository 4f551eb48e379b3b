"""Data parallel training in which nobody keeps the whole state of the optimizer: ZeRO, stage 1."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m03_layers import Module, Parameter
from .collectives import all_gather, chunk_bounds, reduce_scatter
from .network import SimulatedNetwork
from .parallel import Batch, copy_first, local_gradient, shard


class ShardedDataParallel:
    """Like `DataParallel`, but each worker is responsible for a part of all numbers of the model: it gets the gradient
    of that part alone, keeps the optimizer's state for that part alone, and sends the others what has become of it.

    All parameters, flat and one after another in the order of `model.parameters()`, are cut by `chunk_bounds` into
    as many parts as there are workers, wherever a parameter begins or ends. The i-th part is the i-th worker's.

    Args:
        network, models, loss_fn: as in `DataParallel`; here, too, the parameters of worker 0 are copied to all others first.
        make_optimizer: called once for each worker, in order, with a list of one Parameter of one axis, its part,
            and gives back an Optimizer for it. What it does must go element by element, as all of m07's do.

    Attributes:
        network, models: as given.
        optimizers: what make_optimizer gave, in the order of the workers.

    Raises:
        ValueError: there are not as many models as workers (both counts are named).

    >>> from ..m03_layers import Linear
    >>> from ..m04_losses import mse_loss
    >>> from ..m06_autograd import enable_autograd; enable_autograd()
    >>> from ..m07_optimizers import Adam
    >>> models = [Linear(3, 2, rng=0), Linear(3, 2, rng=1)]
    >>> trainer = ShardedDataParallel(SimulatedNetwork(2), models, lambda params: Adam(params, lr=0.1), mse_loss)
    >>> loss = trainer.step((Tensor(np.ones((4, 3), "float32")), Tensor(np.ones((4, 2), "float32"))))
    >>> [optimizer.state_bytes() for optimizer in trainer.optimizers]
    [32, 32]

    Source: Rajbhandari et al. 2020, ZeRO: Memory Optimizations Toward Training Trillion Parameter Models;
        torch.distributed.optim.ZeroRedundancyOptimizer.
    """

    def __init__(
        self,
        network: SimulatedNetwork,
        models: Sequence[Module],
        make_optimizer: Callable[[list[Parameter]], Any],
        loss_fn: Callable[[Tensor, Tensor], Tensor],
    ) -> None:
        """See the class."""
        # BEGIN SOLUTION
        if len(models) != network.workers:
            raise ValueError(f"{len(models)} models for {network.workers} workers")
        self.network, self.models, self.loss_fn = network, list(models), loss_fn
        copy_first(network, self.models, range(network.workers))
        flat = np.concatenate([parameter.data.reshape(-1) for parameter in self.models[0].parameters()])
        self._parts = [Parameter(flat[start:stop]) for start, stop in chunk_bounds(flat.size, network.workers)]
        self.optimizers = [make_optimizer([part]) for part in self._parts]
        # END SOLUTION

    def step(self, batch: Batch) -> float:
        """One step of all workers, on a batch that is cut into as many shards: the step of `DataParallel`, and of one model alone.

        One `reduce_scatter` of all gradients as one flat array, the optimizers' steps, and one `all_gather` of what
        has become of the parts: that is as much as an `all_reduce_ring` sends. A parameter without a gradient counts as
        one whose gradient is 0, so that every optimizer has a gradient, also one of zeros alone, and takes its step.

        Models are to be left alone between steps: whether what somebody else writes into them counts is open.

        Returns:
            The mean loss over all rows, from before the step.
        Raises:
            ValueError: the batch has no rows.
        """
        # BEGIN SOLUTION
        workers, total = self.network.workers, len(batch[0])
        if not total:
            raise ValueError("no row counts: 0 rows for a step")
        mean, grads = 0.0, []
        for worker, model in enumerate(self.models):
            part = shard(batch, worker, workers)
            mean += local_gradient(model, self.loss_fn, part, len(part[0]) / total)
            grads.append(_flat([np.zeros_like(p.data) if p.grad is None else p.grad for p in model.parameters()]))
        for part, grad, optimizer in zip(
            self._parts, reduce_scatter(self.network, grads), self.optimizers, strict=True
        ):
            part.grad = grad
            optimizer.step()
        for model, flat in zip(self.models, all_gather(self.network, [part.data for part in self._parts]), strict=True):
            begin = 0
            for parameter in model.parameters():
                parameter.copy_(flat[begin : begin + parameter.size].reshape(parameter.shape))
                begin += parameter.size
        return mean
        # END SOLUTION


def _flat(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """All arrays as one of one axis. Given."""
    return np.concatenate([array.reshape(-1) for array in arrays])
