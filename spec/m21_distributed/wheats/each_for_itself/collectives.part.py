"""Each worker is a generator, which yields whenever it waits for the others; pieces without numbers are not sent."""


def chunk_bounds(length, parts):
    if parts < 1:
        raise ValueError(f"{parts} parts")
    if length < 0:
        raise ValueError(f"a length of {length}")
    found, start = [], 0
    for left in range(parts, 0, -1):
        stop = start + -(-(length - start) // left)
        found.append((start, stop))
        start = stop
    return found


def group_members(network, arrays, group, one_shape=True):
    group = [*range(network.workers)] if group is None else [*group]
    if not group or len(set(group)) < len(group):
        raise ValueError(f"a group of {group}: each worker once, and one at least")
    if len(group) != len(arrays):
        raise ValueError(f"{len(group)} workers have {len(arrays)} arrays")
    if len({array.dtype for array in arrays}) > 1:
        raise ValueError(f"dtypes {[array.dtype.name for array in arrays]}")
    if one_shape and len({array.shape for array in arrays}) > 1:
        raise ValueError(f"shapes {[array.shape for array in arrays]}")
    return group


def together(programs):
    """All programs take turns until each is at its end: what they return."""
    results, running = [None] * len(programs), dict(enumerate(programs))
    while running:
        for place, program in list(running.items()):
            try:
                next(program)
            except StopIteration as end:
                results[place] = end.value
                del running[place]
    return results


def all_reduce_naive(network, arrays, group=None):
    group = group_members(network, arrays, group)

    def root():
        total = np.array(arrays[0])
        yield
        for worker in group[1:]:
            np.add(total, network.receive(group[0], worker), out=total)
        for worker in group[1:]:
            network.send(group[0], worker, total)
        return total

    def other(worker, array):
        network.send(worker, group[0], array)
        yield
        yield
        return network.receive(worker, group[0])

    return together([root(), *(other(*pair) for pair in zip(group[1:], arrays[1:], strict=True))])


def ring(network, group, place, pieces, first, add):
    """One way round for the worker at a place, which begins with piece number `first`."""
    size = len(group)
    for turn in range(size - 1):
        sent, came = (first - turn) % size, (first - turn - 1) % size
        if pieces[sent].size:
            network.send(group[place], group[(place + 1) % size], pieces[sent])
        yield
        if pieces[came].size:
            received = network.receive(group[place], group[place - 1])
            pieces[came] = pieces[came] + received if add else received
        yield


def cut(array, size):
    flat = array.reshape(-1)
    return [np.array(flat[start:stop]) for start, stop in chunk_bounds(flat.size, size)]


def reduce_scatter(network, arrays, group=None):
    group = group_members(network, arrays, group)

    def program(place):
        pieces = cut(arrays[place], len(group))
        yield from ring(network, group, place, pieces, place - 1, True)
        return pieces[place]

    return together([program(place) for place in range(len(group))])


def all_gather(network, pieces, group=None):
    group = group_members(network, pieces, group, one_shape=False)

    def program(place):
        # The others' pieces are not looked at but for their lengths.
        mine = [piece if i == place else np.empty_like(piece) for i, piece in enumerate(pieces)]
        yield from ring(network, group, place, mine, place, False)
        return np.concatenate(mine)

    return together([program(place) for place in range(len(group))])


def all_reduce_ring(network, arrays, group=None):
    group = group_members(network, arrays, group)

    def program(place):
        pieces = cut(arrays[place], len(group))
        yield from ring(network, group, place, pieces, place - 1, True)
        yield from ring(network, group, place, pieces, place, False)
        return np.concatenate(pieces).reshape(arrays[place].shape)

    return together([program(place) for place in range(len(group))])
