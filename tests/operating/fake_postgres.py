"""Servers that answer on a port of PostgreSQL like one that cannot be used."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

SSL_REQUEST = 80877103


def old_server(connection: socket.socket) -> None:
    """Admit everybody, as PostgreSQL 14."""
    if _startup(connection) == SSL_REQUEST:
        connection.sendall(b"N")
        _startup(connection)
    connection.sendall(
        _message(b"R", struct.pack("!I", 0))
        + _message(b"S", b"server_version\x0014.13\x00")
        + _message(b"S", b"client_encoding\x00UTF8\x00")
        + _message(b"K", struct.pack("!II", 1, 1))
        + _message(b"Z", b"I")
    )
    connection.recv(1024)


def broken_tls(connection: socket.socket) -> None:
    """Agree to TLS, and then send something else."""
    _startup(connection)
    connection.sendall(b"S")
    connection.recv(1024)
    connection.sendall(b"this is no TLS record")


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


def _startup(connection: socket.socket) -> int:
    """Read a message of the start; its code."""
    (length,) = struct.unpack("!I", connection.recv(4, socket.MSG_WAITALL))
    (code,) = struct.unpack("!I", connection.recv(length - 4, socket.MSG_WAITALL)[:4])
    return int(code)


@contextmanager
def answering(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """The address of a server that handles each connection in this way."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection, suppress(OSError, struct.error):
                        serve(connection)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield f"postgresql://anna:geheim@127.0.0.1:{listening.getsockname()[1]}/points"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(10)
