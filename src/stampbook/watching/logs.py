"""How log lines look: as text for people, or as one JSON object a line.

A record's fields beside its message are in `extra={"fields": {…}}`. Nothing personal and no secret
may be in either; what an exception says can have values of a request, so it is masked here.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from traceback import format_tb
from typing import Any, Final

from stampbook.watching.asking import AT_HAND

FORMATS: Final = ("text", "json")

TEXT: Final = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"

MASK: Final = "…"

_PERSONAL = re.compile(
    r"[^\s@'\"<>]+@[^\s@'\"<>]+"  # an e-mail, or the user and password of an address
    r"|(?<![\w-])\+?\d(?:[ ()-]?\d){9,}(?![\w-])"  # a phone number
    r"|\b(?:sbk|sbs|sbc|oat)_[\w-]+"  # a secret or token of ours
    r"|(?i:bearer|password|secret|token)[=:\s]+\S+"
)
"""What no message of ours contains. Masking it is a second line of defence."""

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|\([^()]*\)|=\S+")
"""Where exceptions put values."""


def masked(text: str) -> str:
    """The text without what looks personal or secret."""
    return _PERSONAL.sub(MASK, text)


def worded(error: BaseException) -> str:
    """What an error says, without the values that one of a library may have in its words."""
    if type(error).__module__.startswith("stampbook."):
        return str(error)
    name = type(error).__name__
    words = masked(_QUOTED.sub(MASK, str(error)))
    return f"{name}: {words}" if words else name


def _lines_of(error: BaseException) -> str:
    """The traceback, of causes first: where it happened, and what."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = "" if cause is None else f"{_lines_of(cause)}\n\nduring which:\n\n"
    said = worded(error)
    if type(error).__module__.startswith("stampbook."):
        said = f"{type(error).__name__}: {said}"
    where = "".join(format_tb(error.__traceback__))
    return f"{before}Traceback (most recent call last):\n{where}{said}"


def _fields_of(record: logging.LogRecord) -> dict[str, Any]:
    fields: dict[str, Any] = getattr(record, "fields", {})
    return fields


class Text(logging.Formatter):
    """A line for people: time, process, level, logger, message, then what else applies."""

    def __init__(self) -> None:
        super().__init__(TEXT)

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = masked(record.message)
        fields = dict(_fields_of(record))
        left_out = fields.pop("suppressed", 0)
        line = super().formatMessage(record)
        for name, value in fields.items():
            line += f" {name}={value}"
        if left_out:
            line += f" ({left_out} more of this kind since the last line)"
        return line

    def formatException(self, ei: Any) -> str:
        return _lines_of(ei[1])


class Json(logging.Formatter):
    """One object a line: `ts`, `level`, `logger`, `msg`, and what applies of the request."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "ts": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "msg": masked(record.getMessage()),
        }
        now = AT_HAND.get(None)
        if now is not None and now.request_id is not None:
            line["request_id"] = now.request_id
            line["dialect"] = now.dialect
        line |= _fields_of(record)
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = _lines_of(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def start(level: str, form: str) -> None:
    """Log to standard error from that level on. What a request may be asked is logged by itself."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Json() if form == "json" else Text())
    logging.basicConfig(level=level.upper(), handlers=[handler])
