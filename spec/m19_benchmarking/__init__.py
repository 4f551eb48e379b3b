"""The laws of m19: benchmarking."""
