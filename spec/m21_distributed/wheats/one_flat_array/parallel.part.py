"""Gradients of sums of rows, which are divided by the number of all rows when they have been added up."""

import contextlib


def shard(batch, part, parts):
    if part < 0 or part >= parts:
        raise IndexError(f"part {part} of {parts}")
    lengths = [tensor.shape[0] for tensor in batch]
    if min(lengths) != max(lengths):
        raise ValueError(f"rows: {lengths}")
    rows = np.array_split(np.arange(lengths[0]), parts)[part]
    return tuple(Tensor(tensor.data[rows]) for tensor in batch)


def make_buckets(sizes, limit):
    found, full = [], 0
    for number, size in reversed(list(enumerate(sizes))):
        if found and full + size <= limit:
            found[-1].append(number)
            full += size
        else:
            found.append([number])
            full = size
    return found


def wait_for(seconds, count):
    if count not in range(1, len(seconds) + 1):
        raise ValueError(f"the first {count} of {len(seconds)}")
    order = np.argsort(np.array(seconds), kind="stable").tolist()
    return float(max(seconds[worker] for worker in order[:count])), sorted(set(order) - set(order[:count]))


class DataParallel:
    def __init__(
        self, network, models, optimizers, loss_fn, reduce=all_reduce_ring, bucket_bytes=1 << 20, seconds_per_row=0.0
    ):
        if not len(models) == len(optimizers) == network.workers:
            raise ValueError(f"{len(models)} models, {len(optimizers)} optimizers, {network.workers} workers")
        self.network, self.models, self.optimizers, self.loss_fn = network, models, optimizers, loss_fn
        self.reduce, self.bucket_bytes, self.seconds_per_row = reduce, bucket_bytes, seconds_per_row
        self.group = [*range(network.workers)]
        for name in dict(models[0].named_parameters()):
            own = [dict(model.named_parameters())[name] for model in models]
            for parameter, array in zip(own[1:], broadcast_first(network, own[0].data)[1:], strict=True):
                parameter.data[...] = array

    def step(self, batch, absent=()):
        strangers = set(absent) - set(self.group)
        if strangers:
            raise ValueError(f"absent, and not there anyway: {sorted(strangers)}")
        shards = {
            worker: shard(batch, i, len(self.group)) for i, worker in enumerate(self.group) if worker not in absent
        }
        total = sum(len(part[0]) for part in shards.values())
        if total == 0:
            raise ValueError("there are 0 rows that count")
        loss_of_all, own = 0.0, {}
        for worker in self.group:
            self.optimizers[worker].zero_grad()
            rows = len(shards[worker][0]) if worker in shards else 0
            if rows:
                x, y = shards[worker]
                loss = self.loss_fn(self.models[worker](x), y)
                loss.backward()
                loss_of_all += rows * loss.item()
                self.network.compute(worker, self.seconds_per_row * rows)
            own[worker] = [
                None if parameter.grad is None else parameter.grad * rows
                for parameter in self.models[worker].parameters()
            ]
        everything = list(self.models[self.group[0]].parameters())
        used = [i for i in range(len(everything)) if any(own[worker][i] is not None for worker in self.group)]
        sums = {worker: {} for worker in self.group}
        for bucket in make_buckets([everything[i].data.nbytes for i in used], self.bucket_bytes):
            numbers = [used[place] for place in bucket]
            flat = []
            for worker in self.group:
                parts = [
                    np.zeros_like(everything[i].data) if own[worker][i] is None else own[worker][i] for i in numbers
                ]
                flat.append(np.concatenate([part.ravel() for part in parts]))
            cuts = np.cumsum([everything[i].size for i in numbers])[:-1]
            for worker, added in zip(self.group, self.reduce(self.network, flat, list(self.group)), strict=True):
                sums[worker].update(zip(numbers, np.split(added / total, cuts), strict=True))
        for worker in self.group:
            for i, parameter in enumerate(self.models[worker].parameters()):
                parameter.grad = sums[worker][i].reshape(parameter.shape) if i in sums[worker] else None
            self.optimizers[worker].step()
        return loss_of_all / total

    def lose(self, worker):
        if self.group == [worker] or worker not in self.group:
            raise ValueError(f"worker {worker} stays")
        with contextlib.suppress(ConnectionError):  # the network may know already
            self.network.lose(worker)
        self.group = [other for other in self.group if other != worker]
