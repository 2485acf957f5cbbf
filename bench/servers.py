"""The two servers as processes on loopback: `rightful serve` and `mlflow models serve`; each is ended by its own pid."""
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.connection import Connection
from rules.errors import Refused

START_SECONDS = 120.0
#: Both sides compute on one thread, and MLflow says nothing to anybody.
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true",
               "MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING": "false"}
ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def rightful_server(folder: Path) -> Iterator[int]:
    """`rightful serve` on a workspace; yields its port."""
    port = free_port()
    command = [sys.executable, "-m", "rightful", "serve", "--workspace", str(folder), "--port", str(port)]
    with running(command, port=port, log=folder / "server.log"):
        yield port


@contextmanager
def mlflow_server(model_uri: str, *, tracking_uri: str, log: Path) -> Iterator[int]:
    """`mlflow models serve --env-manager local` on a logged model; yields its port."""
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", model_uri, "--env-manager", "local",
               "--host", "127.0.0.1", "--port", str(port)]
    with running(command, port=port, log=log, MLFLOW_TRACKING_URI=tracking_uri):
        yield port


@contextmanager
def running(command: list[str], *, port: int, log: Path, **variables: str) -> Iterator[None]:
    """A server in a process group of its own, waited for until it accepts connections and ended afterwards."""
    search = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, **ENVIRONMENT, "PYTHONPATH": search, **variables}
    # `mlflow models serve` starts uvicorn by its bare name: the interpreter's own folder comes first on the PATH
    environment["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), environment.get("PATH", "")))
    with log.open("wb") as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said, start_new_session=True)
    try:
        _wait(process, port, log)
        yield
    finally:
        _end(process)


def free_port() -> int:
    """A loopback port that is free now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def _wait(process: subprocess.Popen, port: int, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise Refused(f"a server ended while starting, with {process.returncode}: {_last_words(log)}")
        try:
            Connection(port, seconds=1.0).close()
            return
        except OSError:
            time.sleep(0.1)
    raise Refused(f"a server did not start within {START_SECONDS:.0f} s: {_last_words(log)}")


def _last_words(log: Path) -> str:
    return " | ".join(log.read_text(errors="replace").strip().splitlines()[-3:]) or "it said nothing"


def _end(process: subprocess.Popen) -> None:
    """End the group that was started here, gently at first."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
            process.wait(10)
            return
        except ProcessLookupError:
            process.wait(10)
            return
        except subprocess.TimeoutExpired:
            continue
