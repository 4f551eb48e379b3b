"""The laws of m16 compression."""
