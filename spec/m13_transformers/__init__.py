"""The laws of kata m13, transformers."""
