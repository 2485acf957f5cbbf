"""Many clients at once against one worker: how many decisions a second it answers, and how long each waits."""
import threading
import time
from collections.abc import Sequence

import numpy as np

from bench.connection import Connection
from bench.measured import Throughput


def many_clients(port: int, messages: Sequence[bytes], *, clients: int, seconds: float) -> Throughput:
    """Each client sends its share of the messages, one after the other, until the time is up."""
    took: list[list[float]] = [[] for _ in range(clients)]
    failed = [0] * clients
    ready = threading.Barrier(clients + 1)

    def ask(number: int) -> None:
        connection = Connection(port)
        ready.wait()
        until = time.perf_counter() + seconds
        for message in messages[number::clients]:
            started = time.perf_counter()
            if started >= until:
                break
            reply = connection.send(message)
            took[number].append(time.perf_counter() - started)
            failed[number] += reply.status != 200
        connection.close()

    threads = [threading.Thread(target=ask, args=(number,), daemon=True) for number in range(clients)]
    for thread in threads:
        thread.start()
    ready.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    every = [one for series in took for one in series]
    return Throughput(clients=clients, seconds=time.perf_counter() - started, decisions=len(every) - sum(failed),
                      errors=sum(failed), p50_ms=float(np.percentile(every, 50)) * 1e3,
                      p99_ms=float(np.percentile(every, 99)) * 1e3)
