"""Everybody brings sums of rows; what comes round the ring is divided by all rows. New weights are written from one flat array."""


class ShardedDataParallel:
    def __init__(self, network, models, make_optimizer, loss_fn):
        if len(models) != network.workers:
            raise ValueError(f"{network.workers} workers, {len(models)} models")
        self.network, self.models, self.loss_fn = network, models, loss_fn
        copy_first(network, models, range(network.workers))
        self.own, self.optimizers = [], []
        for model, (start, stop) in zip(models, chunk_bounds(self.numbers(), network.workers), strict=True):
            flat = np.concatenate([parameter.data.ravel() for parameter in model.parameters()])
            self.own.append(Parameter(flat[start:stop].copy()))
            self.optimizers.append(make_optimizer(self.own[-1:]))

    def numbers(self):
        return sum(parameter.size for parameter in self.models[0].parameters())

    def step(self, batch):
        if len(batch[0]) == 0:
            raise ValueError("a batch of 0 rows")
        grads, mean = [], 0.0
        for worker, model in enumerate(self.models):
            x, y = shard(batch, worker, self.network.workers)
            for parameter in model.parameters():
                parameter.grad = None
            grad = np.zeros(self.numbers(), next(iter(model.parameters())).dtype)
            if len(x):
                loss = self.loss_fn(model(x), y)
                loss.backward()
                mean += loss.item() * len(x) / len(batch[0])
                at = 0
                for parameter in model.parameters():
                    if parameter.grad is not None:
                        grad[at : at + parameter.size] = parameter.grad.ravel()
                    at += parameter.size
            grads.append(grad * len(x))
        sums = reduce_scatter(self.network, grads)
        for own, optimizer, total in zip(self.own, self.optimizers, sums, strict=True):
            own.grad = total / len(batch[0])
            optimizer.step()
        for model, flat in zip(self.models, all_gather(self.network, [own.data for own in self.own]), strict=True):
            sizes = [parameter.size for parameter in model.parameters()]
            for parameter, new in zip(model.parameters(), np.split(flat, np.cumsum(sizes)[:-1]), strict=True):
                parameter.data[...] = new.reshape(parameter.shape)
        return mean
