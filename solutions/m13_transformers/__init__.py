"""Transformers: blocks of attention and a small network, a GPT made of them, and text that it goes on with."""

from .block import *
from .generation import *
from .gpt import *
from .gpt2 import *
from .normalization import *
