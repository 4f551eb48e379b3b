"""Embeddings: rows of a table for token ids, and ways to say where in a sequence each stands."""

from .lookup import *
from .positions import *
from .rotary import *
