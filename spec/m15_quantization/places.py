"""How the laws of m15 call your framework, tasks 1 to 4: places for floats, there and back, ranges."""

import numpy as np

# --------------------------------------------------------------- lines, places


def choose_qparams(tt, low, high, symmetric):
    scale, zero_point = tt.choose_qparams(low, high, symmetric)
    return {"scale": np.asarray(scale), "zero_point": np.asarray(zero_point)}


def along_axis(tt, values, shape, axis):
    return np.asarray(tt.along_axis(values, shape, axis))


def quantize(tt, x, scale, zero_point, axis):
    return np.asarray(tt.quantize(x, scale, zero_point, axis))


def dequantize(tt, q, scale, zero_point, axis, dtype):
    return np.asarray(tt.dequantize(q, scale, zero_point, axis, dtype))


def there_and_back(tt, x, low, high, symmetric, axis):
    """What is left of x on the line from low to high, and the line's scale."""
    scale, zero_point = tt.choose_qparams(low, high, symmetric)
    q = tt.quantize(x, scale, zero_point, axis)
    return {"scale": np.asarray(scale), "back": tt.dequantize(q, scale, zero_point, axis, x.dtype.name)}


def back_and_there(tt, q, low, high):
    scale, zero_point = tt.choose_qparams(low, high)
    return tt.quantize(tt.dequantize(q, scale, zero_point), scale, zero_point)


# ------------------------------------------------------------------------ fake


def fake_quantize(tt, x, scale, zero_point, axis):
    return tt.fake_quantize(tt.Tensor(x), scale, zero_point, axis).data


def fake_quantize_gradient(tt, x, scale, zero_point, axis, grad):
    """The gradient of x once, and after a second time through."""
    t, found = tt.Tensor(x, requires_grad=True), []
    for _ in range(2):
        tt.fake_quantize(t, scale, zero_point, axis).backward(grad)
        found.append(t.grad.copy())
    return found


# ------------------------------------------------------------------ calibration


def calibrate(tt, x, axis, percentile):
    low, high = tt.calibrate(x, axis, percentile)
    return {"low": np.asarray(low), "high": np.asarray(high)}


def calibrate_by_default(tt, x):
    low, high = tt.calibrate(x)
    return {"low": np.asarray(low), "high": np.asarray(high)}


def observed(tt, batches, percentile):
    """The range after each array, each of which is overwritten afterwards."""
    observer, found = tt.Observer(percentile), []
    for x in batches:
        x = x.copy()
        observer.observe(x)
        x[...] = 1e6
        found.append(list(observer.range()))
    return found


def two_observers(tt, a, b):
    one, other = tt.Observer(), tt.Observer()
    one.observe(a)
    other.observe(b)
    return [list(one.range()), list(other.range())]


def observed_nothing(tt, batches):
    observer = tt.Observer()
    for x in batches:
        observer.observe(x)
    return list(observer.range())
