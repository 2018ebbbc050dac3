"""Files that appear whole, or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_beside(file: Path) -> Iterator[Path]:
    """A new private file, renamed to `file` at the end, or removed if something fails."""
    beside = file.absolute().with_name(f".{file.name}.{os.getpid()}")
    os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield beside
        with beside.open("rb") as stream:
            os.fsync(stream.fileno())
        beside.rename(file)
    finally:
        beside.unlink(missing_ok=True)
