"""All pictures, each from a database of its own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from stampbook.storage.migrating import migrate
from stampbook.storage.opening import open_store
from tests.documentation.drawings.acting import acting
from tests.documentation.drawings.framing import framed
from tests.documentation.drawings.stories import STORIES

IMAGES = Path(__file__).parents[3] / "docs" / "images"


async def drawn() -> AsyncIterator[tuple[Path, str]]:
    """Each picture's file, and what is in it."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.sqlite"
        migrate(f"sqlite:{empty}")
        for name, story in STORIES.items():
            own = empty.with_name(f"{name}.sqlite")
            shutil.copy(empty, own)
            store = await open_store(f"sqlite:{own}")
            async with acting(store) as act:
                figure = await story(act)
            await store.close()
            yield IMAGES / f"concept-{name}.svg", framed(figure)
