"""Distributed training: many workers, one model, and a network between them that costs time."""

from .collectives import *
from .network import *
from .parallel import *
from .pipeline import *
from .sharded import *
