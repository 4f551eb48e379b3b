"""What the laws of this kata draw beyond `spec.kit`: dtypes, and operands that fit an argument."""

from hypothesis import strategies as st

from spec.kit import arrays, dtypes, scalars
from spec.kit.strategies import Dependent

NUMBERS = dtypes("float32", "float64", "int64")
EVERY_DTYPE = dtypes("float32", "float64", "int64", "int32", "bool")
DTYPES = ["bool", "uint8", "int8", "int32", "int64", "float32", "float64"]


def draw_from(name, choices):
    """One of the choices that `choices` makes of the argument `name`."""
    return Dependent(lambda drawn: st.sampled_from(choices(drawn[name])))


def number_or(strategy, numbers=None):
    """A Python number, or what the dependent `strategy` draws."""
    return Dependent(lambda drawn: (scalars(0.25, 4) if numbers is None else numbers) | strategy.build(drawn))


def fits_into(name):
    """An array that broadcasts to the shape of the argument `name`, of its dtype."""
    shapes = draw_from(name, lambda x: [x.shape, x.shape[1:], (), (1,) * x.ndim])
    return Dependent(lambda drawn: arrays(shape=shapes, dtype=drawn[name].dtype.name).build(drawn))
