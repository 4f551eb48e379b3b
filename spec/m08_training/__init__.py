"""The laws of m05: datasets, batches, files, and batches ahead of time."""
