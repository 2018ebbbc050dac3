"""Settings: what is in force, and where each value comes from.

An option of the command wins over the environment (`STAMPBOOK_PORT`), that over the file
`stampbook.toml` of the working directory (`port = 8000`), and that over the default. Nothing
else is looked at, and nothing is read twice: a running process keeps what it started with.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

from stampbook.storage.address import DATA_FOLDER, check_address

FILE = "stampbook.toml"
PREFIX = "STAMPBOOK_"
LOG_LEVELS = ("critical", "error", "warning", "info", "debug")


class WrongSetting(ValueError):
    """A setting that cannot be: the message names it, and where it comes from."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The values in force. The table of `SETTINGS` says what each is for."""

    database_url: str = f"sqlite:{DATA_FOLDER}/stampbook.sqlite"
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
    max_connections: int = 10_000
    altegio_rate_limit: int = 0


class InForce(NamedTuple):
    """Settings, and by name where each value was found."""

    settings: Settings
    origins: Mapping[str, str]


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be a text")
    return value


def _address(value: object) -> str:
    address = _text(value)
    check_address(address)
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


def _level(value: object) -> str:
    if not isinstance(value, str) or value.lower() not in LOG_LEVELS:
        raise ValueError(f"must be one of {', '.join(LOG_LEVELS)}")
    return value.lower()


class Setting(NamedTuple):
    """How a setting is read, and what it is for."""

    read: Callable[[object], Any]
    about: str


SETTINGS: Mapping[str, Setting] = {
    "database_url": Setting(
        _address, "the database: sqlite:PATH, or postgresql://user:password@host:port/name"
    ),
    "host": Setting(_text, "the address on which `serve` listens"),
    "port": Setting(_number(0, 65_535), "the port on which `serve` listens; 0 takes a free one"),
    "workers": Setting(
        _number(1, 64), "processes that share the port; more than one needs PostgreSQL"
    ),
    "shards": Setting(
        _number(1, 4_096),
        "shards of a database when it is created, fixed for good; 64 for a distributed one",
    ),
    "log_level": Setting(_level, "what is logged on standard error: " + ", ".join(LOG_LEVELS)),
    "cached_accounts": Setting(
        _number(100, 10_000_000), "accounts that a process keeps in memory, about 2 kB each"
    ),
    "queue_limit": Setting(
        _number(1, 1_000_000), "writes that may wait per shard; beyond it callers get a 503"
    ),
    "drain_s": Setting(
        _number(1, 3_600), "seconds that open requests have to finish when a server is stopped"
    ),
    "head_timeout_s": Setting(
        _seconds(0.1, 3_600), "seconds in which the head of a request must come; then 408"
    ),
    "body_timeout_s": Setting(
        _seconds(0.1, 3_600), "seconds that a body may make no progress; then 408"
    ),
    "max_connections": Setting(
        _number(1, 1_000_000),
        "connections to one process at once, never more than it may have files; beyond it 503",
    ),
    "altegio_rate_limit": Setting(
        _number(0, 1_000_000),
        "calls a minute from one address on Altegio's paths, a fortieth of them in a second; "
        "0 sets no limit, the vendor's is 200",
    ),
}


def load(
    options: Mapping[str, object | None],
    *,
    environment: Mapping[str, str],
    folder: Path,
) -> InForce:
    """What is in force for a command with these options (None: not given) in this folder.

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
            raise WrongSetting(f"{name} ({origin}) {error}") from None
        origins[name] = origin
    return InForce(Settings(**values), origins)


def _find(
    name: str,
    options: Mapping[str, object | None],
    environment: Mapping[str, str],
    file: Mapping[str, object],
) -> tuple[object, str] | None:
    if options.get(name) is not None:
        return options[name], "option"
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
        raise WrongSetting(f"{FILE} cannot be read: {error}") from None
    unknown = sorted(content.keys() - SETTINGS.keys())
    if unknown:
        raise WrongSetting(f"{FILE} has unknown settings: {', '.join(unknown)}")
    return content
