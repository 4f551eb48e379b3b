"""Landlock: from some moment on the process reaches only the files that it needs. Needs no root, and cannot be undone.

By hand, in system calls: they are few and stable, and what would have to be installed for them would have to be readable
in the worker. Numbers and flags are those of include/uapi/linux/landlock.h; the calls have the same numbers everywhere.
"""

import ctypes
import os
import struct

CREATE, ADD, RESTRICT = 444, 445, 446
NO_NEW_PRIVS = 38

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = (1 << bit for bit in range(4))
RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many file rights each version of the interface knows; newer ones know as many as the last."""
NET_RIGHTS = 0b11
"""To bind and to connect TCP sockets, from version 4 on."""
SCOPES = 0b11
"""Abstract sockets and signals to processes outside, from version 6 on."""
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | 1 << 14 | 1 << 15


def close(readable: list[str], writable: list[str]) -> bool:
    """Leave this process, and its threads to come, with nothing but these files and what lies below these folders.

    False where the kernel does not offer it. What does not exist is passed over.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(CREATE, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return False
    rights = (1 << RIGHTS.get(version, max(RIGHTS.values()))) - 1
    attributes = struct.pack("=Q", rights)
    if version >= 4:
        attributes += struct.pack("=Q", NET_RIGHTS)
    if version >= 6:
        attributes += struct.pack("=Q", SCOPES)
    ruleset = libc.syscall(CREATE, attributes, ctypes.c_size_t(len(attributes)), 0)
    if ruleset < 0:
        return False
    try:
        for paths, allowed in ((readable, READ_FILE | READ_DIR), (writable, rights & ~EXECUTE)):
            for path in paths:
                _allow(libc, ruleset, path, allowed)
        if libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0):
            return False
        return libc.syscall(RESTRICT, ruleset, 0) == 0
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, allowed: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not os.path.isdir(path):
            allowed &= ON_FILES
        rule = struct.pack("=Qi", allowed, place)
        if libc.syscall(ADD, ruleset, 1, rule, 0):
            raise OSError(ctypes.get_errno(), f"landlock does not take {path}")
    finally:
        os.close(place)
