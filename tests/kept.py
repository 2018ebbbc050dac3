"""Programs of others that tests install: once, until their lock file changes.

To install them takes a quarter of the processor time of the tests that use them.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "build" / "installed"
"""`make clean` empties it."""


def kept(name: str, *made_of: bytes, install: Callable[[Path], None]) -> Path:
    """The folder that `install` has filled for these contents, now or in an earlier run.

    It is there whole or not at all, also where several processes install the same at once.
    """
    path = FOLDER / f"{name}-{sha256(b'|'.join(made_of)).hexdigest()[:16]}"
    if path.exists():
        return path
    FOLDER.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=FOLDER))
    try:
        install(made)
        try:
            made.rename(path)
        except OSError:  # another process was quicker
            if not path.exists():
                raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return path
