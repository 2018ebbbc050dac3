"""What processes write to each other: frames of a kind, a length and a MessagePack text.

Both ends run one program, forked from one process, so there are no versions. Values have the types
that the ledger knows, and come back as the same values.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from typing import Final, NamedTuple, get_args

from msgspec import Raw, ValidationError
from msgspec.msgpack import Decoder, Encoder

from stampbook.domain.commands import Command
from stampbook.domain.model import Who
from stampbook.domain.refusals import Refusal
from stampbook.ledger.origin import Origin
from stampbook.ledger.outcomes import Done, Outcome
from stampbook.ledger.submission import Submission
from stampbook.storage.store import NoRoom, OutcomeUnknown, Unavailable
from stampbook.watching.tracing import TRACING, traceparent_of


class Kind(IntEnum):
    """Of a frame. A process WELCOMEs the one that has posted a connection to it, gets WORKS and
    sends ANSWERS. When it is LEAVING, the other has LEFT as soon as it hands over nothing more. A
    PING is answered with a PONG."""

    WELCOME = 1
    WORKS = 2
    ANSWERS = 3
    LEAVING = 4
    LEFT = 5
    PING = 6
    PONG = 7


HEAD: Final = struct.Struct(">BI")
COUNT: Final = struct.Struct(">BI")
ARRAY: Final = 0xDD
"""MessagePack's mark of an array, before the number of its items as four bytes."""

ENDS_OF_SLICE: Final = Submission._fields.index("planner")
NOTHING_MORE: Final = (None,) * (len(Submission._fields) - ENDS_OF_SLICE)

COMMANDS: Final = get_args(Command)
TAGS: Final = {each: tag for tag, each in enumerate(COMMANDS)}

FAILURES: Final = {each.__name__: each for each in (OutcomeUnknown, Unavailable, NoRoom)}


class OwnerFailed(Exception):
    """Deciding the submission raised an unexpected exception in its owner, which has logged it."""


class Handed(NamedTuple):
    """A submission with its origin. `number` is that of the question on its connection."""

    number: int
    tenant: int
    account: int
    commands: tuple[tuple[int, Raw], ...]
    program: int | None
    key: str | None
    dry_run: bool
    who: Who
    trace: str | None


class Answered(NamedTuple):
    """An outcome, or the name and the text of an exception."""

    number: int
    done: Done | None = None
    refusal: Refusal | None = None
    failed: tuple[str, str] | None = None


_encode: Final = Encoder().encode
_handed: Final = Decoder(tuple[Handed, ...])
_answered: Final = Decoder(tuple[Answered, ...])
_commands: Final = [Decoder(each).decode for each in COMMANDS]


def is_plain(item: Submission, origin: Origin) -> bool:
    """Whether all of it can be written: no function, and nobody whose acts are judged here."""
    return item[ENDS_OF_SLICE:] == NOTHING_MORE and origin.overseer is None and not origin.expected


def written(number: int, item: Submission, origin: Origin) -> bytes:
    """A submission that is plain. Raises OverflowError or ValueError for what has no form, such as
    an integer of more than 64 bits."""
    commands = [(TAGS[type(each)], each) for each in item.commands]
    trace = None if origin.span is None else traceparent_of(origin.span)
    return _encode(
        (
            number,
            item.tenant,
            item.account,
            commands,
            item.program,
            item.key,
            item.dry_run,
            origin.who,
            trace,
        )
    )


def read_works(body: bytes) -> Iterator[tuple[int, Submission | ValidationError, Origin]]:
    """The submissions of a frame, with their numbers and origins. What has values of other types
    than its commands have fails alone."""
    for each in _handed.decode(body):
        item: Submission | ValidationError
        try:
            commands = tuple(_commands[tag](text) for tag, text in each.commands)
        except ValidationError as error:
            item = error
        else:
            item = Submission(
                each.tenant, each.account, commands, each.program, each.key, each.dry_run
            )
        key, user, dialect, request = each.who
        origin = Origin(dialect, request, api_key_id=key, user_id=user)
        if each.trace is not None and TRACING.is_on:
            origin.span = TRACING.remote(each.trace)
        yield each.number, item, origin


def answer_to(number: int, outcome: Outcome) -> bytes:
    """What has come of a submission."""
    if isinstance(outcome, Refusal):
        return _encode((number, None, outcome))
    return _encode((number, outcome))


def failure_of(number: int, error: BaseException) -> bytes:
    """The exception that a submission ended in. Only those that callers know have a text."""
    name = type(error).__name__
    return _encode(Answered(number, failed=(name, str(error) if name in FAILURES else "")))


def read_answers(body: bytes) -> Sequence[Answered]:
    """The answers of a frame."""
    return _answered.decode(body)


def error_of(failed: tuple[str, str]) -> Exception:
    """The exception that an answer tells of."""
    name, text = failed
    kind = FAILURES.get(name)
    return OwnerFailed(name) if kind is None else kind(text)


def frame(kind: Kind, texts: Iterable[bytes] = ()) -> bytes:
    """A frame of these texts, as an array; of none, only its head."""
    listed = list(texts)
    if not listed:
        return HEAD.pack(kind, 0)
    body = b"".join(listed)
    size = len(body) + COUNT.size
    return b"".join((HEAD.pack(kind, size), COUNT.pack(ARRAY, len(listed)), body))


class Frames:
    """Takes bytes as they come, and gives whole frames."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    def take(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """The frames that the bytes complete."""
        buffer = self._buffer
        buffer += data
        at = 0
        while len(buffer) - at >= HEAD.size:
            kind, size = HEAD.unpack_from(buffer, at)
            end = at + HEAD.size + size
            if len(buffer) < end:
                break
            yield kind, bytes(buffer[at + HEAD.size : end])
            at = end
        del buffer[:at]
