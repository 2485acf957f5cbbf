"""Only this machine: a request whose Host is no loopback name is refused, so that no web page can steer a browser here."""
import ipaddress
from functools import lru_cache

from starlette.types import ASGIApp, Receive, Scope, Send

from serving.api.problem import problem_response


class LocalOnly:
    """An application for callers on this machine; there are no keys yet that could tell others apart."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not is_loopback(_host(scope)):
            refusal = problem_response(403, name="not-local", detail="this server answers on its own machine only; "
                                       "address it as 127.0.0.1 or localhost")
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)


@lru_cache(maxsize=64)
def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host(scope: Scope) -> str:
    """The host a request is addressed to, without its port."""
    given = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
    if given.startswith("["):
        return given[1:].partition("]")[0]
    return given.partition(":")[0].lower()
