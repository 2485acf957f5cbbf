"""Processes that share a long computation over Dask: those of a cluster that Dask's settings name, else some of this machine."""
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rules.errors import Refused

if TYPE_CHECKING:
    from distributed import Client


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
