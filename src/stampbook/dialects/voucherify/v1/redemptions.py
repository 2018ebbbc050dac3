"""Legacy v1: points paid for a reward, and the rollback of that."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from stampbook.dialects.spelling.voucherify import Prefix, parse, spell
from stampbook.dialects.voucherify.core.bodies import Id, Metadata, encode_metadata, read_body
from stampbook.dialects.voucherify.core.calls import Call, single
from stampbook.dialects.voucherify.core.faults import (
    TOO_FEW,
    Fault,
    invalid_query,
    not_found,
    refused,
)
from stampbook.dialects.voucherify.core.people.customers import by_id
from stampbook.dialects.voucherify.core.points.entries import read_entries
from stampbook.dialects.voucherify.core.points.transactions import REWARD_SUBJECT, Entry
from stampbook.dialects.voucherify.core.times import stamp
from stampbook.dialects.voucherify.v1.cards import (
    Voucher,
    named_voucher,
    print_voucher,
    too_few,
    voucher_of,
)
from stampbook.domain.book import Book
from stampbook.domain.commands import Cancel, Command, Note, Redeem
from stampbook.domain.model import (
    MICROSECONDS,
    Kind,
    Transaction,
    split_number,
)
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.outcomes import Done, Outcome
from stampbook.ledger.repeating import USED
from stampbook.ledger.submission import Asked, Submission
from stampbook.storage.former_fingerprints import words

ROLLBACK_WITHIN: Final = timedelta(days=92)
"""Three months, the longest there are."""

MAX_TEXT: Final = 255
Text = Annotated[str, Meta(max_length=MAX_TEXT)]

ROLLBACK_SUBJECT: Final = "voucherify:rollback"
"""The subject of a rollback whose metadata has a tracking id beside the caller's metadata."""

UNTRACKED_SUBJECT: Final = "voucherify:rollback:untracked"
"""That of one without a tracking id. Rollbacks of earlier releases have no subject, and may have
been given a tracking id that was not kept."""


class Reward(msgspec.Struct, frozen=True, kw_only=True):
    id: Text | None = None
    points: Annotated[int, Meta(ge=1, le=9 * 10**15)] | None = None


class RedemptionBody(msgspec.Struct, frozen=True, kw_only=True):
    """What is paid for. Rewards are not kept yet: the request says how many points it costs."""

    reward: Reward | None = None
    order: dict[str, Any] | None = None
    metadata: Metadata | None = None


class RollbackBody(msgspec.Struct, frozen=True, kw_only=True):
    reason: Text | None = None
    tracking_id: Text | None = None
    customer: Id | dict[str, Any] | None = None
    order: dict[str, Any] | None = None
    metadata: Metadata | None = None


def _redemption_body(call: Call) -> RedemptionBody:
    """Raises a Fault (400) without a reward, or with a reward that names no price."""
    body = read_body(call.body or b"{}", RedemptionBody)
    if body.reward is None or body.reward.id is None:
        raise Fault(400, "missing_reward", "Missing reward", "Reward must be specified")
    if body.reward.points is None:
        raise not_found("reward", body.reward.id)
    return body


async def redeem_reward(call: Call) -> dict[str, Any]:
    """Pay points for a reward."""
    body, voucher = _redemption_body(call), await named_voucher(call)
    assert body.reward is not None
    assert body.reward.points is not None
    kept = {"reward": body.reward.id, "order": body.order, "metadata": body.metadata or {}}
    command = Redeem(
        amount=body.reward.points,
        note=Note(
            actor=call.caller.actor,
            metadata=encode_metadata(kept),
            subject=REWARD_SUBJECT,
        ),
    )
    outcome = await call.context.ledger.submit(
        Submission(
            tenant=call.tenant,
            account=voucher.card.account,
            planner=_within_balance(command),
            key=call.key,
            identity=Asked("redeem", command, lambda: f"redeem {words(command)}"),
        )
    )
    if not isinstance(outcome, Done):
        raise too_few(voucher) if outcome.code in TOO_FEW else refused(outcome)
    row = outcome.transaction
    return {**print_redemption(voucher, row), **await _surroundings(call, voucher, row)}


def _within_balance(command: Redeem) -> Any:
    """Rewards are paid out of what there is, even where the balance may go below zero."""

    def plan(book: Book, _now: int) -> tuple[Command, ...] | Refusal:
        if book.active < command.amount:
            return Refusal(Code.INSUFFICIENT_POINTS, "the balance does not suffice", book.active)
        return (command,)

    return plan


def print_redemption(voucher: Voucher, row: Transaction) -> dict[str, Any]:
    """A redemption but for who asks, its customer and its voucher."""
    kept = kept_of(row)
    return {
        "id": spell(Prefix.REDEMPTION, row.number),
        "object": "redemption",
        "date": stamp(row.recorded_at),
        "customer_id": voucher.member.customer_id,
        "tracking_id": None,
        "metadata": kept["metadata"],
        "amount": row.amount,
        "result": "SUCCESS",
        "status": "SUCCEEDED",
        "order": kept["order"],
        "related_object_type": "voucher",
        "related_object_id": voucher.id,
        "reward": {"id": kept["reward"], "object": "reward"} if kept["reward"] else None,
    }


async def _surroundings(
    call: Call, voucher: Voucher, after: Transaction | None = None
) -> dict[str, Any]:
    """Who asked for a redemption or a rollback, whose it is, and the card with its points as they
    are now, or as the row left them: a retry has those of its time."""
    return {
        "channel": {"channel_id": str(call.caller.api_key_id), "channel_type": "API"},
        "customer": await _customer(call, voucher),
        "voucher": await print_voucher(call, voucher, after),
    }


def kept_of(row: Transaction) -> dict[str, Any]:
    """What a redemption's metadata holds; those of other APIs hold something else."""
    found = msgspec.json.decode(row.metadata) if row.metadata else {}
    if row.subject != REWARD_SUBJECT:
        found = {"metadata": found}
    return {"reward": None, "order": None, "metadata": {}, **found}


async def _customer(call: Call, voucher: Voucher) -> dict[str, Any]:
    name = voucher.member.customer_id
    found = await by_id(call.store, name, tenant=call.tenant, program=call.caller.program)
    if found is None:
        return {"id": name, "object": "customer"}
    return {
        "id": name,
        "name": found.name,
        "email": found.email,
        "source_id": found.source_id,
        "metadata": msgspec.json.decode(found.metadata),
        "object": "customer",
    }


async def read_redemption(call: Call) -> dict[str, Any]:
    """A redemption by its `r_…` id, or the rollback of one by its `rr_…` id."""
    voucher, entry = await _find_row(call, call.parameters["redemption"])
    root = spell(Prefix.REDEMPTION, entry.root.number)
    if entry.row.kind is Kind.CANCEL:
        printed = print_rollback(voucher, entry.row, root, kept_of(entry.root))
    else:
        printed = await _print_standing(call, voucher, entry)
    body = {**printed, **await _surroundings(call, voucher)}
    body["channel"] = {"channel_id": None, "channel_type": "API"}  # who asked then is not kept
    return body


async def _find_row(call: Call, text: str) -> tuple[Voucher, Entry]:
    """The row that a redemption's or a rollback's id names, and its card. Raises a Fault (404)."""
    spending = parse(Prefix.REDEMPTION, text)
    account, seq = split_number(spending or parse(Prefix.ROLLBACK, text) or 0)
    voucher = await voucher_of(call, account, removed=True) if seq else None
    if voucher is None or not await call.store.journal(account, after=seq - 1, limit=1):
        raise not_found("redemption", text)
    entry = (await read_entries(call, account, [seq]))[seq]
    row = entry.row
    wanted = row.kind in SPENDINGS if spending else row.kind is Kind.CANCEL and row.link % 2 == 1
    if not wanted or entry.root.kind not in SPENDINGS:
        raise not_found("redemption", text)
    return voucher, entry


SPENDINGS: Final = frozenset({Kind.REDEEM, Kind.HOLD})
"""What v1 calls a redemption."""


async def _print_standing(call: Call, voucher: Voucher, entry: Entry) -> dict[str, Any]:
    """A redemption as it is now: in force, or rolled back."""
    printed = print_redemption(voucher, entry.row)
    movement = entry.movement
    if movement is None or movement.remaining:
        return {**printed, "related_redemptions": {"rollbacks": []}}
    rollbacks = []
    if movement.cancelled_by:
        account = voucher.card.account
        by = (await read_entries(call, account, [movement.cancelled_by]))[movement.cancelled_by]
        rollbacks = [
            {"id": spell(Prefix.ROLLBACK, by.row.number), "date": stamp(by.row.recorded_at)}
        ]
    return {
        **printed,
        "status": "ROLLED_BACK",
        "related_redemptions": {"rollbacks": rollbacks},
    }


async def roll_back_stack(call: Call) -> dict[str, Any]:
    """Stampbook redeems one card at a time: a redemption is a stack of one."""
    made = await roll_back(call)
    return {"rollbacks": [made], "parent_rollback": made, "order": made["order"]}


async def roll_back(call: Call) -> dict[str, Any]:
    """All points of the redemption come back to the lots that paid. Raises a Fault."""
    text = call.parameters["redemption"]
    body = read_body(call.body, RollbackBody) if call.body.strip() else RollbackBody()
    voucher, row = await _find_redemption(call, text)
    kept = kept_of(row)
    await _check_rollback(call, voucher, row, body, kept)
    reason = body.reason or _in_query(call, "reason")
    tracking_id = body.tracking_id or _in_query(call, "tracking_id")
    note = Note(
        reason=reason, actor=call.caller.actor, metadata=encode_metadata(body.metadata or {})
    )
    outcome = await _cancel(call, voucher, row, _tracked(note, body.metadata or {}, tracking_id))
    if isinstance(outcome, Refusal) and outcome.code in USED:
        # It may be a repeat of a rollback by an earlier release, which kept no tracking id.
        outcome = await _cancel(call, voucher, row, note)
    if not isinstance(outcome, Done):
        raise refused(outcome)
    if outcome.already:
        raise Fault(
            400,
            "already_rolled_back",
            "Already rolled back",
            "Redemption has been already rolled back.",
            resource_id=text,
            resource_type="redemption_rollback",
        )
    row = outcome.transaction
    printed = print_rollback(voucher, row, text, kept)
    return {
        **printed,
        **await _surroundings(call, voucher, row),
        "tracking_id": printed["tracking_id"] or tracking_id,
    }


def _tracked(note: Note, metadata: Metadata, tracking_id: str | None) -> Note:
    """The note with the tracking id, if there is one, beside the caller's metadata. A request with
    another tracking id, or none, is not the same one."""
    if tracking_id is None:
        return note._replace(subject=UNTRACKED_SUBJECT)
    said = {"tracking_id": tracking_id, "metadata": metadata}
    return note._replace(metadata=encode_metadata(said), subject=ROLLBACK_SUBJECT)


async def _cancel(call: Call, voucher: Voucher, row: Transaction, note: Note) -> Outcome:
    return await call.context.ledger.submit(
        Submission(
            tenant=call.tenant,
            account=voucher.card.account,
            commands=(Cancel(target=row.seq, note=note),),
            key=call.key,
        )
    )


def _in_query(call: Call, name: str) -> str | None:
    """A text that may be in the query too. Raises a Fault (400) where a body's would be refused."""
    text = single(call.pairs, name) or None
    if text is not None and (len(text) > MAX_TEXT or "\0" in text):
        raise invalid_query(f"{name} must have at most {MAX_TEXT} characters, none of them U+0000")
    return text


async def _find_redemption(call: Call, text: str) -> tuple[Voucher, Transaction]:
    """The redemption of that id and its card, also a deleted member's. Raises Fault (400, 404)."""
    number = parse(Prefix.REDEMPTION, text)
    account, seq = split_number(number or 0)
    voucher = await voucher_of(call, account, removed=True) if seq else None
    if voucher is None:
        raise not_found("redemption", text)
    rows = await call.store.journal(account, after=seq - 1, limit=1)
    if not rows:
        raise not_found("redemption", text)
    if rows[0].kind is not Kind.REDEEM:
        raise _invalid("redemption", "The transaction is not a redemption")
    return voucher, rows[0]


async def _check_rollback(
    call: Call, voucher: Voucher, row: Transaction, body: RollbackBody, kept: dict[str, Any]
) -> None:
    """Within three months, by its customer, with its order. Raises a Fault (400)."""
    if call.now - row.recorded_at > int(ROLLBACK_WITHIN.total_seconds()) * MICROSECONDS:
        raise _invalid("redemption", "Redemptions can be rolled back within 3 months")
    if body.customer is not None and not await _is_holder(call, voucher, body.customer):
        raise _invalid("customer", "The customer did not make the redemption")
    if not _names(body.order or {}, kept["order"] or {}):
        raise _invalid("order", "The order is not that of the redemption")


async def _is_holder(call: Call, voucher: Voucher, named: str | dict[str, Any]) -> bool:
    """Whether the id, the source id, or the object with either is that of the card's holder."""
    name, program = voucher.member.customer_id, call.caller.program
    found = await by_id(call.store, name, tenant=call.tenant, program=program)
    holder = {"id": name, "source_id": None if found is None else found.source_id}
    return named in holder.values() if isinstance(named, str) else _names(named, holder)


def _names(named: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Whether the id and the source id that are named, if any, are those of what was found."""
    return all(named.get(name) in (None, found.get(name)) for name in ("id", "source_id"))


def _invalid(what: str, details: str) -> Fault:
    return Fault(400, f"invalid_{what}", f"Invalid {what}", details)


def print_rollback(
    voucher: Voucher, row: Transaction, redemption: str, kept: dict[str, Any]
) -> dict[str, Any]:
    """A rollback but for who asks, its customer and its voucher."""
    said = msgspec.json.decode(row.metadata) if row.metadata else {}
    if row.subject != ROLLBACK_SUBJECT:
        said = {"tracking_id": None, "metadata": said}
    return {
        "id": spell(Prefix.ROLLBACK, row.number),
        "object": "redemption_rollback",
        "date": stamp(row.recorded_at),
        "customer_id": voucher.member.customer_id,
        "tracking_id": said["tracking_id"],
        "metadata": said["metadata"],
        "amount": -row.amount,
        "redemption": redemption,
        "reason": row.reason,
        "result": "SUCCESS",
        "status": "SUCCEEDED",
        "order": {**kept["order"], "status": "CANCELED"} if kept["order"] else None,
        "related_object_type": "voucher",
        "related_object_id": voucher.id,
    }
