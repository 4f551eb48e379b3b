"""The laws of kata m06, automatic differentiation."""
