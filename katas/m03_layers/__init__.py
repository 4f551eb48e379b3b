"""Layers: modules that know their parameters, linear maps, dropout, containers and initialisers."""

from .containers import *
from .init import *
from .layers import *
from .module import *
