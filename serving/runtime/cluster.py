"""Processes that share a long computation over Dask: those of a cluster that Dask's settings name, else some of this machine."""
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rules.errors import Problem, Refused
from rules.exports.history import ItemRow, understood
from rules.tabular import Row

if TYPE_CHECKING:
    from distributed import Client

#: So many rows are understood by a worker at once.
PART = 2000


@contextmanager
def dask_client() -> "Iterator[Client]":
    """A client of the cluster at Dask's own setting `scheduler-address`, else of one process per core here; Refused without Dask.

    The processes here hear and answer on the loopback address alone, and nothing is served to a browser.
    """
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError:
        raise Refused("`--engine dask` needs Dask, which is not installed: pip install 'rightful[scale]'") from None
    address = dask.config.get("scheduler-address", None)
    if address is not None:
        with Client(address) as client:
            yield client
        return
    with LocalCluster(n_workers=os.cpu_count() or 1, threads_per_worker=1, processes=True, host="127.0.0.1", memory_limit=0,
                      dashboard_address=None, worker_dashboard_address=None, silence_logs=logging.ERROR) as cluster, \
            Client(cluster) as client:
        yield client


def understood_by(client: "Client", rows: Sequence[Row], *, part: int = PART, **more: Any) -> tuple[list[ItemRow], list[Problem]]:
    """The items of rows as `understood` makes them, part by part in the processes of a cluster, in the order of the file."""
    shared = client.scatter([more], broadcast=True, hash=False)
    waiting = [client.submit(_understood, client.scatter([rows[start:start + part]], hash=False), shared, pure=False)
               for start in range(0, len(rows), part)]
    found = [one.result() for one in waiting]
    return [row for items, _ in found for row in items], [problem for _, problems in found for problem in problems]


def _understood(rows: list[Sequence[Row]], shared: list[dict[str, Any]]) -> tuple[list[ItemRow], list[Problem]]:
    """In a worker: the items of one part."""
    return understood(rows[0], **shared[0])
