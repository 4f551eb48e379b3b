"""Data parallel training: the same model on every worker, another part of the batch on each, one gradient for all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from ..m01_tensor import Tensor
from ..m03_layers import Module
from .collectives import all_reduce_ring, broadcast_first, chunk_bounds
from .network import SimulatedNetwork

Batch = tuple[Tensor, ...]
"""(inputs, targets), with one row for each sample. Given; `shard` cuts batches of any number of Tensors."""


def shard(batch: Batch, part: int, parts: int) -> Batch:
    """One of `parts` parts of a batch: rows in order, cut by `chunk_bounds`, the same of each Tensor.

    Raises:
        ValueError: the Tensors have different numbers of rows (two of them are named).
        IndexError: `part` is not one of 0 to parts - 1; it is named.

    >>> shard((Tensor([1.0, 2.0, 3.0]), Tensor([7, 8, 9])), part=1, parts=2)
    (Tensor([3.]), Tensor([9]))
    """
    # BEGIN SOLUTION
    rows = len(batch[0])
    for tensor in batch:
        if len(tensor) != rows:
            raise ValueError(f"a batch of Tensors with {rows} and {len(tensor)} rows")
    if not 0 <= part < parts:
        raise IndexError(f"there is no part {part} of {parts}")
    start, stop = chunk_bounds(rows, parts)[part]
    return tuple(tensor[start:stop] for tensor in batch)
    # END SOLUTION


def make_buckets(sizes: Sequence[int], limit: int) -> list[list[int]]:
    """Which gradients travel together. The last ones go first, since backward is done with them first.

    From the last parameter to the first: each joins the bucket of the one before if that stays within `limit` bytes,
    and begins a new one if not. One that is larger than `limit` has a bucket of its own.

    Args:
        sizes: bytes of each parameter, in the order of `model.parameters()`.
        limit: bytes of a bucket.
    Returns:
        The numbers of the parameters in each bucket, in the order in which they come.

    >>> make_buckets([300, 10, 20, 60, 40], limit=100)
    [[4, 3], [2, 1], [0]]

    Source: torch.nn.parallel.DistributedDataParallel (`bucket_cap_mb`), whose buckets may go beyond the limit by one
        parameter.
    """
    # BEGIN SOLUTION
    buckets: list[list[int]] = []
    room = -1
    for number in reversed(range(len(sizes))):
        if sizes[number] > room or not buckets:
            buckets.append([])
            room = limit
        buckets[-1].append(number)
        room -= sizes[number]
    return buckets
    # END SOLUTION


def copy_first(network: SimulatedNetwork, models: Sequence[Module], group: Sequence[int]) -> None:
    """The parameters of the first worker of the group are sent to all others, and put in the place of theirs.

    >>> from ..m03_layers import Linear
    >>> models = [Linear(1, 1, rng=0), Linear(1, 1, rng=1)]
    >>> copy_first(SimulatedNetwork(2), models, [0, 1])
    >>> models[0].weight.item() == models[1].weight.item()
    True
    """
    # BEGIN SOLUTION
    for parameters in zip(*(models[worker].parameters() for worker in group), strict=True):
        for parameter, array in zip(parameters, broadcast_first(network, parameters[0].data, group), strict=True):
            parameter.copy_(array)
    # END SOLUTION


def local_gradient(model: Module, loss_fn: Callable, shard: Batch, share: float) -> float:
    """What a worker does alone: its model's gradients become those of share · the loss on its shard.

    They replace what was there before. With a shard of no rows nothing is computed, and all gradients are None.

    Args:
        loss_fn: (output, targets) → the mean loss over the rows.
        shard: (inputs, targets): its rows.
        share: which part of the whole its rows are.
    Returns:
        share · that loss; 0.0 with no rows.
    """
    # BEGIN SOLUTION
    for parameter in model.parameters():
        parameter.grad = None
    inputs, targets = shard
    if not len(inputs):
        return 0.0
    loss = loss_fn(model(inputs), targets) * share
    loss.backward()
    return float(loss.item())
    # END SOLUTION


class DataParallel:
    """One model, kept the same on all workers of a network, and trained on batches that are shared out among them.

    A step of all of them is the step that one model would take on the whole batch.

    Args:
        network: its workers are the group, in order.
        models: one for each worker, of the same architecture, with parameters of one dtype. Those of worker 0 are
            copied to all others (`copy_first`) before anything else happens.
        optimizers: one for each worker, of its own model's parameters, all with the same settings.
        loss_fn: (output, targets) → Tensor with one number, the mean over the rows.
        reduce: how gradients are summed up: `all_reduce_ring`, `all_reduce_naive`, or another with the same arguments.
        bucket_bytes: the limit of a bucket, see `make_buckets`.
        seconds_per_row: what a row takes a worker's clock, forward and backward together.

    Attributes:
        network, models, optimizers: as given.
        group: the workers that are left, in order: a list.

    Raises:
        ValueError: there are not as many models, or optimizers, as workers (both counts are named).

    Of the network it uses `workers`, `alive`, `compute` and `lose` itself; everything else is up to `reduce` and
    `copy_first`. Buffers, such as running statistics, are each worker's own. Parameters for which no worker of the group
    has a gradient are left out before buckets are made; this one thing is known without a message. They keep None.

    >>> from ..m03_layers import Linear
    >>> from ..m04_losses import mse_loss
    >>> from ..m06_autograd import enable_autograd; enable_autograd()
    >>> from ..m07_optimizers import SGD
    >>> models = [Linear(1, 1, rng=seed).to("float64") for seed in range(3)]
    >>> optimizers = [SGD(model.parameters(), lr=0.25) for model in models]
    >>> trainer = DataParallel(SimulatedNetwork(3), models, optimizers, mse_loss)
    >>> x = np.linspace(-1, 1, 8).reshape(8, 1)
    >>> losses = [trainer.step((Tensor(x), Tensor(3 * x + 1))) for _ in range(100)]
    >>> [round(model.weight.item(), 6) for model in models]
    [3.0, 3.0, 3.0]

    Source: torch.nn.parallel.DistributedDataParallel; Li et al. 2020, PyTorch Distributed.
    """

    def __init__(
        self,
        network: SimulatedNetwork,
        models: Sequence[Module],
        optimizers: Sequence[Any],
        loss_fn: Callable[[Tensor, Tensor], Tensor],
        reduce: Callable[..., list[np.ndarray]] = all_reduce_ring,
        bucket_bytes: int = 1 << 20,
        seconds_per_row: float = 0.0,
    ) -> None:
        """See the class."""
        # BEGIN SOLUTION
        for name, things in (("models", models), ("optimizers", optimizers)):
            if len(things) != network.workers:
                raise ValueError(f"{len(things)} {name} for {network.workers} workers")
        self.network, self.models, self.optimizers = network, list(models), list(optimizers)
        self.loss_fn, self.reduce = loss_fn, reduce
        self.bucket_bytes, self.seconds_per_row = bucket_bytes, seconds_per_row
        self.group = list(range(network.workers))
        copy_first(network, self.models, self.group)
        # END SOLUTION

    def step(self, batch: Batch, absent: Collection[int] = ()) -> float:
        """One step of all workers of the group, on a batch that is cut into as many shards (`shard`): theirs in order.

        Every row counts the same, however many rows the others of its shard are; shards may be empty. Gradients are summed up
        bucket by bucket, each with one call of `reduce(network, arrays, group)` on flat arrays, in the order of
        `make_buckets`. Nothing else goes over the network. Then every worker of the group takes a step: the same one.

        Workers who are late, `absent`, have no part in the gradient: it is the mean over the rows of the others.
        They compute nothing, bring zeros to the sums, and take the same step as all.

        The clock of each worker that is not absent goes on by seconds_per_row for each of its rows, before anything is sent.

        Returns:
            The mean loss over the rows that count, from before the step. It is not sent anywhere.
        Raises:
            ValueError: no row counts, or somebody is absent who is not in the group (the number is named). Nothing
                has changed.
            ConnectionError: a worker was lost on the way. No parameter has changed, and no optimizer's state: after
                `lose` the step can be taken again.
        """
        # BEGIN SOLUTION
        for worker in absent:
            if worker not in self.group:
                raise ValueError(f"worker {worker} is absent, and not in the group {self.group}")
        shards = [shard(batch, place, len(self.group)) for place in range(len(self.group))]
        if absent:
            nothing = tuple(tensor[:0] for tensor in batch)
            shards = [nothing if worker in absent else part for worker, part in zip(self.group, shards, strict=True)]
        rows = [len(part[0]) for part in shards]
        total = sum(rows)
        if not total:
            raise ValueError("no row counts: 0 rows for a step")
        mean = 0.0
        for worker, part, count in zip(self.group, shards, rows, strict=True):
            mean += local_gradient(self.models[worker], self.loss_fn, part, count / total)
            if worker not in absent:
                self.network.compute(worker, count * self.seconds_per_row)
        self._sum_gradients()
        for worker in self.group:
            self.optimizers[worker].step()
        return mean
        # END SOLUTION

    def _sum_gradients(self) -> None:
        """Put the sum of all workers' gradients in the place of each one's own."""
        # BEGIN SOLUTION
        columns = list(zip(*(self.models[worker].parameters() for worker in self.group), strict=True))
        columns = [column for column in columns if any(parameter.grad is not None for parameter in column)]
        for bucket in make_buckets([column[0].data.nbytes for column in columns], self.bucket_bytes):
            flat = []
            for place in range(len(self.group)):
                own = [columns[number][place] for number in bucket]
                grads = [np.zeros_like(p.data) if p.grad is None else p.grad for p in own]
                flat.append(np.concatenate([grad.reshape(-1) for grad in grads]))
            for place, total in enumerate(self.reduce(self.network, flat, self.group)):
                begin = 0
                for number in bucket:
                    parameter = columns[number][place]
                    parameter.grad = total[begin : begin + parameter.size].reshape(parameter.shape).copy()
                    begin += parameter.size
        # END SOLUTION

    def lose(self, worker: int) -> None:
        """The worker is lost: the network is told, unless it knows already, and from now on batches are shared out among
        those who are left.

        Raises:
            ValueError: it is not in the group, or nobody would be left; it is named. Nothing has changed, and the
                network has not been told.
        """
        # BEGIN SOLUTION
        if worker not in self.group or len(self.group) == 1:
            raise ValueError(f"worker {worker} cannot be lost: the group is {self.group}")
        if worker in self.network.alive:
            self.network.lose(worker)
        self.group.remove(worker)
        # END SOLUTION


def wait_for(seconds: Sequence[float], count: int) -> tuple[float, list[int]]:
    """A step that waits for the first `count` workers only: how long it takes, and who is late.

    Args:
        seconds: what each worker needs.
        count: from 1 to the number of workers. Of workers that need equally long, those with lower numbers are first.
    Returns:
        The seconds until the last of the first is ready, and the numbers of all others, in order.
    Raises:
        ValueError: `count` is less than 1, or more than there are workers; it is named.

    >>> wait_for([1.0, 9.0, 1.5, 1.25], count=3)
    (1.5, [1])

    Source: Chen et al. 2016, Revisiting Distributed Synchronous SGD.
    """
    # BEGIN SOLUTION
    if not 1 <= count <= len(seconds):
        raise ValueError(f"cannot wait for {count} of {len(seconds)} workers")
    order = sorted(range(len(seconds)), key=lambda worker: seconds[worker])
    return float(seconds[order[count - 1]]), sorted(order[count:])
    # END SOLUTION
