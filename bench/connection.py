"""A bare HTTP/1.1 connection that is kept open: the same few lines ask both servers, so that the asking costs them alike."""
import json
import socket
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """A response: its status, headers by lower-case name, and body."""

    status: int
    headers: dict[str, str]
    body: bytes


class Connection:
    """One connection to a loopback server; not for several threads."""

    def __init__(self, port: int, *, seconds: float = 60.0):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        """Let go."""
        self._socket.close()

    def send(self, message: bytes) -> Reply:
        """Send a whole request, as `request` makes it, and wait for the whole answer. OSError when the server goes away."""
        self._socket.sendall(message)
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        lines = received[:end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        parts, left = [received[end + 4:]], int(headers.get("content-length", "0")) - (len(received) - end - 4)
        while left > 0:
            parts.append(self._more())
            left -= len(parts[-1])
        return Reply(status=int(lines[0].split()[1]), headers=headers, body=b"".join(parts))

    def _more(self) -> bytes:
        part = self._socket.recv(262_144)
        if not part:
            raise ConnectionError("the server closed the connection")
        return part


def request(path: str, body: object, **headers: str) -> bytes:
    """A POST of a JSON body (an object, or bytes that are JSON already) as bytes to send."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {"Host": "127.0.0.1", "Content-Type": "application/json", "Content-Length": str(len(content)),
             **{name.replace("_", "-"): value for name, value in headers.items()}}
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + content
