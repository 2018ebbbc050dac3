"""`make reliability`: python -m tests.campaign PART.

Exits with status 1 if a promise is broken, and says how to play the block that broke it again.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from pathlib import Path

from tests.campaign.parts import Part, databases
from tests.campaign.progress import Progress
from tests.campaign.table import PARTS

FOLDER = Path("build/campaign")


def main() -> int:
    """Parse the arguments and run. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaign")
    parser.add_argument("part", choices=["all", *PARTS])
    parser.add_argument("--store", choices=["sqlite", "postgres"], help="only this one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, help="how many, if not as many as is usual")
    parser.add_argument("--first", type=int, help="only the block that begins there")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the progress is kept")
    given = parser.parse_args()
    status = 0
    for part in PARTS.values() if given.part == "all" else [PARTS[given.part]]:
        for store in part.stores if given.store is None else (given.store,):
            progress = Progress(part, store, given.seed, given.folder)
            status |= run(part, progress, given.count, given.first)
    return status


def run(part: Part, progress: Progress, count: int | None, first: int | None) -> int:
    """Go on with a part, or play one block of it. Returns the exit status."""
    begins = progress.done if first is None else first
    try:
        if first is not None:
            with databases(progress.store) as made:
                progress.play(made, first, part.block if count is None else count)
            return 0
        if progress.done < (part.usual if count is None else count):
            with databases(progress.store) as made:
                progress.run(made, part.usual if count is None else count)
            progress.keep()  # with what the database's processes took
    except Exception:
        traceback.print_exc()
        begins = progress.done if first is None else first
        say(
            f"{part.name} failed: python -m tests.campaign {part.name} --store {progress.store}"
            f" --seed {progress.seed} --first {begins}"
        )
        return 1
    say(str(progress))
    return 0


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
