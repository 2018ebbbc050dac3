"""The two tokens of an `Authorization` header: the partner's and the user's."""

import re
from functools import lru_cache

_part = re.compile(r"\s*(bearer|user)\s+([^\s,]+)\s*", re.IGNORECASE)
_bare = re.compile(r"\s*([^\s,]+)\s*")


@lru_cache(maxsize=256)  # few callers send nearly all requests, each always with the same header
def tokens(header: bytes) -> tuple[str | None, str | None]:
    """The partner token and the user token of `Bearer P, User U`, None where missing.

    The word `User` may be missing: `Bearer P,U`.
    """
    found: dict[str, str] = {}
    bare = None
    for place, piece in enumerate(header.decode("latin-1").split(",")):
        match = _part.fullmatch(piece)
        if match is not None:
            found.setdefault(match[1].lower(), match[2])
        elif place == 1:
            bare = _bare.fullmatch(piece)
    user = found.get("user") or (bare and bare[1])
    return found.get("bearer"), user
