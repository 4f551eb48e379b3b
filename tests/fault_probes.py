"""Probes that misbehave, for tests of the worker and of the in-process engine."""

import os
import sys
import time

import numpy as np


def call(tt, name, *args):
    return getattr(tt, name)(*args)


def data(tt, x):
    return tt.Tensor(x).data


def reflect(tt, name):
    return getattr(tt.reflect, name)()


def hang(tt):
    while True:
        pass


def hang_and_catch_everything(tt):
    while True:
        try:
            sum(range(100))
        except:  # noqa: E722
            pass


def sleep(tt, seconds):
    time.sleep(seconds)


def leave(tt):
    os._exit(0)


def leave_politely(tt):
    sys.exit(0)


def print_forever(tt):
    while True:
        print("x" * 79)


def say(tt, text):
    print(text)


def fill_memory(tt):
    hoard = []
    while True:
        hoard.append(np.ones(10_000_000))


def one_huge_array(tt):
    return np.ones(10**9).sum()


def return_large(tt, count):
    return np.zeros(count, np.float32)


def return_object(tt):
    return object()


def return_subclass(tt):
    class Always(np.ndarray):
        def __eq__(self, other):
            return True

    return np.zeros(3).view(Always)


def write_into(tt, x):
    x[...] = 0


def imports(tt, name):
    return __import__(name).__name__


def environment(tt):
    return sorted(os.environ)


def keep(tt, session, value):
    session["value"] = value
    return value


def kept(tt, session):
    return session.get("value")


def random_number(tt):
    return float(np.random.rand())


def warn(tt):
    return np.float32(1e30) * np.float32(1e30)


def crash(tt):
    import ctypes

    ctypes.string_at(0)


def forge(tt):
    """Write an answer to every descriptor there is."""
    for descriptor in range(3, 32):
        try:
            os.write(descriptor, b"\x00\x00\x00\x00\x00\x00\x00\x05hello")
        except OSError:
            continue
    return 1


def not_implemented(tt, message):
    raise NotImplementedError(message)
