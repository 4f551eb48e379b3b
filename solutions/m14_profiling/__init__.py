"""Profiling: how long, how much memory, how many operations, layer by layer, and how fast it could be at best."""

from .bounds import *
from .counting import *
from .memory import *
from .profiler import *
from .timing import *
