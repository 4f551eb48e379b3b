"""Data loading: from files and arrays to batches that are ready when they are needed."""

from .datasets import *
from .loader import *
from .prefetching import *
from .readers import *
