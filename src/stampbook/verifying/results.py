"""What the last verification of a whole database has found: servers show it in their metrics."""

from typing import Final, NamedTuple

from stampbook.storage.store import Database

NAME: Final = "journal"


class Result(NamedTuple):
    """`sound_at`: when a verification last found no fault, in microseconds UTC; None: never."""

    faults: int
    sound_at: int | None


async def keep(db: Database, faults: int, *, now: int) -> None:
    """Remember the result of a verification."""
    await db.execute(
        """
        INSERT INTO verifications (name, verified_at, faults, sound_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (name) DO UPDATE SET verified_at = excluded.verified_at,
            faults = excluded.faults,
            sound_at = COALESCE(excluded.sound_at, verifications.sound_at)
        """,
        NAME,
        now,
        faults,
        None if faults else now,
    )


async def last(db: Database) -> Result | None:
    """The last result; None if nothing was verified yet."""
    row = await db.fetch_one("SELECT faults, sound_at FROM verifications WHERE name = $1", NAME)
    return None if row is None else Result(row["faults"], row["sound_at"])
