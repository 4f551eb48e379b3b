"""The laws of kata m15, quantization."""
