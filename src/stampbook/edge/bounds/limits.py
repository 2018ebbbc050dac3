"""How many connections a process has, and how long it waits for them.

Sizes are in edge/parsing.py and edge/bodies.py. All of them are on docs/reference/limits.md.
"""

import resource
import sys
from typing import Final, NamedTuple

from stampbook.settings import Settings

KEEP_ALIVE_S: Final = 75
"""Longer than most clients keep an idle connection: so they close it, and never send a request
into one that we are just closing."""

WHOLE_BODY_S: Final = 300.0
"""In which a body must have come, however steady its progress: ten megabytes have the time that a
line of 35 kB a second takes."""

WHOLE_UPLOAD_S: Final = 3_600.0
"""The same of a body that is read while it comes: two gigabytes in an hour."""

SPARE: Final = 64
"""Connections beyond the limit that are answered 503; any more are closed without an answer."""

RESERVED_FILES: Final = 128
"""Files that a server needs besides its connections: the database's, what it opens a moment, and
the connections that are answered 503."""


class Limits(NamedTuple):
    """Seconds that a head may take, a body without progress, and a whole body; connections of this
    process."""

    head_s: float
    body_s: float
    connections: int
    whole_body_s: float = WHOLE_BODY_S


def limits_of(settings: Settings) -> Limits:
    """The limits in force: never more connections than the process may have files."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        files = sys.maxsize
    reserved = min(RESERVED_FILES, files // 2)
    return Limits(
        settings.head_timeout_s,
        settings.body_timeout_s,
        min(settings.max_connections, files - reserved),
    )
