"""Names in paths: a slash that is written %2F belongs to a name and does not part segments.

The path that a server shows to an application is decoded: in it the two kinds of slash look the
same. So while a request is routed, STAND_IN takes the place of the slash in a name.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from litestar import Request

STAND_IN: Final = "\ue02f"
"""A character that Unicode leaves to private use, for a slash within a name."""


def within_segments(raw_path: bytes) -> str:
    """A path as it came, decoded, but for the slashes within its segments."""
    path = raw_path.decode("latin-1").replace("%2F", "%2f").replace("%2f", STAND_IN)
    return unquote(path)


class NamingRequest(Request[Any, Any, Any]):
    """A request whose path parameters are names as their owner wrote them."""

    @property
    def path_params(self) -> Mapping[str, Any]:  # type: ignore[override]
        """The variable parts of the path by name."""
        found: Mapping[str, Any] = self.scope["path_params"]
        if STAND_IN not in self.scope["path"]:
            return found
        return {name: _plain(value) for name, value in found.items()}


def _plain(value: Any) -> Any:
    return value.replace(STAND_IN, "/") if isinstance(value, str) else value
