"""Settings: the values that apply, and where each value comes from.

An option of the command takes precedence over the environment (`STAMPBOOK_PORT`), then comes the
file `stampbook.toml` in the working directory (`port = 8000`), then the default. There are no
other sources, and nothing is read twice: a running process keeps what it started with.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from stampbook.networks import Network, network
from stampbook.storage.address import DATA_FOLDER, UnknownAddress, check_address, is_postgres
from stampbook.storage.postgres.binaries import BIN_VARIABLE

FILE = "stampbook.toml"
PREFIX = "STAMPBOOK_"
MAX_PROXIES = 100
MAX_URL = 500
MAX_WAITS = 100
MAX_WAIT_S = 604_800
MAX_STALENESS_S = 3_600
"""How old an answer may be that a replica gives."""
RATE_LIMIT_ADDRESS = 6_000
"""The default of `rate_limit_address`; while it is in force, this machine's addresses are free."""

LOG_FORMATS = ("text", "json")
ACCESS_LOGS = ("off", "errors", "all")
CONSOLES = ("on", "off")
METRICS = ("loopback", "key", "open", "off")
OPTION = "option"
LOG_LEVELS = ("critical", "error", "warning", "info", "debug")


class WrongSetting(ValueError):
    """A value that a setting cannot have. The message names the setting and the value's source."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The values that apply. `SETTINGS` says what each of them is for."""

    database_url: str = f"sqlite:{DATA_FOLDER}/stampbook.sqlite"
    replica_url: str = ""
    replica_max_staleness_s: int = 0
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    shards: int = 2
    log_level: str = "warning"
    cached_accounts: int = 100_000
    queue_limit: int = 8_192
    drain_s: int = 30
    head_timeout_s: float = 20
    body_timeout_s: float = 30
    max_connections: int = 4_096
    altegio_rate_limit: int = 0
    trusted_proxies: str = ""
    public_url: str = ""
    anchor_key_file: str = ""
    rate_limit_key: int = 0
    rate_limit_address: int = RATE_LIMIT_ADDRESS
    session_idle_s: int = 43_200
    session_max_s: int = 604_800
    log_format: str = "text"
    access_log: str = "errors"
    slow_request_ms: int = 1_000
    slow_query_ms: int = 500
    metrics: str = "loopback"
    console: str = "on"
    disk_min_free_mb: int = 64
    files_folder: str = ""
    pool_size: int = 16
    event_retention_days: int = 90
    webhook_allow: str = ""
    webhook_schedule: str = "5,300,1800,7200,18000,36000,50400,72000,86400"


class InForce(NamedTuple):
    """Settings, and the source of each value by the name of its setting."""

    settings: Settings
    origins: Mapping[str, str]


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be text")
    return value


def _maybe_text(value: object) -> str:
    """Text, or nothing: what it is without a value."""
    return _text(value) if value != "" else ""


def _address(value: object) -> str:
    address = _text(value)
    check_address(address)
    return address


def _replica(value: object) -> str:
    """The address of PostgreSQL servers; "" for none."""
    if value == "":
        return ""
    address = _text(value)
    check_address(address)
    if not is_postgres(address):
        raise UnknownAddress("must be postgresql://user:password@host:port/name")
    return address


def _number(least: int, most: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"must be a number from {least} to {most}")
        return value

    return read


def _seconds(least: float, most: float) -> Callable[[object], float]:
    def read(value: object) -> float:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,3})?", value):
            value = float(value)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not least <= value <= most:  # type: ignore[operator]
            raise ValueError(f"must be a number of seconds from {least:g} to {most:g}")
        return value  # type: ignore[return-value]

    return read


def networks_of(text: str) -> tuple[Network, ...]:
    """The networks of `trusted_proxies` or `webhook_allow`. Raises ValueError."""
    return tuple(network(each) for each in text.split(",") if each.strip())


def _networks(value: object) -> str:
    """Addresses and CIDR ranges: a list, or a text with commas between them."""
    text = ",".join(map(str, value)) if isinstance(value, list) else value
    if not isinstance(text, str):
        raise ValueError("must be a list of addresses or CIDR ranges")
    try:
        networks = networks_of(text)
    except ValueError as error:
        raise ValueError(f"must be addresses or ranges such as 10.0.0.0/8: {error}") from None
    if len(networks) > MAX_PROXIES:
        raise ValueError(f"must be at most {MAX_PROXIES} addresses or ranges")
    return ",".join(map(str, networks))


def waits_of(text: str) -> tuple[int, ...]:
    """The seconds of `webhook_schedule`. Raises ValueError."""
    return tuple(int(each) for each in text.split(","))


def _waits(value: object) -> str:
    """Numbers of seconds: a list, or a text with commas between them."""
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    parts = [each.strip() for each in text.split(",")]
    is_plain = all(re.fullmatch(r"[0-9]{1,6}", each) for each in parts)
    if not is_plain or len(parts) > MAX_WAITS or max(map(int, parts)) > MAX_WAIT_S:
        raise ValueError(
            f"must be at most {MAX_WAITS} numbers of seconds from 0 to {MAX_WAIT_S}, such as 5,300"
        )
    return ",".join(parts)


def _public_url(value: object) -> str:
    """An http or https address without a slash at its end; "" for none."""
    if value == "":
        return ""
    text = _text(value).rstrip("/")
    try:
        parts = urlsplit(text)
        is_plain = not (parts.query or parts.fragment or parts.username or "@" in parts.netloc)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port  # raises if it is no number
    except ValueError:
        is_plain = is_address = False
    if not (is_plain and is_address and text.isascii() and text.isprintable()) or " " in text:
        raise ValueError("must be an address such as https://points.example")
    if len(text) > MAX_URL:
        raise ValueError(f"must have at most {MAX_URL} characters")
    return text


def _one_of(*words: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or value.lower() not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return value.lower()

    return read


class Setting(NamedTuple):
    """How a setting is parsed, and what it is for."""

    read: Callable[[object], Any]
    about: str


SETTINGS: Mapping[str, Setting] = {
    "database_url": Setting(
        _address, "the database: sqlite:PATH, or postgresql://user:password@host:port/name"
    ),
    "replica_url": Setting(
        _replica,
        "streaming replicas of a PostgreSQL database, as `database_url` names servers; empty: none."
        " They answer reads that may be some seconds old",
    ),
    "replica_max_staleness_s": Setting(
        _number(0, MAX_STALENESS_S),
        "seconds that reports, statements and exports may be old if their caller does not say; 0:"
        " they are read from the primary",
    ),
    "host": Setting(_text, "the address that `serve` listens on"),
    "port": Setting(_number(0, 65_535), "the port that `serve` listens on; 0 chooses a free one"),
    "workers": Setting(
        _number(1, 64), "server processes that share the port; more than one requires PostgreSQL"
    ),
    "shards": Setting(
        _number(1, 4_096),
        "shards of a new database, which can never change; 64 for a distributed one",
    ),
    "log_level": Setting(
        _one_of(*LOG_LEVELS),
        "the lowest level that is logged on standard error: " + ", ".join(LOG_LEVELS),
    ),
    "cached_accounts": Setting(
        _number(100, 10_000_000), "accounts that a process keeps in memory, about 2 kB each"
    ),
    "queue_limit": Setting(
        _number(1, 1_000_000), "writes that may wait in each shard; beyond that, callers get a 503"
    ),
    "drain_s": Setting(
        _number(1, 3_600), "seconds for open requests to finish when the server is stopped"
    ),
    "head_timeout_s": Setting(
        _seconds(0.1, 3_600), "seconds for the head of a request to arrive; then 408"
    ),
    "body_timeout_s": Setting(
        _seconds(0.1, 3_600), "seconds that a body may go without progress; then 408"
    ),
    "max_connections": Setting(
        _number(1, 1_000_000),
        "simultaneous connections to one process, never more than its open files allow; then 503",
    ),
    "altegio_rate_limit": Setting(
        _number(0, 1_000_000),
        "requests a minute from one address on Altegio's paths, and a fortieth of that in a second;"
        " 0: no limit (the vendor's is 200)",
    ),
    "trusted_proxies": Setting(
        _networks,
        "addresses or CIDR ranges of proxies, separated by commas, whose `X-Forwarded-For` and"
        " `X-Forwarded-Proto` are believed; empty: nobody's",
    ),
    "public_url": Setting(
        _public_url,
        "the address by which clients reach the server, used in links; with `https`, answers have"
        " `Strict-Transport-Security`; empty: links name the request's `Host`",
    ),
    "anchor_key_file": Setting(
        _maybe_text, "the file, outside of the database, with the key that signs anchors"
    ),
    "rate_limit_key": Setting(
        _number(0, 1_000_000),
        "requests a minute of each API key that has no limit of its own; 0: no limit",
    ),
    "rate_limit_address": Setting(
        _number(0, 1_000_000),
        "requests a minute without valid credentials from one address; 0: no limit",
    ),
    "session_idle_s": Setting(
        _number(1, 31_536_000), "seconds after its last use in which a person's session ends"
    ),
    "session_max_s": Setting(
        _number(1, 31_536_000), "seconds after the sign-in in which a person's session ends"
    ),
    "log_format": Setting(
        _one_of(*LOG_FORMATS), "how log lines look: text, or json for one object a line"
    ),
    "access_log": Setting(
        _one_of(*ACCESS_LOGS),
        "requests that are logged: off, errors (5xx, and slower than `slow_request_ms`), or all",
    ),
    "slow_request_ms": Setting(
        _number(0, 3_600_000), "milliseconds from which a request is slow; 0: none is"
    ),
    "slow_query_ms": Setting(
        _number(0, 3_600_000),
        "milliseconds from which a statement of the database is logged as slow; 0: none is",
    ),
    "metrics": Setting(
        _one_of(*METRICS),
        "who may read `/metrics`: loopback (this machine, without a proxy), key (the scope"
        " `metrics` or `admin`), open (everybody), or off",
    ),
    "console": Setting(
        _one_of(*CONSOLES),
        "whether the console is served, at `/console`: on or off",
    ),
    "disk_min_free_mb": Setting(
        _number(1, 1_000_000),
        "megabytes that must be free on the disk of a SQLite file, with less `/readyz` fails; and"
        " on that of `files_folder`, with less no file is taken",
    ),
    "files_folder": Setting(
        _maybe_text,
        "the folder for files of imports and exports; empty: beside a SQLite database, with"
        " PostgreSQL `.stampbook/files`. Servers on several machines must share it",
    ),
    "pool_size": Setting(_number(4, 1_000), "connections of one process to PostgreSQL"),
    "event_retention_days": Setting(
        _number(1, 36_500),
        "days after which events that are no movements, and deliveries of webhooks, are deleted",
    ),
    "webhook_allow": Setting(
        _networks,
        "addresses or CIDR ranges, separated by commas, to which webhooks may be sent although they"
        " are not public, and without https; empty: none",
    ),
    "webhook_schedule": Setting(
        _waits,
        "seconds between the attempts to deliver an event to a webhook, separated by commas; each"
        " wait differs by up to a fifth",
    ),
}


def load(
    options: Mapping[str, object | None],
    *,
    environment: Mapping[str, str],
    folder: Path,
) -> InForce:
    """The settings of a command with these options (None: not given) in this folder.

    Raises WrongSetting.
    """
    file = _read_file(folder / FILE)
    defaults = {field.name: field.default for field in fields(Settings)}
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for name, setting in SETTINGS.items():
        value, origin = _find(name, options, environment, file) or (defaults[name], "default")
        try:
            values[name] = setting.read(value)
        except ValueError as error:
            where = "the option" if origin == OPTION else origin
            raise WrongSetting(f"{name} ({origin}) {error}. Correct {where}") from None
        origins[name] = origin
    return InForce(Settings(**values), origins)


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """The variables that look like settings and are none, in order."""
    known = {BIN_VARIABLE, *(PREFIX + name.upper() for name in SETTINGS)}
    return sorted(name for name in environment if name.startswith(PREFIX) and name not in known)


def _find(
    name: str,
    options: Mapping[str, object | None],
    environment: Mapping[str, str],
    file: Mapping[str, object],
) -> tuple[object, str] | None:
    if options.get(name) is not None:
        return options[name], OPTION
    variable = PREFIX + name.upper()
    if environment.get(variable):
        return environment[variable], variable
    if name in file:
        return file[name], FILE
    return None


def _read_file(path: Path) -> Mapping[str, object]:
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WrongSetting(f"cannot read {FILE}: {error}. Correct the file") from None
    unknown = sorted(content.keys() - SETTINGS.keys())
    if unknown:
        raise WrongSetting(
            f"{FILE} has unknown settings: {', '.join(unknown)}. Remove or correct them"
        )
    return content
