"""Activations: the functions that stand between layers, as functions and as callable objects."""

from .activations import *
