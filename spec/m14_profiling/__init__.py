"""The laws of m14: profiling."""
