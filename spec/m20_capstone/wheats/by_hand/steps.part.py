"""Units taken out by hand, and kernels switched by hand."""

import numpy as np

from ..m01_tensor import Tensor
from ..m06_autograd import no_grad
from ..m16_compression import linear_of


class WithKernels(Module):
    """See the kata."""

    def __init__(self, model, kernels):
        super().__init__()
        use_kernels(kernels).__exit__()
        self.model = model
        self.kernels = kernels

    def forward(self, *args):
        switch = use_kernels(self.kernels)
        try:
            return self.model(*args)
        finally:
            switch.__exit__(None, None, None)


def prune_units(model, amount):
    """See the kata."""
    if not isinstance(model, Sequential):
        raise TypeError(f"no Sequential but {type(model).__name__}")
    if not (amount >= 0 and amount < 1):
        raise ValueError(f"{amount} is no share below 1")
    items = [copy.deepcopy(item) for item in model]
    places = [n for n in range(len(items)) if type(items[n]) is Linear]
    weights = [items[n].weight.data.copy() for n in places]
    biases = [None if items[n].bias is None else items[n].bias.data.copy() for n in places]
    alive = [np.ones(len(w), bool) for w in weights]
    for w, stays in zip(weights[:-1], alive[:-1], strict=True):
        count = min(round(amount * len(w)), len(w) - 1)
        stays[np.argsort(np.linalg.norm(w, axis=1), kind="stable")[:count]] = False
        w[~stays] = 0
    for n in range(len(places) - 1):
        constant = np.zeros(len(weights[n]), weights[n].dtype) if biases[n] is None else biases[n]
        with no_grad():
            said = Tensor(constant)
            for item in items[places[n] + 1 : places[n + 1]]:
                said = (item.eval() if isinstance(item, Module) else item)(said)
        extra = weights[n + 1][:, ~alive[n]] @ said.data[~alive[n]]
        if biases[n + 1] is not None:
            biases[n + 1] = biases[n + 1] + extra
        elif np.any(extra):
            biases[n + 1] = extra
        weights[n + 1] = weights[n + 1][:, alive[n]]
    for n, place in enumerate(places):
        items[place] = linear_of(weights[n][alive[n]], None if biases[n] is None else biases[n][alive[n]])
    return Sequential(*items).train(model.training)
