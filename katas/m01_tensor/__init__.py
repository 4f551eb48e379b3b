"""A tensor of numbers: shapes, broadcasting, reductions, views and matrix products."""

from .creation import *
from .dtypes import *
from .elementwise import *
from .reductions import *
from .shape import *
from .tensor import *
