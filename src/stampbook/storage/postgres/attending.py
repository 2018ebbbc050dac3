"""How long one end of a connection to PostgreSQL waits for the other.

A machine that loses its power, or a network that drops packets, ends no connection. What waits
for the other end would wait for as long as the operating system does: hours, or without an end. So
both ends ask each other by TCP, and nothing that is sent waits longer for a receipt. A server that
answers by TCP but does not work any more is left by the patience of each pool (connections.py).
"""

import socket
from typing import Any, Final

import asyncpg

IDLE_S: Final = 20
"""After that long without a word, an end asks whether the other one is there."""

INTERVAL_S: Final = 5
"""Between questions that are not answered."""

QUESTIONS: Final = 4
"""This many without an answer end the connection: 40 seconds after the other end was lost."""

RECEIPT_MS: Final = (IDLE_S + INTERVAL_S * QUESTIONS) * 1_000
"""What was sent must be received within this time."""

IDLE_TRANSACTION_MS: Final = 300_000
"""A transaction whose client says nothing for that long has lost it: a process that was stopped
would keep its locks. The longest pauses of ours are those of an export that writes a page of rows
to a slow disk."""

OPTIONS: Final = (
    ("TCP_KEEPIDLE", IDLE_S),
    ("TCP_KEEPINTVL", INTERVAL_S),
    ("TCP_KEEPCNT", QUESTIONS),
    ("TCP_USER_TIMEOUT", RECEIPT_MS),
)
"""Options of our end's socket; not every operating system has all of them."""

ASKING: Final = {
    "tcp_keepalives_idle": str(IDLE_S),
    "tcp_keepalives_interval": str(INTERVAL_S),
    "tcp_keepalives_count": str(QUESTIONS),
    "tcp_user_timeout": str(RECEIPT_MS),
}
"""The same for the server's end, as settings of its session."""


class Attended(asyncpg.Connection):
    """A connection whose ends notice when the other one is lost."""

    def __init__(self, protocol: Any, transport: Any, *args: Any, **more: Any) -> None:
        super().__init__(protocol, transport, *args, **more)
        attend(transport.get_extra_info("socket"))


def attend(connected: socket.socket) -> None:
    """Have our end ask for the other one; a socket within the machine needs no asking."""
    if connected.family not in (socket.AF_INET, socket.AF_INET6):
        return
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in OPTIONS:
        option = getattr(socket, name, None)
        if option is not None:
            connected.setsockopt(socket.IPPROTO_TCP, option, value)
