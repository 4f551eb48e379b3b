"""Benchmarking: what samples of a time say, how surely they say it, and whether one program really is faster than another."""

from .benchmark import *
from .comparing import *
from .intervals import *
from .pareto import *
from .samples import *
