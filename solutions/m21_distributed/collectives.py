"""What all workers do together: sums that all of them get, by way of one of them, or round a ring.

Every function plays all workers. Two rules keep that honest: what a worker computes is made of its own array and of what
it has received, and whatever goes from one to another goes through `network.send` and `network.receive`, once. They
are all that is used of the network, beside `network.workers`.

`group` lists the workers that take part, in the order of the ring, and `arrays[i]` is what worker group[i] has; None
stands for all workers in order. Results come in the same order. They are new arrays: no worker's result shares
memory with that of another, or with what was given, which stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .network import SimulatedNetwork


def chunk_bounds(length: int, parts: int) -> list[tuple[int, int]]:
    """Cut `length` things into `parts` pieces, in order, whose sizes differ by one at most, the larger ones first.

    Returns:
        (start, stop) of each piece. With more parts than things the last ones are empty.
    Raises:
        ValueError: `length` is negative, or `parts` is less than 1; the value is named.

    >>> chunk_bounds(10, 4)
    [(0, 3), (3, 6), (6, 8), (8, 10)]

    Source: numpy.array_split.
    """
    # BEGIN SOLUTION
    if length < 0 or parts < 1:
        raise ValueError(f"{length} things cannot be cut into {parts} parts")
    size, longer = divmod(length, parts)
    starts = [size * part + min(part, longer) for part in range(parts + 1)]
    return [(starts[part], starts[part + 1]) for part in range(parts)]
    # END SOLUTION


def group_members(
    network: SimulatedNetwork, arrays: Sequence[np.ndarray], group: Sequence[int] | None, one_shape: bool = True
) -> list[int]:
    """The group as a list of workers, after a look at what they bring, before anything is sent.

    Raises:
        ValueError: the group is empty, or a worker is in it twice (it is named); there are more or fewer arrays than
            workers (both counts are named); two arrays have different dtypes or, with `one_shape`, different shapes
            (both are named).

    >>> group_members(SimulatedNetwork(3), [np.zeros(2)] * 2, group=[2, 0])
    [2, 0]
    """
    # BEGIN SOLUTION
    group = list(range(network.workers) if group is None else group)
    if not group:
        raise ValueError("the group is empty: () has no workers")
    for worker in group:
        if group.count(worker) > 1:
            raise ValueError(f"worker {worker} is twice in the group {group}")
    if len(arrays) != len(group):
        raise ValueError(f"{len(arrays)} arrays for {len(group)} workers")
    for array in arrays:
        if array.dtype != arrays[0].dtype:
            raise ValueError(f"workers bring arrays of {arrays[0].dtype} and {array.dtype}")
        if one_shape and array.shape != arrays[0].shape:
            raise ValueError(f"workers bring arrays of shapes {arrays[0].shape} and {array.shape}")
    return group
    # END SOLUTION


def broadcast_first(
    network: SimulatedNetwork, array: np.ndarray, group: Sequence[int] | None = None
) -> list[np.ndarray]:
    """Everybody gets the array of the first worker of the group, which sends it to each of the others, in order.

    Returns:
        One array for each worker, the first one included; each a copy of its own.
    Raises:
        ValueError: the group is empty, or a worker is in it twice (it is named).

    >>> network = SimulatedNetwork(3)
    >>> broadcast_first(network, np.array([7])), network.messages
    ([array([7]), array([7]), array([7])], [2, 0, 0])

    Source: torch.distributed.broadcast.
    """
    # BEGIN SOLUTION
    group = list(range(network.workers) if group is None else group)
    root, *others = group_members(network, [array] * len(group), group)
    for worker in others:
        network.send(root, worker, array)
    return [array.copy(), *(network.receive(worker, root) for worker in others)]
    # END SOLUTION


def all_reduce_naive(
    network: SimulatedNetwork, arrays: Sequence[np.ndarray], group: Sequence[int] | None = None
) -> list[np.ndarray]:
    """Everybody gets the sum of all arrays, by way of the first worker of the group: all others send it theirs, and it sends
    each of them the sum.

    Returns:
        One array for each worker, of the shape and dtype that all arrays have; the same bits for all.
    Raises:
        ValueError: see `group_members`.

    >>> network = SimulatedNetwork(3)
    >>> all_reduce_naive(network, [np.array([1, 2]), np.array([10, 20]), np.array([100, 200])])
    [array([111, 222]), array([111, 222]), array([111, 222])]
    >>> network.messages
    [2, 1, 1]
    """
    # BEGIN SOLUTION
    group = group_members(network, arrays, group)
    root, others = group[0], group[1:]
    for worker, array in zip(others, arrays[1:], strict=True):
        network.send(worker, root, array)
    total = arrays[0].copy()
    for worker in others:
        total += network.receive(root, worker)
    return broadcast_first(network, total, group)
    # END SOLUTION


def reduce_scatter(
    network: SimulatedNetwork, arrays: Sequence[np.ndarray], group: Sequence[int] | None = None
) -> list[np.ndarray]:
    """Everybody gets a piece of the sum of all arrays: the i-th worker of the group the i-th of N pieces, all of them round a ring.

    The arrays are taken as flat, and cut by `chunk_bounds`. In each of N - 1 rounds each worker sends one piece to
    the next of the group (the last one to the first), and receives one from the one before. Pieces that are empty may
    be sent, or not.

    Returns:
        One array of one axis for each worker, of the dtype that all arrays have.
    Raises:
        ValueError: see `group_members`.

    >>> network = SimulatedNetwork(2)
    >>> reduce_scatter(network, [np.array([1, 2, 3]), np.array([10, 20, 30])]), network.bytes
    ([array([11, 22]), array([33])], [8, 16])

    Source: torch.distributed.reduce_scatter.
    """
    # BEGIN SOLUTION
    group = group_members(network, arrays, group)
    size = len(group)
    bounds = chunk_bounds(arrays[0].size, size)
    pieces = [[array.reshape(-1)[start:stop].copy() for start, stop in bounds] for array in arrays]
    for turn in range(size - 1):
        for place, worker in enumerate(group):
            network.send(worker, group[(place + 1) % size], pieces[place][(place - turn - 1) % size])
        for place, worker in enumerate(group):
            pieces[place][(place - turn - 2) % size] += network.receive(worker, group[place - 1])
    return [pieces[place][place] for place in range(size)]
    # END SOLUTION


def all_gather(
    network: SimulatedNetwork, pieces: Sequence[np.ndarray], group: Sequence[int] | None = None
) -> list[np.ndarray]:
    """Everybody gets the pieces of all, joined in the order of the group: each piece goes round the ring.

    In each of N - 1 rounds each worker sends one piece to the next of the group, and receives one from the one before.
    Pieces that are empty may be sent, or not.

    Args:
        pieces: arrays of one axis and of one dtype; their lengths may differ, and be 0.
    Returns:
        One array of one axis for each worker; the same bits for all.
    Raises:
        ValueError: see `group_members`; shapes may differ.

    >>> network = SimulatedNetwork(2)
    >>> all_gather(network, [np.array([1, 2]), np.array([3])]), network.bytes
    ([array([1, 2, 3]), array([1, 2, 3])], [16, 8])

    Source: torch.distributed.all_gather.
    """
    # BEGIN SOLUTION
    group = group_members(network, pieces, group, one_shape=False)
    size = len(group)
    known = [[piece if place == other else None for other, piece in enumerate(pieces)] for place in range(size)]
    for turn in range(size - 1):
        for place, worker in enumerate(group):
            network.send(worker, group[(place + 1) % size], known[place][(place - turn) % size])
        for place, worker in enumerate(group):
            known[place][(place - turn - 1) % size] = network.receive(worker, group[place - 1])
    return [np.concatenate(all_of_them) for all_of_them in known]
    # END SOLUTION


def all_reduce_ring(
    network: SimulatedNetwork, arrays: Sequence[np.ndarray], group: Sequence[int] | None = None
) -> list[np.ndarray]:
    """Everybody gets the sum of all arrays, round a ring: each piece is summed up on one way round, and handed out on another.

    Returns:
        One array for each worker, of the shape and dtype that all arrays have; the same bits for all.
    Raises:
        ValueError: see `group_members`.

    Cost: the messages of `reduce_scatter` and of `all_gather`; each worker sends as many as every other.

    >>> network = SimulatedNetwork(4)
    >>> all_reduce_ring(network, [np.full((2, 4), 10.0**worker) for worker in range(4)])[3]
    array([[1111., 1111., 1111., 1111.],
           [1111., 1111., 1111., 1111.]])
    >>> network.messages, network.bytes
    ([6, 6, 6, 6], [96, 96, 96, 96])

    Source: Patarasuk and Yuan 2009, Bandwidth optimal all-reduce algorithms for clusters of workstations.
    """
    # BEGIN SOLUTION
    sums = all_gather(network, reduce_scatter(network, arrays, group), group)
    return [flat.reshape(array.shape) for flat, array in zip(sums, arrays, strict=True)]
    # END SOLUTION
