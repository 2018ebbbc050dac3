"""The rules that count in a program, in memory: an event finds its own without a query.

A catalogue in memory is used only while its version is the one that the event has just read from
the database. Every change of a rule moves that version.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from stampbook.loyalty.conditions.reading import reads
from stampbook.loyalty.judging.candidates import Candidate, Candidates
from stampbook.loyalty.model import Trigger, Version
from stampbook.loyalty.rules.bodies import read_version
from stampbook.storage.store import Transacting

MAX_CATALOGUES: Final = 1_000
"""Programs whose rules are remembered; the one that was not used for longest is forgotten."""

Key = tuple[Trigger, str | None]


class Selection(NamedTuple):
    """Candidates for an event. `wanted` are those of `LOOKED_UP` and `KNOWN` that their conditions
    and bases read; `wants_tiers`: an earning needs a tier. `limited` are those with limits of their
    own."""

    candidates: Candidates
    wanted: frozenset[str] = frozenset()
    wants_tiers: bool = False
    limited: tuple[Candidate, ...] = ()

    @property
    def needs_no_query(self) -> bool:
        """Whether all that the versions read is in the event, the member and the program, and
        nothing limits them."""
        return not (self.limited or self.wants_tiers or self.wanted & LOOKED_UP)


LOOKED_UP: Final = frozenset({"member.tier", "member.tiers", "member.segments", "totals"})
"""What must be looked up for an event if it is read."""

KNOWN: Final = frozenset({"member.metadata", "event.name", "event.metadata"})
"""What an event or its member has, and is frozen only if it is read."""

_NOBODY: Final = Selection(Candidates(()))


class Catalogue(NamedTuple):
    """The newest versions of a program's active rules. `youngest` is when the last of them began
    to count: before it, older versions may have counted."""

    version: int
    versions: tuple[Version, ...]
    by_key: Mapping[Key, Selection]
    youngest: int

    def now(self, trigger: Trigger, name: str | None) -> Selection:
        """The newest versions for events of that kind and name."""
        return self.by_key.get((trigger, name)) or self.by_key.get((trigger, None)) or _NOBODY

    def has(self, trigger: Trigger) -> bool:
        """Whether a rule is for events of that kind."""
        return any(kind is trigger for kind, _ in self.by_key)


_NOTHING: Final = Catalogue(0, (), {}, 0)


class Catalogues:
    """The catalogues that a process remembers."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, Catalogue] = OrderedDict()
        self.giving: set[int] = set()
        """Rules that are known to have given something: they are never drafts again."""

    async def present(self, db: Transacting, program: int) -> Catalogue:
        """The program's catalogue as the database has it now."""
        row = await db.fetch_one(
            "SELECT version FROM rule_catalogues WHERE program_id = $1", program
        )
        return _NOTHING if row is None else await self.of(db, program, row["version"])

    def remembered(self, program: int) -> Catalogue | None:
        """The program's catalogue as it was when it was last read."""
        return self._known.get(program)

    async def of(self, db: Transacting, program: int, version: int) -> Catalogue:
        """The program's catalogue; `version` was read from the database just before."""
        known = self._known.get(program)
        if known is None or known.version != version:
            # Loaded after the version was read: it may be newer than that, and is never older.
            known = await _load(db, program, version, self.giving)
            self._known[program] = known
            if len(self._known) > MAX_CATALOGUES:
                self._known.popitem(last=False)
        self._known.move_to_end(program)
        return known


async def _load(db: Transacting, program: int, version: int, giving: set[int]) -> Catalogue:
    rows = await db.fetch(
        """
        SELECT v.rule_id, v.version, v.valid_from, v.body, v.library, r.has_given
        FROM rule_programs a
        JOIN rules r ON r.rule_id = a.rule_id AND r.status = 'active'
        JOIN rule_versions v ON v.rule_id = r.rule_id AND v.version = r.version
        WHERE a.program_id = $1 AND a.ended_at IS NULL
        ORDER BY r.rule_id
        """,
        program,
    )
    versions = tuple(map(read_version, rows))
    giving.update(row["rule_id"] for row in rows if row["has_given"])
    keys = {(each.trigger, each.trigger_name) for each in versions}
    by_key = {key: gathered(_fitting(versions, key)) for key in keys}
    youngest = max((each.valid_from for each in versions), default=0)
    return Catalogue(version, versions, by_key, youngest)


def _fitting(versions: Iterable[Version], key: Key) -> list[Version]:
    trigger, name = key
    return [
        each for each in versions if each.trigger is trigger and each.trigger_name in (None, name)
    ]


def gathered(versions: Sequence[Version]) -> Selection:
    """What must be known to judge an event by these versions."""
    candidates = Candidates(versions)
    return Selection(
        candidates,
        wanted=_wanted({name for each in versions for name in reads(each)}),
        wants_tiers=any(earning.tiers for each in versions for earning in each.earnings),
        limited=tuple(each for each in candidates.each if any(each.version.limits)),
    )


def with_tried(selection: Selection, tried: Version, name: str | None) -> Selection:
    """The candidates with this version in place of its rule's own, for an event of that name."""
    others = [each.version for each in selection.candidates.each]
    kept = [each for each in others if each.rule != tried.rule]
    return gathered([*kept, tried] if tried.trigger_name in (None, name) else kept)


def _wanted(named: Collection[str]) -> frozenset[str]:
    """What is read if these names are: each itself, something of it, or all that it is in."""
    return frozenset(
        name
        for name in LOOKED_UP | KNOWN
        if any(
            each == name or each.startswith(f"{name}.") or name.startswith(f"{each}.")
            for each in named
        )
    )


async def select(
    db: Transacting,
    catalogue: Catalogue,
    program: int,
    *,
    trigger: Trigger | None,
    name: str | None,
    at: int,
    all_names: bool = False,
) -> Selection:
    """The versions in force at `at` of the rules that count now, for events of that kind and name
    (`trigger` None: of every kind; `all_names`: of every name)."""
    is_present = at >= catalogue.youngest
    if is_present and trigger is not None and not all_names:
        return catalogue.now(trigger, name)
    found = catalogue.versions if is_present else await _in_force(db, program, at)
    if trigger is None:
        return gathered(found)
    if all_names:
        return gathered([each for each in found if each.trigger is trigger])
    return gathered(_fitting(found, (trigger, name)))


async def _in_force(db: Transacting, program: int, at: int) -> list[Version]:
    rows = await db.fetch(
        """
        SELECT v.rule_id, v.version, v.valid_from, v.body, v.library
        FROM rule_programs a
        JOIN rules r ON r.rule_id = a.rule_id AND r.status = 'active'
        JOIN rule_versions v ON v.rule_id = r.rule_id AND v.version = (
            SELECT max(n.version) FROM rule_versions n
            WHERE n.rule_id = r.rule_id AND n.valid_from <= $2)
        WHERE a.program_id = $1 AND a.ended_at IS NULL
        ORDER BY r.rule_id
        """,
        program,
        at,
    )
    return list(map(read_version, rows))
