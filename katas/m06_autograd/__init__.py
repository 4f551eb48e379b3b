"""Automatic differentiation: gradients of whatever is computed with Tensors."""

from .autograd import *
from .elementwise import *
from .function import *
from .graph import *
from .recording import *
from .reductions import *
from .rules import *
from .shape import *
