"""What the worker may use: limits on memory, processor time and files. Kernel walls (Landlock, seccomp) belong here, too."""

import os
import sys

MEMORY = 4 << 30
FILE_BYTES = 16 << 20


def enter(memory: int = MEMORY) -> str:
    """Give up what the worker does not need; returns the level reached, which the report states."""
    try:
        import resource
    except ImportError:  # Windows: the process boundary is what remains
        return "process"
    for what, limit in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            _, hard = resource.getrlimit(what)
            limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
            resource.setrlimit(what, (limit, limit))
        except (ValueError, OSError):
            if sys.platform == "linux":
                raise  # macOS refuses some of them; Linux never does
    os.umask(0o077)
    return "process+limits"
