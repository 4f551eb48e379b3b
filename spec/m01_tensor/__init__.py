"""The laws of m01: a tensor of numbers."""
