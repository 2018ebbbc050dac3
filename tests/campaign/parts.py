"""What a part of the campaign is, and the databases that it plays on."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Protocol

from stampbook.storage.migrating import migrate
from stampbook.storage.postgres.temporary import MEMORY, TemporaryPostgres

TEMPLATE = "migrated"

Figures = Counter[str]
"""What was done, by its name. Of names that begin with `most` the largest counts, of the others the
sum."""


class Databases(Protocol):
    """Fresh migrated databases of one kind."""

    folder: Path
    """A folder for files of the part."""

    def fresh(self) -> str:
        """The address of an empty, migrated database; it is gone when the next one is made."""


class Part(NamedTuple):
    """`play` does `count` things chosen by a text, the seed, and fails if a promise is broken.

    `unit` says what they are, `usual` how many there are, `block` how many are played at once, and
    `stores` on which stores.
    """

    name: str
    unit: str
    usual: int
    block: int
    play: Callable[[Databases, str, int], Figures]
    stores: tuple[str, ...] = ("sqlite", "postgres")


def first_of(seed: str) -> int:
    """The number of the first thing of a block, with which the text of its seed ends."""
    return int(seed.rpartition(" ")[2])


def added(figures: Figures, more: Figures) -> Figures:
    """Both together."""
    found = Counter(figures)
    found.update(more)
    for name in found:
        if name.startswith("most"):
            found[name] = max(figures[name], more[name])
    return found


class SqliteDatabases:
    """Copies of one file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = itertools.count(1)
        self._last: Path | None = None
        self._template = folder / f"{TEMPLATE}.sqlite"
        migrate(f"sqlite:{self._template}")

    def fresh(self) -> str:
        if self._last is not None:
            for end in ("", "-wal", "-shm"):
                Path(f"{self._last}{end}").unlink(missing_ok=True)
        self._last = self.folder / f"{next(self._numbers)}.sqlite"
        shutil.copyfile(self._template, self._last)
        return f"sqlite:{self._last}"


class PostgresDatabases:
    """Copies of one database of a cluster of their own.

    What the cluster has handed to the system survives the end of any process. Only a power cut
    could take it before it is on the disk, and nothing here makes one: so nothing waits for a disk.
    """

    def __init__(self, folder: Path, server: TemporaryPostgres) -> None:
        self.folder = folder
        self.server = server
        self._numbers = itertools.count(1)
        self._last: str | None = None
        migrate(server.create_database(TEMPLATE))

    def fresh(self) -> str:
        if self._last is not None:
            self.server.drop_database(self._last)
        self._last = f"campaign_{next(self._numbers)}"
        return self.server.create_database(self._last, template=TEMPLATE)


@contextmanager
def databases(store: str) -> Iterator[Databases]:
    """Databases of the kind, in memory where there is room for them: no power is cut, and the
    figures are not to be those of a disk."""
    parent = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="stampbook-campaign-", dir=parent) as name:
        if store == "sqlite":
            yield SqliteDatabases(Path(name))
            return
        with TemporaryPostgres(durable=True, settings={"fsync": "off"}) as server:
            yield PostgresDatabases(Path(name), server)
