"""What `grader.py bench` measures: rows of the reference's kernels, each beside the same work of PyTorch."""
