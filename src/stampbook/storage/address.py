"""Addresses of databases.

`postgresql://user:password@host/name` (or `postgres://`), `sqlite:///absolute/path`,
`sqlite:relative/path`, or the path of a SQLite file alone.
"""

import re
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

DATA_FOLDER = ".stampbook"
"""The folder for files whose place nobody has chosen, in the working directory."""

_AWKWARD = re.compile("[?#%:]")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.%]+\]|[^:\[\]]*)(:[0-9]{1,5})?")
_PARTS = re.compile(r"([^:/?#]+)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]+):", re.IGNORECASE)


class UnknownAddress(ValueError):
    """The address does not name a database that Stampbook can use."""


def check_address(url: str) -> None:
    """Raise UnknownAddress for an address that no database can have."""
    if not is_postgres(url):
        sqlite_path(url)
        return
    try:
        hosts = split_address(url).netloc.rpartition("@")[2].split(",")
    except ValueError:
        hosts = [":"]
    if not all(_HOST.fullmatch(host) for host in hosts):
        # The address is not shown: what is read as its port may be a part of the password.
        raise UnknownAddress(
            "names no host and port. Write postgresql://user:password@host:port/name, and"
            " special characters of the password as %2F, %40 and so on"
        )


def split_address(url: str) -> SplitResult:
    """The parts of the address of a PostgreSQL database, which may name several servers.

    Newer versions of the standard library's `urlsplit` refuse an IPv6 address that follows another
    server. Raises ValueError.
    """
    found = _PARTS.fullmatch(url)
    if found is None:
        return urlsplit(url)
    scheme, place, path, query, fragment = found.groups("")
    return SplitResult(scheme.lower(), place, path, query, fragment)


def is_postgres(url: str) -> bool:
    """Whether the address is one of PostgreSQL, and not of SQLite. Raises UnknownAddress."""
    scheme = _SCHEME.match(url)
    if scheme is None or scheme.group(1).lower() == "sqlite":
        return False
    if scheme.group(1).lower() in ("postgresql", "postgres"):
        return True
    raise UnknownAddress(
        f"{scheme.group(1)}: is no database that Stampbook knows."
        " Write postgresql://…, sqlite:///path or the path of a SQLite file"
    )


def sqlite_path(url: str) -> Path:
    """The file that a SQLite address names, as an absolute path. Raises UnknownAddress."""
    rest = url
    if _SCHEME.match(url):
        rest = unquote(url[len("sqlite:") :])
        if rest.startswith("//"):
            rest = re.sub("^/+", "/", rest[2:])
    if not rest or rest == ":memory:" or rest.endswith("/"):
        raise UnknownAddress(f"{url!r} names no file")
    if _AWKWARD.search(Path(rest).name):
        raise UnknownAddress(f"{url!r} has one of ? # % : in the name of the file")
    try:
        return Path(rest).expanduser().absolute()
    except RuntimeError:
        raise UnknownAddress(f"{url!r} names the home of an unknown user") from None


def without_password(url: str) -> str:
    """The address as it may be shown to people and written to logs."""
    if not is_postgres(url):
        return str(sqlite_path(url))
    parts = split_address(url)
    place = parts.netloc
    if "@" in place:
        user, _, host = place.rpartition("@")
        place = f"{user.partition(':')[0]}@{host}"
    return urlunsplit((parts.scheme, place, parts.path, "", ""))
