"""Judges for tests of batches: they take a while, and say where they ran."""

import os
import time


def slowly(order):
    """Notes in a file that it began and that it ended; answers after a moment."""
    with open(order["log"], "a", encoding="utf-8") as log:
        log.write(f"{order['number']} began in {os.getpid()}\n")
    time.sleep(order["seconds"])
    return {"number": order["number"], "process": os.getpid()}


def fails(order):
    """A machine without luck."""
    raise OSError(f"no disk for {order['number']}")


def at_once(order):
    """Answers with as much as it was asked."""
    return {"number": order["number"], "text": "x" * len(order["text"])}
