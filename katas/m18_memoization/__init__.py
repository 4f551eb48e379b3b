"""Memoization: answers that are kept, a GPT that reads each token once, and requests that share a batch."""

from .cache import *
from .cached import *
from .memo import *
from .scheduler import *
