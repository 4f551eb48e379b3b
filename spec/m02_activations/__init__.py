"""The laws of kata m02, activations."""
