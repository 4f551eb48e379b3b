"""Optimizers: what to do with a gradient once you have it."""

from .adaptive import *
from .optimizer import *
from .sgd import *
