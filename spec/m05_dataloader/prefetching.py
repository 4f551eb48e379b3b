"""More of how the laws of m05 call your framework: batches that a thread loads ahead, and what it leaves behind."""

import gc
import threading
import time
import weakref

import numpy as np


def until(condition, seconds=2.0):
    """Wait for `condition()`, so long at most; whether it came to hold."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.001)
    return True


def prefetched(tt, items, depth):
    """Everything that comes of a prefetched list, and what `next` says after the last batch."""
    iterator = iter(tt.prefetch(items) if depth is None else tt.prefetch(items, depth))
    batches = list(iterator)
    return {"batches": batches, "afterwards": [next(iterator, "the end") for _ in range(3)]}


class Endless:
    """0, 1, 2, …, and a count of how many were asked for. Who asks without end is told so at some point."""

    def __init__(self, n=None):
        self.n, self.asked = n, 0

    def __iter__(self):
        while self.n is None or self.asked < self.n:
            if self.asked >= 100_000:
                raise RuntimeError(f"{self.asked} batches were asked for")
            self.asked += 1
            yield self.asked - 1


def odd_batches(tt, depth):
    """Batches that could be mistaken for a signal: by name, whether each arrived as the very object that was loaded."""
    items = {
        "None": None, "False": False, "an empty tuple": (), "a pair": ("error", ValueError()), "an array": np.arange(3),
        "an error": ValueError("a batch, not an error"), "the class StopIteration": StopIteration, "...": ...,
        "an object": object(), "NotImplemented": NotImplemented, "the end of the alphabet": "end",
    }  # fmt: skip
    delivered = list(tt.prefetch(list(items.values()), depth))
    if len(delivered) != len(items):
        return {"count": len(delivered)}
    return {name: got is item for (name, item), got in zip(items.items(), delivered, strict=True)}


class Unlike(Exception):
    """An exception that cannot be made from its message."""

    def __init__(self, first, second):
        super().__init__("unlike")
        self.first, self.second = first, second


def failing_loader(tt, n, depth, kind, at_once):
    """A loader that raises after n batches (or, `at_once`, where its iteration begins): what arrives, and then what."""
    made = {
        "ValueError": ValueError("bad file", 7), "KeyError": KeyError("name"), "its own": Unlike(1, [2]),
        "OSError": OSError(5, "disk"), "EOFError": EOFError(),
    }[kind]  # fmt: skip

    class Failing:
        def __iter__(self):
            if at_once:
                raise made
            return self.batches()

        def batches(self):
            yield from range(n)
            raise made

    before = []
    iterator = iter(())
    try:
        iterator = iter(tt.prefetch(Failing(), depth))
        for batch in iterator:
            before.append(batch)
    except type(made) as error:
        rest = []
        for _ in range(2):  # afterwards it has ended, or raises the same again; what it must not do is wait
            try:
                rest.append(next(iterator, "the end") == "the end")
            except type(made) as again:
                rest.append(again is made)
        return {"before": before, "the very exception": error is made, "afterwards over": all(rest)}
    return {"before": before, "the very exception": False, "afterwards over": True}


def how_far_ahead(tt, n, depth):
    """For each batch that the consumer holds: how many batches beyond it were asked for, once loading stands still."""
    loader = Endless(n)
    ahead = []
    for number, _ in enumerate(tt.prefetch(loader, depth), 1):
        wanted = min(n, number + depth) if n is not None else number + depth
        there = until(lambda wanted=wanted: loader.asked >= wanted)
        time.sleep(0.01)
        ahead.append(loader.asked - number)
        if not there or number == 5:
            break
    return ahead


def threads_left(tt, how, depth):
    """How many threads there are beside those from before: while a prefetched epoch runs, and after it.

    It ends because all was delivered, it was left in the middle, it was never begun, or the loader failed. Then it is
    dropped, and there are two seconds for the thread to end.
    """

    def failing():
        yield from range(3)
        raise ValueError("no more")

    before = set(threading.enumerate())
    loader = failing() if how == "the loader failed" else Endless(7 if how == "all was delivered" else None)
    iterator = iter(tt.prefetch(loader, depth))
    during, daemons = 0, True
    if how != "it was never begun":
        try:
            for number, _ in enumerate(iterator):
                new = set(threading.enumerate()) - before
                during = max(during, len(new))
                daemons = daemons and all(thread.daemon for thread in new)
                if how == "it was left in the middle" and number == 3:
                    time.sleep(0.02)  # the thread now waits for the consumer
                    break
        except ValueError:
            pass
    del iterator
    gc.collect()
    gone = until(lambda: not set(threading.enumerate()) - before)
    return {"at most one during the epoch": during <= 1, "only daemons": daemons, "none afterwards": gone}


def one_at_a_time(tt, n, depth):
    """A loader that another thread enters while it is at work says so; the threads that entered it are counted."""
    busy, entered = threading.Lock(), set()

    class Guarded:
        def __init__(self):
            self.number = 0

        def __iter__(self):
            return self

        def __next__(self):
            if not busy.acquire(blocking=False):
                raise RuntimeError("the loader was asked for a batch while it loads another")
            try:
                entered.add(threading.get_ident())
                time.sleep(0.001)
                self.number += 1
                if self.number > n:
                    raise StopIteration
                return self.number
            finally:
                busy.release()

    batches = list(tt.prefetch(Guarded(), depth))
    return {"batches": batches, "the consumer's own thread loads": threading.get_ident() in entered}


def prefetch_bytes(tt, batches, depth, bytes_per_batch):
    """Your formula, and how many bytes of batches are alive while the first is in use and loading stands still."""
    alive = weakref.WeakSet()

    class Batch:
        def __init__(self):
            alive.add(self)

    def loader():
        for _ in range(batches):
            yield Batch()

    formula = tt.reflect.prefetch_bytes(batches, depth, bytes_per_batch)
    for _ in tt.prefetch(loader(), depth):
        until(lambda: len(alive) * bytes_per_batch >= formula, 1.0)
        time.sleep(0.005)
        return {"formula": formula, "alive": len(alive) * bytes_per_batch}
    return {"formula": formula, "alive": 0}
