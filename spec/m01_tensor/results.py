"""More of how the laws of m01 call your framework: what the result of an operation is, and what memory it shares."""

import numpy as np


def kinds_of_results(tt, x):
    """The class of some results whose operand is of a subclass of Tensor."""

    class Named(tt.Tensor):
        """A Tensor with a name."""

    t = Named(x)
    results = {
        "t + t": t + t, "2 - t": 2 - t, "-t": -t, "t.exp()": t.exp(), "t.sum()": t.sum(), "t @ t": t @ t,
        "t.reshape(-1)": t.reshape(-1), "t[0]": t[0], "cat([t, t])": tt.cat([t, t]), "t.astype": t.astype("float64"),
    }  # fmt: skip
    return {name: "Tensor" if type(result) is tt.Tensor else type(result).__name__ for name, result in results.items()}


# What gives the same values again where the operand is 1 everywhere: do they give the operand again?
SAME_VALUES = {
    "t + 0": lambda tt, t: t + 0,
    "t - 0": lambda tt, t: t - 0,
    "t * 1": lambda tt, t: t * 1,
    "t / 1": lambda tt, t: t / 1,
    "t ** 1": lambda tt, t: t**1,
    "t.abs()": lambda tt, t: t.abs(),
    "t.clip(-99, 99)": lambda tt, t: t.clip(-99, 99),
    "t.clip(high=99)": lambda tt, t: t.clip(high=99),
    "t.maximum(t)": lambda tt, t: t.maximum(t),
    "where(True, t, t)": lambda tt, t: tt.where(np.array(True), t, t),
    "t.sum(0, keepdims=True)": lambda tt, t: t.sum(0, keepdims=True),
    "t.mean(0)": lambda tt, t: t.mean(0),
    "t.max(0, keepdims=True)": lambda tt, t: t.max(0, keepdims=True),
    "t.astype(t.dtype)": lambda tt, t: t.astype(t.dtype),
    "cat([t])": lambda tt, t: tt.cat([t]),
    "stack([t])": lambda tt, t: tt.stack([t]),
    "t @ 1": lambda tt, t: t @ np.ones((t.shape[-1], t.shape[-1]), np.float32),
    "t[[0]]": lambda tt, t: t[[0]],
    "t[mask]": lambda tt, t: t[np.ones(t.shape, bool)],
}

# What shares memory with its operand, and is a new Tensor all the same.
SAME_MEMORY = {
    "t.reshape(t.shape)": lambda tt, t: t.reshape(t.shape),
    "t.transpose(0, 0)": lambda tt, t: t.transpose(0, 0),
    "t.permute(0, …)": lambda tt, t: t.permute(*range(t.ndim)),
    "t.flatten(0, 0)": lambda tt, t: t.flatten(0, 0),
    "t.squeeze()": lambda tt, t: t.squeeze(),
    "t.squeeze(0)": lambda tt, t: t.squeeze(0),
    "t.unsqueeze(0)": lambda tt, t: t.unsqueeze(0),
    "t.expand(t.shape)": lambda tt, t: t.expand(t.shape),
    "t[...]": lambda tt, t: t[...],
    "t[:]": lambda tt, t: t[:],
}


def result_and_operand(tt, call, x):
    """How the result of `call` and its operand are related, and what is left of the operand."""
    t = tt.Tensor(x)
    result = (SAME_VALUES | SAME_MEMORY)[call](tt, t)
    shares = np.shares_memory(result.numpy(), t.numpy())
    return {"the same object": result is t, "shares memory": shares, "operand afterwards": t.data}


# What looks at its operand anew at every call, and leaves the results of earlier calls alone.
AGAIN = SAME_VALUES | {
    "-t": lambda tt, t: -t,
    "2 - t": lambda tt, t: 2 - t,
    "t.exp()": lambda tt, t: t.exp(),
    "t.log()": lambda tt, t: t.log(),
    "t.sqrt()": lambda tt, t: t.sqrt(),
    "t.tanh()": lambda tt, t: t.tanh(),
    "t.sum()": lambda tt, t: t.sum(),
    "t.max(1)": lambda tt, t: t.max(1),
    "t.var()": lambda tt, t: t.var(),
    "t @ t": lambda tt, t: t @ t,
    "t.matmul_explicit(t)": lambda tt, t: t.matmul_explicit(t),
}


def called_again(tt, call, x, y):
    """A result before and after the Tensor got the numbers `y` and was asked again; that second result, and the
    one of a Tensor that was made of `y`."""
    t = tt.Tensor(x)
    first = AGAIN[call](tt, t)
    before = first.data.copy()
    second = AGAIN[call](tt, t.copy_(y)).data.copy()
    return {
        "before": before,
        "after": first.data,
        "second": second,
        "of a new Tensor": AGAIN[call](tt, tt.Tensor(y)).data,
    }
