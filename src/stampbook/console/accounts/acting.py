"""What acts upon transactions share: what is asked for, its dry run, and the write itself."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from stampbook.console.accounts.previewing import added
from stampbook.console.api import Json, Problem, Reply
from stampbook.console.results import Flash
from stampbook.console.typed import amount_typed
from stampbook.console.values import instant_of, number_of
from stampbook.console.view import View
from stampbook.domain.model import PASSAGE, split_number
from stampbook.explaining.heads import head
from stampbook.explaining.knowing import named_by
from stampbook.explaining.names import Names
from stampbook.explaining.refusals import refusal
from stampbook.explaining.sources import Origin, thing
from stampbook.explaining.voice import Voice
from stampbook.ledger.journal.briefs import Brief, briefs
from stampbook.loyalty.rewards.purchases import purchase_of
from stampbook.visits.movements.subjects import visit_of

BEYOND: Final = frozenset({"limit_exceeded", "approval_required"})
"""Codes of what this person may not, and another may."""


def sent_for(view: View, approval: Json) -> Flash:
    """What is said when a second person was asked, now or before, with where the approval is."""
    text = view.say("Sent for approval. Nothing is written until another person agrees.")
    if instant_of(approval["requested_at"]) < view.now:
        text = view.say("This was asked for already, and waits for another person.")
    return Flash(text, look=f"/console/approvals/{approval['id']}")


def is_said(problem: Problem) -> bool:
    """Whether the page of the act says the refusal in words; others have a page of their own."""
    return problem.status in (409, 422) or problem.code in BEYOND


def status_of(problem: Problem | None) -> int:
    """The status of a page that says the refusal."""
    if problem is None:
        return 200
    return 422 if problem.status == 422 else 409


class Answered(NamedTuple):
    """The transactions that a write has written, or that its dry run would. `earlier` are those of
    earlier requests, which have done it already."""

    rows: Sequence[Json]
    earlier: Sequence[Json]
    needs_approval: bool
    approval: Json | None


def answered(reply: Reply) -> Answered:
    """The transactions of an answer: of one write, of a transfer, of a bulk, of a visit."""
    value = reply.value
    if reply.approval is not None:
        return Answered((), (), True, reply.approval)
    needs = bool(value.get("approval_required"))
    rows: list[Json] = []
    if "results" in value:
        for each in value["results"]:
            rows += _rows(each.get("transfer") or each["transaction"])
    else:
        rows = value["transactions"] if "transactions" in value else _rows(value)
    new = [row for row in rows if not row.get("already_cancelled")]
    return Answered(new, [row for row in rows if row.get("already_cancelled")], needs, None)


def _rows(value: Json) -> list[Json]:
    return [value["from"], value["to"]] if "to" in value and "from" in value else [value]


def without_reason(view: View) -> Problem:
    """The refusal of an act for which no reason was given."""
    return Problem.of_fields({"reason": view.say("Say why: the journal keeps it.")})


def typed_amount(view: View) -> str | None:
    """The amount of the form, or of the address; None: all that is left."""
    text = view.form.text("amount") or view.query.text("amount")
    return amount_typed(text) if text else None


async def said(view: View, problem: Problem) -> str:
    """The refusal in the person's words."""
    if problem.code == "invalid_request" or "worded" in problem.said:
        return problem.detail
    return await refusal(
        view.context.ledger,
        problem.said,
        tenant=view.tenant,
        speech=view.speech,
        now=view.now,
    )


async def head_of(view: View, rows: Sequence[Json], unit: str) -> str:
    """What the rows of a dry run would do, in sentences."""
    texts: dict[str, None] = {}
    for row in await _gathered(view, rows):
        found = await head(
            view.context.ledger,
            row,
            tenant=view.tenant,
            speech=view.speech,
            unit=unit,
            now=view.now,
        )
        texts[found.text] = None
    return " ".join(texts)


async def _gathered(view: View, rows: Sequence[Json]) -> list[Json]:
    """The rows that are said in a sentence of their own: cancels of what belongs to one thing, such
    as a visit, are said as one, and a transfer by the side that gives."""
    store, found = view.context.store, dict[str, Json]()
    for place, row in enumerate(rows):
        if row["type"] == "transfer_in" and place:
            continue
        name = str(place)
        if row["cancels"]:
            account, seq = split_number(number_of(row["cancels"]))
            target = (await briefs(store, account, {seq})).get(seq)
            root = target and (await briefs(store, account, {target.root})).get(target.root)
            if root and root.subject:
                name = f"{row['account_id']} {root.subject}"
        if name in found:
            earlier = found[name]
            sums = {each: added(earlier[each], row[each]) for each in ("amount", "shortfall")}
            moved = [*earlier["allocations"], *row["allocations"]]
            found[name] = {**earlier, **sums, "allocations": moved}
        else:
            found[name] = row
    return list(found.values())


def unit_word(unit: str) -> str:
    """The currency's name within a sentence: stars."""
    is_word = not any(letter.isupper() for letter in unit[1:])
    return unit[:1].lower() + unit[1:] if is_word else unit


class Belonging(NamedTuple):
    """What a transaction belongs to: its kind, its name, and its page if it has one."""

    kind: str
    text: str
    path: str


async def owners_of(view: View, transactions: Sequence[str]) -> dict[str, Belonging]:
    """By transaction the order, visit or the like that its original belongs to, if it does."""
    store, found = view.context.store, dict[str, Belonging]()
    by_account: dict[int, dict[int, str]] = {}
    for name in transactions:
        account, seq = split_number(number_of(name))
        by_account.setdefault(account, {})[seq] = name
    for account, named in by_account.items():
        rows = await briefs(store, account, named)
        roots = await briefs(store, account, {row.root for row in rows.values()})
        names = await named_by(store, roots.values(), tenant=view.tenant)
        voice = Voice(view.speech, 0, view.now, names)
        for seq, row in rows.items():
            owner = await _owner(view, roots[row.root], voice)
            if owner is not None:
                found[named[seq]] = owner
    return found


async def _owner(view: View, root: Brief, voice: Voice) -> Belonging | None:
    if (root.subject or "").startswith(PASSAGE):
        account = await view.api.get(f"/v1/accounts/acc_{root.account:x}")
        text = view.say("The merge of two members")
        return Belonging("merge", text, f"/console/members/{account['member_id']}")
    source = voice.source(root)
    kind, path = _place(root, voice.names)
    text = thing(source, view.speech)
    if not text or not (path or source.origin not in (Origin.REASON, Origin.REFERENCE)):
        return None
    return Belonging(kind, text[:1].upper() + text[1:], path)


def _place(row: Brief, names: Names) -> tuple[str, str]:
    """The kind of thing that an original belongs to, and its page."""
    visit = visit_of(row.subject)
    if visit is not None:
        return "visit", f"/console/visits/vis_{visit:x}"
    purchase = purchase_of(row.subject)
    if purchase is not None:
        return "purchase", f"/console/purchases/pur_{purchase:x}"
    kind, _, text = (row.subject or "").partition(":")
    number = int(text) if text.isascii() and text.isdigit() else None
    if kind == "event" and number in names.events:
        kind, number = "order", names.events[number].order
    return ("order", f"/console/orders/ord_{number:x}") if kind == "order" and number else ("", "")


def reasons_of(view: View, program: Mapping[str, Any]) -> list[str]:
    """Reasons to choose from: the program's own (`reasons` of its metadata), then common ones."""
    own = program["metadata"].get("reasons")
    listed = [each for each in own if isinstance(each, str)] if isinstance(own, list) else []
    common = (
        view.say("Till error"),
        view.say("Order cancelled"),
        view.say("Goods returned"),
        view.say("Goodwill"),
    )
    return list(dict.fromkeys((*listed[:20], *common)))
