"""The two tokens of an `Authorization` header: the partner's and the user's."""

import re
from functools import lru_cache
from typing import Final

SHORT: Final = 512
"""Characters of a header whose tokens are kept."""

_part = re.compile(r"\s*(bearer|user)\s+([^\s,]+)\s*", re.IGNORECASE)
_bare = re.compile(r"\s*([^\s,]+)\s*")


def tokens(header: str) -> tuple[str | None, str | None]:
    """The partner token and the user token of `Bearer P, User U`, None where missing.

    The word `User` may be missing: `Bearer P,U`.
    """
    return _tokens(header) if len(header) > SHORT else _tokens_of_short(header)


def _tokens(header: str) -> tuple[str | None, str | None]:
    found: dict[str, str] = {}
    bare = None
    for place, piece in enumerate(header.split(",")):
        match = _part.fullmatch(piece)
        if match is not None:
            found.setdefault(match[1].lower(), match[2])
        elif place == 1:
            bare = _bare.fullmatch(piece)
    user = found.get("user") or (bare and bare[1])
    return found.get("bearer"), user


_tokens_of_short = lru_cache(maxsize=256)(_tokens)
"""Few callers send nearly all requests, each always with the same header."""
