"""How code is loaded, isolated, judged, scored and reported. Knows no kata by name."""

__version__ = "0.1.0"

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(
        _name, "1"
    )  # before NumPy or PyTorch load: the framework and PyTorch are compared on one thread each
