"""Fingerprints as releases before version 2 took them: 16 bytes of a digest, without a version.

Their keys must still repeat. They were taken of all fields by position, or of the value as Python
prints it. So the fields of that time are listed here, and the lists never change. A request in
which a later field has another value than its default cannot repeat one of that time.
"""

from collections.abc import Iterable
from enum import Enum
from hashlib import blake2b
from typing import Any, Final

from msgspec.json import encode

from stampbook.storage.fingerprints import named

FIELDS: Final = {
    "Note": ("external_id", "reason", "actor", "metadata", "effective_at", "subject"),
    "Accrue": (
        "amount",
        "kind",
        "activates_at",
        "expires_at",
        "temporary",
        "timeout_s",
        "reinstates",
        "note",
    ),
    "Redeem": ("amount", "kind", "note"),
    "Hold": ("amount", "timeout_s", "note"),
    "Commit": ("target", "amount", "note"),
    "Release": ("target", "note"),
    "Activate": ("target", "note"),
    "Expire": ("target", "note", "lots"),
    "Cancel": ("target", "amount", "only_pending", "note"),
    "Settle": (),
    # of requests
    "BalanceChange": ("points", "expiration_type", "expiration_date", "reason", "source_id"),
    "TransferIn": ("code", "points", "reason", "source_id"),
    "Person": ("matching", "value", "field_name"),
    "Interval": ("start", "end"),
    "Register": ("program", "person", "registered_at"),
    "Remove": ("program", "person"),
    "Export": ("program", "currency", "interval", "after"),
}
"""By the name of the type."""


class NotAskedThen(Exception):
    """The request uses something that earlier releases did not have: it repeats none of theirs."""


def content(account: int, commands: Iterable[Any]) -> bytes:
    """The fingerprint of a submission's commands."""
    listed = list(commands)
    return _digest((account, [type(each).__name__ for each in listed], values(listed)))


def transfer(source: int, receiver: int, amount: int, note: Any) -> bytes:
    """The fingerprint of a transfer."""
    return _digest((source, receiver, amount, values(note)))


def identity(account: int, text: str) -> bytes:
    """Of what names a request whose commands do not."""
    return _digest((account, text))


def request(kind: str, *parts: bytes) -> bytes:
    """The fingerprint of a write outside the ledger. `kind` separates the APIs."""
    return blake2b(b"\0".join(parts), digest_size=16, person=kind.encode()).digest()


def values(value: Any) -> Any:
    """The fields of that time by position, recursively. Raises NotAskedThen."""
    if _has_names(value):
        return [values(getattr(value, name)) for name in _fields(value)]
    if isinstance(value, tuple | list):
        return [values(each) for each in value]
    return value


def words(value: Any) -> str:
    """The value as Python printed it at that time. Raises NotAskedThen."""
    if _has_names(value):
        spelled = [f"{name}={words(getattr(value, name))}" for name in _fields(value)]
        return f"{type(value).__name__}({', '.join(spelled)})"
    if isinstance(value, tuple) and len(value) != 1:
        return f"({', '.join(map(words, value))})"
    if isinstance(value, list):
        return f"[{', '.join(map(words, value))}]"
    if isinstance(value, Enum):
        return f"<{type(value).__name__}.{value.name}: {value.value!r}>"
    return repr(value)


def words_of_call(method: str, asked: Any) -> str:
    """The same of a method's name and the fields of what it was asked for, in one tuple."""
    return words((method, *(getattr(asked, name) for name in _fields(asked))))


def _has_names(value: Any) -> bool:
    return hasattr(value, "_fields") or hasattr(value, "__struct_fields__")


def _fields(value: Any) -> tuple[str, ...]:
    """Raises NotAskedThen if the value has more than those of that time."""
    fields = FIELDS.get(type(value).__name__)
    if fields is None or not named(value).keys() <= set(fields):
        raise NotAskedThen
    return fields


def _digest(form: Any) -> bytes:
    return blake2b(encode(form), digest_size=16).digest()
