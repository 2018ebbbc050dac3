"""The audit log: who changed what is administered, when, and from what to what.

A row is written in the transaction of the act, at its very end: the rows of a tenant are a chain of
hashes, whose head is locked for the rest of the transaction. Functions that change something call
`watch` before they do, or `made` after they made it; what the transaction as a whole has changed
is one row for each thing, and nothing if nothing changed. `record` is for what is no change of a
thing. Who acts is the origin of the request (ledger/origin.py).
"""

from collections.abc import Awaitable, Callable, Mapping
from secrets import token_bytes
from typing import Any, Final, NamedTuple

from msgspec.json import Encoder

from stampbook.domain.hashing import GENESIS, SALT_BYTES, audit_digest, audit_hash
from stampbook.ledger import origin
from stampbook.programs.plain import plain
from stampbook.storage.store import Transacting

_THINGS: Final = (
    "program", "currency", "rule", "tier_group", "reward", "benefit", "promotion", "location",
)  # fmt: skip
_OTHERS: Final = {
    "login": ("succeeded", "failed", "locked"),
    "session": ("ended",),
    "user": ("created", "updated", "password_changed", "disabled", "enabled", "unlocked",
             "totp_changed"),
    "api_key": ("created", "rotated", "revoked"),
    "member": ("created", "updated", "deleted", "merged", "unmerged", "exported", "erased"),
    "metadata_schema": ("created",),
    "webhook": ("created", "updated", "disabled", "enabled", "rotated", "deleted", "redelivered",
                "tested"),
    "import": ("started", "finished", "stopped"),
    "export": ("created", "downloaded"),
    "approval": ("requested", "approved", "rejected", "withdrawn"),
    "migration": ("applied",),
    "backup": ("created", "restored"),
}  # fmt: skip

ACTIONS: Final = frozenset(
    f"{thing}.{what}"
    for things, steps in (
        (_THINGS, ("created", "updated", "activated", "deactivated", "deleted")),
        *(((thing,), steps) for thing, steps in _OTHERS.items()),
    )
    for thing in things
    for what in steps
)
"""All that a row can tell of."""

MASKED: Final = frozenset(
    {"password", "password_hash", "secret", "secret_hash", "token", "token_hash", "totp",
     "totp_secret", "old_secret", "old_secret_hash", "recovery_codes"}
)  # fmt: skip
"""Fields whose values are never written: a row says only that they changed."""

MASK: Final = "***"

UNTOLD: Final = frozenset(
    {"tenant_id", "tenant", "created_at", "updated_at", "deleted_at", "version", "revision",
     "has_given"}
)  # fmt: skip
"""Fields that follow from the act itself."""


class Thing(NamedTuple):
    """What is administered: the prefix of its ids, and the word that its actions begin with.

    `table` has its row, by the id `key`, and `watch` locks it there; without a table, what calls
    `watch` has locked it.
    """

    prefix: str
    word: str
    table: str = ""
    key: str = ""


PROGRAM: Final = Thing("prg", "program", "programs", "program_id")
CURRENCY: Final = Thing("cur", "currency")
CARD_DEFINITION: Final = Thing("crd", "currency")
RULE: Final = Thing("rul", "rule")
TIER_GROUP: Final = Thing("tgr", "tier_group", "tier_groups", "tier_group_id")
TIER_STRUCTURE: Final = Thing("tst", "tier_group")
REWARD: Final = Thing("rwd", "reward", "rewards", "reward_id")
BENEFIT: Final = Thing("ben", "benefit")
PROMOTION: Final = Thing("prm", "promotion", "point_promotions", "promotion_id")
VISIT_PROMOTION: Final = Thing("vpm", "promotion")
LOCATION: Final = Thing("loc", "location", "locations", "location_id")
MEMBER: Final = Thing("mbr", "member", "members", "member_id")
API_KEY: Final = Thing("key", "api_key")
USER: Final = Thing("usr", "user")
APPROVAL: Final = Thing("apr", "approval")
WEBHOOK: Final = Thing("whk", "webhook")


def entity_of(thing: Thing, number: int) -> str:
    """The id of a thing, as the native API writes it."""
    return f"{thing.prefix}_{number:x}"


Load = Callable[[Transacting], Awaitable[Any]]
"""Reads a thing, or what is part of it: a named tuple, a mapping, or None."""


class Act(NamedTuple):
    """A row before it is written. `changes`: by field, {"before": …, "after": …}."""

    tenant: int
    at: int
    action: str
    entity: str | None
    program: int | None
    changes: Mapping[str, Any]
    reason: str | None


# -- what is called where something changes ----------------------------------------------


async def watch(
    writing: Transacting,
    thing: Thing,
    number: int,
    load: Load,
    *,
    tenant: int,
    now: int,
    program: int | None = None,
    part: str = "",
) -> None:
    """Look at a thing before it changes; the end of the transaction tells what has changed.

    Each `part` of it is looked at once; the one without a name is the thing itself. Nobody else
    changes the thing until then. `program`: whose it is, unless its own fields say so. Writes.
    """
    watched = _watched(writing, thing, number, tenant=tenant, now=now, program=program)
    if part not in watched.parts:
        if thing.table:
            await writing.execute(
                f"UPDATE {thing.table} SET tenant_id = tenant_id"  # noqa: S608 - a constant
                f" WHERE {thing.key} = $1 AND tenant_id = $2",
                number,
                tenant,
            )
        watched.parts[part] = load, _seen(await load(writing))


def made(
    writing: Transacting,
    thing: Thing,
    number: int,
    load: Load,
    *,
    tenant: int,
    now: int,
    program: int | None = None,
) -> None:
    """A thing was made just now; the end of the transaction tells what it has become."""
    watched = _watched(writing, thing, number, tenant=tenant, now=now, program=program)
    watched.parts[""] = load, None


async def record(
    writing: Transacting,
    *,
    tenant: int,
    action: str,
    now: int,
    entity: str | None = None,
    program: int | None = None,
    changes: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """A row for an act that is no change of a watched thing. Raises ValueError for an action that
    is not one of ACTIONS."""
    if action not in ACTIONS:
        raise ValueError(f"no such action: {action}")
    act = Act(tenant, now, action, entity, program, changes or {}, reason)

    async def written(ending: Transacting) -> None:
        await _append(ending, act)

    writing.endings[object()] = written


def diff(before: Any, after: Any) -> dict[str, Any]:
    """The fields that differ, with both values; None has no fields. Values are those of JSON."""
    earlier, later = _seen(before) or {}, _seen(after) or {}
    return {
        name: {"before": earlier.get(name), "after": later.get(name)}
        for name in {**earlier, **later}
        if earlier.get(name) != later.get(name)
    }


class _Watched:
    """A thing of which a transaction changes something. `parts`: how each is read, and how it was;
    the part without a name is the thing itself."""

    def __init__(self, thing: Thing, number: int, tenant: int, now: int) -> None:
        self.thing = thing
        self.number = number
        self.tenant = tenant
        self.now = now
        self.program: int | None = None
        self.parts: dict[str, tuple[Load, dict[str, Any] | None]] = {}

    async def __call__(self, writing: Transacting) -> None:
        after = {part: _seen(await load(writing)) for part, (load, _) in self.parts.items()}
        before = {part: seen for part, (_, seen) in self.parts.items()}
        action = self._action(before, after)
        earlier, later = _joined(before), _joined(after)
        changes = {} if action == "deleted" else diff(earlier, later)
        if action is None or (action == "updated" and not changes):
            return
        told = {**earlier, **later}
        program = self.program or told.get("program_id") or told.get("program")
        word, entity = self.thing.word, entity_of(self.thing, self.number)
        act = Act(self.tenant, self.now, f"{word}.{action}", entity, program, changes, None)
        await _append(writing, act)

    def _action(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
        if "" not in before:
            return "updated"
        was, is_now = before[""], after[""]
        if is_now is None or is_now.get("status") == "deleted":
            return None if was is None else "deleted"
        if was is None:
            return "created"
        active = [str(each.get("status")).casefold() == "active" for each in (was, is_now)]
        if active[0] != active[1] and f"{self.thing.word}.activated" in ACTIONS:
            return "activated" if active[1] else "deactivated"
        return "updated"


def _watched(
    writing: Transacting,
    thing: Thing,
    number: int,
    *,
    tenant: int,
    now: int,
    program: int | None,
) -> _Watched:
    watched = writing.endings.get((thing, number))
    if not isinstance(watched, _Watched):
        watched = writing.endings[thing, number] = _Watched(thing, number, tenant, now)
    if thing is PROGRAM:
        program = number
    watched.program = watched.program or program
    return watched


def _seen(value: Any) -> dict[str, Any] | None:
    """The fields of a thing as JSON has them, without UNTOLD."""
    if value is None:
        return None
    fields = plain(value)
    return {name: each for name, each in fields.items() if name not in UNTOLD}


def _joined(parts: Mapping[str, dict[str, Any] | None]) -> dict[str, Any]:
    return {name: value for seen in parts.values() if seen for name, value in seen.items()}


# -- the chain ---------------------------------------------------------------------------

_encode: Final = Encoder(order="deterministic").encode

COLUMNS: Final = (
    "tenant_id, number, at, action, entity, program_id, user_id, api_key_id, address, request_id,"
    " dialect, actor, changes, reason, salt, digest, hash"
)

_INSERT: Final = (
    f"INSERT INTO audit ({COLUMNS})"  # noqa: S608 - a constant
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"
)


async def _append(writing: Transacting, act: Act) -> None:
    """Write the next row of the tenant's chain. Its head is locked from here on."""
    number, previous = await _locked_head(writing, act.tenant)
    now = origin.current()
    content = (
        act.tenant, number, act.at, act.action, act.entity, act.program,
        now.user_id, now.api_key_id, now.address, now.request_id, now.dialect, now.login,
    )  # fmt: skip
    changes, salt = _encode(masked(act.changes)).decode(), token_bytes(SALT_BYTES)
    digest = audit_digest(salt, changes, act.reason)
    made_hash = audit_hash(previous, content, digest)
    await writing.execute(_INSERT, *content, changes, act.reason, salt, digest, made_hash)
    await writing.execute(
        "UPDATE audit_heads SET hash = $2 WHERE tenant_id = $1", act.tenant, made_hash
    )


async def _locked_head(writing: Transacting, tenant: int) -> tuple[int, bytes]:
    """The number of the next row and the hash before it."""
    row = await writing.fetch_one(
        """
        INSERT INTO audit_heads (tenant_id, number, hash) VALUES ($1, 1, $2)
        ON CONFLICT (tenant_id) DO UPDATE SET number = audit_heads.number + 1
        RETURNING number, hash
        """,
        tenant,
        GENESIS,
    )
    assert row is not None
    return row["number"], bytes(row["hash"])


def masked(value: Any) -> Any:
    """The value without what must not be written, at whatever depth."""
    if isinstance(value, Mapping):
        return {
            name: _mask(each) if name in MASKED else masked(each) for name, each in value.items()
        }
    return [masked(each) for each in value] if isinstance(value, list | tuple) else value


def _mask(value: Any) -> Any:
    """Of a change, that there was a value and that there is one."""
    if isinstance(value, Mapping) and value.keys() == {"before", "after"}:
        return {name: None if each is None else MASK for name, each in value.items()}
    return None if value is None else MASK
