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
        raise NotImplementedError("m21: ShardedDataParallel.__init__")

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
        raise NotImplementedError("m21: ShardedDataParallel.step")


def _flat(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """All arrays as one of one axis. Given."""
    return np.concatenate([array.reshape(-1) for array in arrays])
