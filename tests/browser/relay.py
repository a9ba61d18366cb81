"""One address for one TensorBoard after the other, so that a page can stay where it is."""

from __future__ import annotations

import socket
import socketserver
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Relay:
    """Hands on what comes to its address, of which there is one a process.

    Attributes:
        url: Its address.
    """

    def __init__(self) -> None:
        self._to: tuple[str, int] | None = None
        self._open: set[socket.socket] = set()
        relay = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                if relay._to is None:
                    return
                relay._open.add(self.request)
                with suppress(OSError), socket.create_connection(relay._to) as there:
                    threading.Thread(target=_copy, args=(there, self.request), daemon=True).start()
                    _copy(self.request, there)
                relay._open.discard(self.request)

        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.url = f"http://127.0.0.1:{server.server_address[1]}/"
        threading.Thread(target=server.serve_forever, daemon=True).start()

    @contextmanager
    def to(self, url: str) -> Iterator[bool]:
        """Hands on to an address while this lasts; yields False if it does so to another one."""
        address = urllib.parse.urlsplit(url)
        assert address.hostname
        assert address.port
        before, to = self._to, (address.hostname, address.port)
        if before not in (None, to):
            yield False
            return
        self._to = to
        try:
            yield True
        finally:
            self._to = before
            if before is None:
                self._end_all()

    def _end_all(self) -> None:
        """Nothing that is asked next goes where it went before."""
        for each in tuple(self._open):
            _end(each)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    # Whoever waits for the other side sees that this one has ended.
    for each in source, target:
        _end(each)


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
