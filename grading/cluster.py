"""Many processes, on this machine or on others: Dask distributed hands out the work and hands it out again where one dies."""

import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import Any

from .judging_apart import judge_apart
from .manifest import UsageError

RETRIES = 2
"""Times that a machine's failure is tried again. A submission's own failures are results, and are not."""
REMEMBERED = {"distributed.admin.low-level-log-length": 4}
"""Dask keeps the last 1,000 messages, for whoever debugs it. An order holds a whole submission: that would be all of the class."""
AHEAD = 2
"""Orders in flight for each process: enough that none waits, few enough that memory stays flat."""


@contextlib.contextmanager
def cluster(scheduler: str | None, jobs: int) -> Iterator[Any]:
    """A client of `scheduler` (tcp://…), or of `jobs` processes on this machine."""
    try:
        import dask
        from distributed import Client, LocalCluster
    except ModuleNotFoundError:
        raise UsageError('batches need Dask: python -m pip install -e ".[cluster]"') from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    if scheduler is None:
        with (
            dask.config.set(REMEMBERED),
            LocalCluster(
                n_workers=jobs,
                threads_per_worker=1,
                processes=True,
                dashboard_address=None,
                silence_logs=logging.CRITICAL,
            ) as local,
            Client(local) as client,
        ):
            yield client
        return
    with dask.config.set(REMEMBERED):
        try:
            client = Client(scheduler, timeout="10s")
        except (OSError, ValueError) as error:
            raise UsageError(f"there is no scheduler at {scheduler}: {type(error).__name__}") from None
        with client:
            yield client


def judge_all(
    client: Any, orders: Iterator[tuple[str, dict[str, Any]]], judge: Callable[[dict], dict] = judge_apart
) -> Iterator[tuple[str, dict | None, str]]:
    """(key, report, problem) of each order, as they are finished. Orders are read as there is room for them."""
    from distributed import as_completed

    def submit(order: tuple[str, dict[str, Any]]) -> Any:
        key, asked = order
        return client.submit(judge, asked, key=f"submission-{key}", retries=RETRIES, pure=False)

    processes = max(1, sum(client.nthreads().values()))
    started = [submit(order) for _, order in zip(range(AHEAD * processes), orders, strict=False)]
    waiting = as_completed(started)
    for future in waiting:
        key = future.key.removeprefix("submission-")
        if future.status == "finished":
            yield key, future.result(), ""
        else:
            error = future.exception()
            yield key, None, f"{type(error).__name__}: {str(error)[:300]}"
        future.release()
        for order in orders:
            waiting.add(submit(order))
            break
