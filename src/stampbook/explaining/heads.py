"""What an act would do, in words: the head of its preview, made of the answer to a dry run.

Such an answer is a transaction as the native API gives it: `type`, `amount`, `allocations` and so
on, as plain JSON values.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from stampbook.domain.model import DEBITS, Kind, split_number
from stampbook.domain.policy import to_instant
from stampbook.explaining.knowing import named_by
from stampbook.explaining.sources import Origin, came_from, meant_for, thing, title
from stampbook.explaining.voice import Voice
from stampbook.ledger.engine import Ledger
from stampbook.ledger.journal.briefs import Brief, briefs
from stampbook.speaking.speech import Speech, translatable

_USED: Final = ("spent", "held")


class Head(NamedTuple):
    """`question` asks for the act and says what it does; `notes` are what else there is to know:
    debts, what cannot be taken, what expires at once."""

    question: str
    notes: Sequence[str]

    @property
    def text(self) -> str:
        return " ".join((self.question, *self.notes))


class Moved(NamedTuple):
    """An amount that would move between two states, by their words; `lot` is None for debts."""

    lot: int | None
    amount: int
    source: str
    target: str
    expires_at: int | None


class Plan(NamedTuple):
    """A row that would be written: amounts in smallest units, `target` the number of the
    transaction that it acts upon."""

    kind: str
    amount: int
    effect: int
    shortfall: int
    account: int
    target: int | None
    deadline_at: int | None
    is_temporary: bool
    moves: Sequence[Moved]

    def total(self, sources: Collection[str], targets: Collection[str]) -> int:
        return sum(
            each.amount for each in self.moves if each.source in sources and each.target in targets
        )


async def head(
    ledger: Ledger,
    answer: Mapping[str, Any],
    *,
    tenant: int,
    speech: Speech,
    unit: str | None = None,
    now: int,
) -> Head:
    """The head of a preview. `answer` is a transaction of the tenant's, as a dry run gave it;
    `unit` is the currency's name, said after the first amount."""
    account = _number(answer["account_id"])
    owner = await ledger.denominations.of(account)
    assert owner is not None, "a dry run is answered for an account that exists"
    plan = plan_of(answer, owner.scale)
    known: dict[int, Brief] = {}
    if plan.target is not None:
        seq = split_number(plan.target)[1]
        known = await briefs(ledger.store, account, [seq])
        known |= await briefs(ledger.store, account, {row.root for row in known.values()})
    names = await named_by(ledger.store, known.values(), tenant=tenant)
    voice = Voice(speech, owner.scale, now, names)
    target = known.get(split_number(plan.target)[1]) if plan.target is not None else None
    root = known.get(target.root) if target is not None else None
    return words(plan, target, root, voice, unit)


def plan_of(answer: Mapping[str, Any], scale: int) -> Plan:
    """The answer to a dry run as values. One that names only some of what would move has no
    moves: sums of them would be wrong."""

    def units(text: str) -> int:
        return int(Decimal(text).scaleb(scale))

    links = ("cancels", "commits", "releases", "activates", "expires")
    target = next((answer[link] for link in links if answer.get(link)), None)
    return Plan(
        kind=answer["type"],
        amount=units(answer["amount"]),
        effect=units(answer["effect"]),
        shortfall=units(answer["shortfall"]),
        account=_number(answer["account_id"]),
        target=None if target is None else _number(target),
        deadline_at=_instant(answer.get("deadline_at")),
        is_temporary=answer["status"] == "temporary",
        moves=[
            Moved(
                None if each["lot_id"] is None else _number(each["lot_id"]),
                units(each["amount"]),
                each["from"],
                each["to"],
                _instant(each["expires_at"]),
            )
            for each in ([] if answer.get("allocations_truncated") else answer["allocations"])
        ],
    )


def words(
    plan: Plan, target: Brief | None, root: Brief | None, voice: Voice, unit: str | None
) -> Head:
    """The head of a plan, given the row that it acts upon and that row's original."""
    amount = with_unit(voice.amount(plan.amount), unit)
    if plan.kind == "cancel" and target is not None and root is not None:
        return _cancel(plan, target, root, voice, amount)
    if root is not None:
        return _upon(plan, root, voice, amount)
    return _new(plan, voice, amount)


def with_unit(amount: str, unit: str | None) -> str:
    """The amount with the currency's name: 100.50 stars."""
    if not unit:
        return amount
    plain = unit if any(letter.isupper() for letter in unit[1:]) else unit[:1].lower() + unit[1:]
    return f"{amount} {plain}"


# -- cancels ------------------------------------------------------------------------------------


def _cancel(plan: Plan, target: Brief, root: Brief, voice: Voice, amount: str) -> Head:
    takes = root.kind in DEBITS
    if target.link % 2 == 1:
        return _undo(plan, root, voice, amount, takes=takes)
    return _give_back(plan, root, voice, amount) if takes else _take_back(plan, root, voice, amount)


def _give_back(plan: Plan, root: Brief, voice: Voice, amount: str) -> Head:
    ngettext = voice.speech.ngettext
    question = ngettext(
        "Cancel %(what)s? %(amount)s goes back to where it came from.",
        "Cancel %(what)s? %(amount)s go back to where they came from.",
        voice.digits(plan.amount),
        what=_thing(root, voice),
        amount=amount,
    )
    return Head(question, _returned(plan, voice))


def _returned(plan: Plan, voice: Voice) -> list[str]:
    """What does not simply come back: what has expired, and what was cancelled meanwhile."""
    gettext = voice.speech.gettext
    notes: list[str] = []
    expired: dict[int | None, int] = {}
    for move in plan.moves:
        if move.source == "available" and move.target == "expired":
            expired[move.expires_at] = expired.get(move.expires_at, 0) + move.amount
    for at, amount in expired.items():
        written = voice.amount(amount)
        if at is None:
            notes.append(
                gettext("%(amount)s of it expired: they return and expire at once.", amount=written)
            )
        else:
            notes.append(
                gettext(
                    "%(amount)s of it expired on %(day)s: they return and expire at once.",
                    amount=written,
                    day=voice.day(at),
                )
            )
    for move in plan.moves:
        if move.source == "outside" and move.target == "available" and move.expires_at is not None:
            notes.append(
                gettext(
                    "%(amount)s of it expired: they live on until %(moment)s.",
                    amount=voice.amount(move.amount),
                    moment=voice.moment(move.expires_at),
                )
            )
    revoked = plan.total(_USED, ("revoked",))
    if revoked:
        notes.append(
            gettext(
                "%(amount)s of it came from points that were cancelled meanwhile: they are gone.",
                amount=voice.amount(revoked),
            )
        )
    forgiven = plan.total(("owed",), ("outside",)) - plan.total(("outside",), ("owed",))
    if forgiven > 0:
        notes.append(gettext("%(amount)s of it ends a debt.", amount=voice.amount(forgiven)))
    return notes


def _take_back(plan: Plan, root: Brief, voice: Voice, amount: str) -> Head:
    gettext = voice.speech.gettext
    amount, from_ = _points(plan, root, voice, amount)
    question = gettext("Cancel %(amount)s %(source)s?", amount=amount, source=from_)
    if plan.shortfall:
        taken = plan.total(("pending", "available"), ("revoked",)) or -plan.effect
        note = gettext(
            "%(taken)s can be taken; %(used)s were used and stay used (shortfall %(used)s).",
            taken=voice.amount(taken),
            used=voice.amount(plan.shortfall),
        )
        return Head(question, [note])
    if not plan.moves:
        return Head(question, [])
    used = plan.total(_USED, ("revoked",))
    expired = plan.amount - plan.total(("pending", "available", *_USED), ("revoked",))
    notes: list[str] = []
    if used:
        debt = plan.total(("outside",), ("owed",)) - plan.total(("owed",), ("outside",))
        notes.append(_re_sourced(used, max(0, debt), voice))
    if expired > 0:
        notes.append(
            gettext("%(amount)s of it expired and stay expired.", amount=voice.amount(expired))
        )
    return Head(question, notes)


def _re_sourced(used: int, debt: int, voice: Voice) -> str:
    gettext, written = voice.speech.gettext, voice.amount(used)
    if not debt:
        return gettext("%(used)s were already used: other points pay.", used=written)
    if debt == used:
        return gettext("%(used)s were already used: they become a debt.", used=written)
    return gettext(
        "%(used)s were already used: other points pay, %(debt)s become a debt.",
        used=written,
        debt=voice.amount(debt),
    )


def _undo(plan: Plan, root: Brief, voice: Voice, amount: str, *, takes: bool) -> Head:
    gettext, speech = voice.speech.gettext, voice.speech
    if takes:
        name = title(voice.source(root), speech) or _capital(_thing(root, voice))
        question = gettext(
            "Undo the cancel? %(title)s takes %(amount)s again.", title=name, amount=amount
        )
        return Head(question, _of_debt(plan, voice))
    amount, from_ = _points(plan, root, voice, amount)
    question = gettext(
        "Undo the cancel? %(amount)s %(source)s are given again.", amount=amount, source=from_
    )
    expired = plan.total(("revoked",), ("expired",))
    if expired:
        note = gettext("%(amount)s of it expired meanwhile.", amount=voice.amount(expired))
        return Head(question, [note])
    return Head(question, [])


def _of_debt(plan: Plan, voice: Voice) -> list[str]:
    debt = plan.total(("outside",), ("owed",)) - plan.total(("owed",), ("outside",))
    if debt <= 0:
        return []
    return [voice.speech.gettext("%(amount)s of it become a debt.", amount=voice.amount(debt))]


# -- what acts upon what waits ------------------------------------------------------------------


def _upon(plan: Plan, root: Brief, voice: Voice, amount: str) -> Head:
    gettext = voice.speech.gettext
    is_hold = root.kind is Kind.HOLD
    if is_hold:
        for_ = meant_for(voice.source(root), voice.speech)
        phrase = for_ or gettext("from %(day)s", day=_day(root, voice))
    else:
        amount, phrase = _points(plan, root, voice, amount)
    question = gettext(_UPON[plan.kind, is_hold], amount=amount, source=phrase)
    notes: list[str] = []
    if plan.kind == "commit" and is_hold:
        free = root.amount - plan.amount
        if free > 0:
            notes.append(gettext("%(amount)s are free again.", amount=voice.amount(free)))
    if plan.kind in ("commit", "release"):
        notes += _returned(plan, voice)
    at_once = plan.total(("available",), ("expired",)) if plan.kind == "activate" else 0
    if at_once:
        notes.append(gettext("%(amount)s of it expire at once.", amount=voice.amount(at_once)))
    return Head(question, notes)


_UPON: Final[Mapping[tuple[str, bool], str]] = {
    ("commit", True): translatable("Use %(amount)s of the hold %(source)s?"),
    ("commit", False): translatable("Confirm %(amount)s %(source)s?"),
    ("release", True): translatable("Release the hold %(source)s? %(amount)s are usable again."),
    ("release", False): translatable("Take back %(amount)s %(source)s? They are not confirmed."),
    ("activate", False): translatable("Make %(amount)s %(source)s usable now?"),
    ("expire", False): translatable("Let %(amount)s %(source)s expire now?"),
}
"""By what is done, and whether it is done to a hold."""


# -- what is new --------------------------------------------------------------------------------


def _new(plan: Plan, voice: Voice, amount: str) -> Head:
    gettext = voice.speech.gettext
    kind = plan.kind
    if kind == "adjust":
        kind = "take" if plan.effect < 0 else "give"
    question = gettext(_NEW[kind], amount=amount)
    if kind == "hold" and plan.deadline_at is not None:
        until = voice.moment(plan.deadline_at)
        question = gettext("Put %(amount)s on hold until %(moment)s?", amount=amount, moment=until)
    notes = _of_debt(plan, voice)
    paid = plan.total(("owed",), ("outside",))
    if kind in ("accrue", "give", "reinstate", "transfer_in") and paid:
        notes.append(gettext("%(amount)s of it pay a debt.", amount=voice.amount(paid)))
    return Head(question, notes)


_NEW: Final[Mapping[str, str]] = {
    "accrue": translatable("Give %(amount)s?"),
    "give": translatable("Give %(amount)s?"),
    "take": translatable("Take %(amount)s?"),
    "redeem": translatable("Take %(amount)s?"),
    "hold": translatable("Put %(amount)s on hold?"),
    "reinstate": translatable("Give %(amount)s back that had expired?"),
    "transfer_out": translatable("Transfer %(amount)s?"),
    "transfer_in": translatable("Transfer %(amount)s?"),
}


# -- common -------------------------------------------------------------------------------------


def _thing(row: Brief, voice: Voice) -> str:
    """What the row is, by the name of its source or by its day."""
    gettext = voice.speech.gettext
    name = thing(voice.source(row), voice.speech)
    if name:
        return name
    if row.kind is Kind.HOLD:
        return gettext("the hold of %(day)s", day=_day(row, voice))
    return gettext("the payment of %(day)s", day=_day(row, voice))


def _points(plan: Plan, accrual: Brief, voice: Voice, amount: str) -> tuple[str, str]:
    """The plan's amount of what the accrual gave, and where that came from."""
    source = voice.source(accrual)
    if source.origin is Origin.WELCOME:  # the phrase has a word for points of its own
        amount = voice.amount(plan.amount)
    from_ = came_from(source, voice.speech)
    return amount, from_ or voice.speech.gettext("from %(day)s", day=_day(accrual, voice))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _day(row: Brief, voice: Voice) -> str:
    return voice.day(row.effective_at)


def _number(text: str) -> int:
    """The number of an id of the native API."""
    return int(text.rpartition("_")[2], 16)


def _instant(text: str | None) -> int | None:
    return None if text is None else to_instant(datetime.fromisoformat(text))
