"""Previews of acts upon transactions, and the acts: cancel, commit, release, activate, expire.

A GET shows what would happen, from a dry run; a POST does it, if nothing has happened since.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from stampbook.console.accounts.account import Opened, opened
from stampbook.console.accounts.acting import (
    BEYOND,
    Answered,
    Belonging,
    answered,
    head_of,
    is_said,
    owners_of,
    reasons_of,
    sent_for,
    status_of,
    typed_amount,
    unit_word,
    without_reason,
)
from stampbook.console.accounts.offering import STAYS, refund_path, why_not
from stampbook.console.accounts.previewing import (
    STALE,
    Amount,
    Ask,
    Link,
    added,
    expected_of,
    is_one,
    negated,
    original_of,
    preview_of,
    shown,
    smallest,
)
from stampbook.console.api import Json, Problem
from stampbook.console.faults import NotFound
from stampbook.console.forms import next_path
from stampbook.console.paths import cancel_path
from stampbook.console.results import Flash, Result
from stampbook.console.view import View
from stampbook.console.watch.shaping import waiting
from stampbook.speaking.speech import translatable

MOST: Final = 50
"""How many transactions are cancelled together."""


class Act(NamedTuple):
    """An act upon transactions; `parts`: it may be of a part of the amount."""

    word: str
    title: str
    confirm: str
    parts: bool = False
    danger: bool = False


CANCEL: Final = Act("cancel", translatable("Cancel"), translatable("Cancel it"), parts=True)
UNDO: Final = Act("cancel", translatable("Undo the cancel"), translatable("Undo it"), parts=True)
COMMIT: Final = Act("commit", translatable("Confirm"), translatable("Confirm it"), parts=True)
RELEASE: Final = Act("release", translatable("Release"), translatable("Release it"))
ACTIVATE: Final = Act(
    "activate", translatable("Make usable now"), translatable("Make it usable now")
)
EXPIRE: Final = Act("expire", translatable("Let expire now"), translatable("Let it expire"))


class Target(NamedTuple):
    """The transactions that are acted upon, the account of the first, and the act."""

    names: Sequence[str]
    rows: Sequence[Json]
    found: Opened
    act: Act
    original: Json

    @property
    def takes(self) -> bool:
        """Whether the original takes points from the balance."""
        kind = self.original["type"]
        if kind == "adjust":
            return bool(self.original["effect"].startswith("-"))
        return kind in ("redeem", "hold", "transfer_out")

    @property
    def path(self) -> str:
        """The address of the preview."""
        first, *others = self.names
        also = f"?also={','.join(others)}" if others else ""
        return f"/console/transactions/{first}/{self.act.word}{also}"

    @property
    def is_undo(self) -> bool:
        return self.act is UNDO


async def cancel(view: View) -> Result:
    """Cancel a transaction, or several that belong together (`also`): all or none."""
    return await _page(view, CANCEL)


async def commit(view: View) -> Result:
    """Make a temporary transaction final."""
    return await _page(view, COMMIT)


async def release(view: View) -> Result:
    """Roll a temporary transaction back."""
    return await _page(view, RELEASE)


async def activate(view: View) -> Result:
    """Make pending points usable now."""
    return await _page(view, ACTIVATE)


async def expire(view: View) -> Result:
    """Let usable points expire now."""
    return await _page(view, EXPIRE)


async def _page(view: View, act: Act) -> Result:
    target = await _target(view, act)
    owner = (await owners_of(view, target.names[:1])).get(target.names[0])
    if act is CANCEL and (refund := refund_path(target.rows[0], owner)):
        return view.go(refund)  # what was bought goes back with the points that paid for it
    problem = None
    if view.posts and not view.form.is_on("follow"):
        if act is CANCEL and not view.form.text("reason"):
            problem = without_reason(view)
        else:
            try:
                return await _do(view, target)
            except Problem as found:
                problem = found
    return await _preview(view, target, problem)


async def _target(view: View, act: Act) -> Target:
    """Raises NotFound, Problem."""
    also = view.query.text("also") or view.form.text("also")
    others = [each for each in also.split(",") if each] if act is CANCEL else []
    names = list(dict.fromkeys([view.path["txn"], *others]))
    if len(names) > MOST or not all(each.startswith("txn_") for each in names):
        raise NotFound
    rows = [await view.api.get(f"/v1/transactions/{name}") for name in names]
    found = await opened(view, rows[0]["account_id"])
    original, cancels = await original_of(view, rows[0])
    if act is CANCEL and cancels % 2:
        act = UNDO
    return Target([row["id"] for row in rows], rows, found, act, original)


# -- doing it -----------------------------------------------------------------------------------


async def _do(view: View, target: Target) -> Result:
    """Raises Problem: refused, or something has happened since the preview."""
    done = await _write(view, target, typed_amount(view), expected=expected_of(view))
    account = f"/console/accounts/{target.found.id}"
    back = next_path(view.form.text("back")) if view.form.text("back") else account
    if done.approval is not None:
        return view.go(back, sent_for(view, done.approval))
    return view.go(back, Flash(_done_text(view, target, done.rows), undo=_undo(target, done.rows)))


async def _write(
    view: View,
    target: Target,
    amount: str | None,
    *,
    dry_run: bool = False,
    expected: dict[str, int] | None = None,
) -> Answered:
    """One write of the native API, or an atomic bulk of several. Raises Problem."""
    key = None if dry_run else view.key
    body: Json = {} if amount is None else {"amount": amount}
    reason = view.form.maybe("reason")
    if reason and not dry_run:
        body["reason"] = reason
    if len(target.names) == 1:
        path = f"/v1/transactions/{target.names[0]}/{target.act.word}"
        return answered(
            await view.api.post(path, body, key=key, dry_run=dry_run, expected=expected)
        )
    body.pop("amount", None)
    operations = [{"op": target.act.word, "transaction_id": each, **body} for each in target.names]
    bulk = {"atomic": True, "operations": operations}
    return answered(
        await view.api.post("/v1/bulk", bulk, key=key, dry_run=dry_run, expected=expected)
    )


def _undo(target: Target, rows: Sequence[Json]) -> str | None:
    """Where what was done can be undone."""
    if target.act.word == "cancel":
        return cancel_path([row["id"] for row in rows])
    return cancel_path(target.names) if target.act is COMMIT else None


def _done_text(view: View, target: Target, rows: Sequence[Json]) -> str:
    """What has happened, for the next page."""
    total = added(*(row["amount"] for row in rows if row["account_id"] == target.found.id))
    one, many = DONE[target.act.title, target.takes]
    amount = f"{view.speech.amount(total)} {unit_word(target.found.unit)}"
    return view.say(one if is_one(total) else many, amount=amount)


DONE: Final[dict[tuple[str, bool], tuple[str, str]]] = {
    (CANCEL.title, True): (
        translatable("Cancelled. %(amount)s is back."),
        translatable("Cancelled. %(amount)s are back."),
    ),
    (CANCEL.title, False): (
        translatable("Cancelled. %(amount)s is taken back."),
        translatable("Cancelled. %(amount)s are taken back."),
    ),
    (UNDO.title, True): (
        translatable("The cancel is undone. %(amount)s is used again."),
        translatable("The cancel is undone. %(amount)s are used again."),
    ),
    (UNDO.title, False): (
        translatable("The cancel is undone. %(amount)s is given again."),
        translatable("The cancel is undone. %(amount)s are given again."),
    ),
    (COMMIT.title, True): (
        translatable("Confirmed. %(amount)s is used."),
        translatable("Confirmed. %(amount)s are used."),
    ),
    (COMMIT.title, False): (
        translatable("Confirmed. %(amount)s is given."),
        translatable("Confirmed. %(amount)s are given."),
    ),
    (RELEASE.title, True): (
        translatable("Released. %(amount)s is available again."),
        translatable("Released. %(amount)s are available again."),
    ),
    (RELEASE.title, False): (
        translatable("Released. %(amount)s is taken back."),
        translatable("Released. %(amount)s are taken back."),
    ),
    (ACTIVATE.title, False): (
        translatable("Done. %(amount)s is available now."),
        translatable("Done. %(amount)s are available now."),
    ),
    (EXPIRE.title, False): (
        translatable("Done. %(amount)s has expired."),
        translatable("Done. %(amount)s have expired."),
    ),
}
"""What an act has done, by whether its original takes points: of one, of several."""


# -- showing it ---------------------------------------------------------------------------------


async def _preview(view: View, target: Target, problem: Problem | None) -> Result:
    """What would happen now, with what was refused. Raises Problem if that has its own page."""
    if problem is not None and not is_said(problem):
        raise problem
    status = status_of(problem)
    typed = typed_amount(view) if len(target.names) == 1 else None
    rows: Sequence[Json] = ()
    needs_approval, most = False, ""
    try:
        whole = await _write(view, target, None, dry_run=True)
        rows, needs_approval = whole.rows, whole.needs_approval
        if rows:
            most = rows[0]["amount"]
        else:
            problem = problem or _already(whole.earlier[0])
    except Problem as found:
        if not is_said(found):
            raise
        if found.code in BEYOND:  # of less of it, the person may be able
            most = _left(target)
        if not most or typed is None:
            problem = problem or found
    if most and typed is not None and typed != most:
        rows = ()
        try:
            part = await _write(view, target, typed, dry_run=True)
            rows, needs_approval = part.rows, part.needs_approval
        except Problem as found:
            if not is_said(found):
                raise
            problem = problem or found
    stale = problem is not None and problem.code == STALE
    owners = await owners_of(view, target.names)
    ask = Ask(
        title=view.say(target.act.title),
        head=await head_of(view, rows, target.found.unit),
        action=target.path,
        confirm=view.say(target.act.confirm),
        back=next_path(view.form.text("back")) if "back" in view.form else _back(target),
        policy=_policy(view, target),
        also=[
            Link(each.text, each.path, view.say(STAYS[each.kind]) if _stays(target, each) else "")
            for each in dict.fromkeys(owners.values())
        ],
        amount=_amount(view, target, most, rows),
        reasons=reasons_of(view, target.found.program),
        reason=view.say("Cancelled by mistake") if target.is_undo else "",
        needs_reason=target.act.word == "cancel",
        stale=stale,
        problem=None if stale else problem,
        refusal=""
        if problem is None or stale
        else await why_not(view, target.rows[0], owners.get(target.names[0]), problem),
        done=not most or (not rows and typed is None),
        danger=target.act is CANCEL or target.act is EXPIRE,
        needs_approval=needs_approval,
        look=_related(view, problem),
        waiting=await waiting(view, *target.names),
    )
    values = await preview_of(view, rows, ask)
    return shown(view, values, status)


def _stays(target: Target, owner: Belonging) -> bool:
    """Whether what the points belong to is not taken back with them."""
    return target.act is CANCEL and owner.kind in STAYS


def _back(target: Target) -> str:
    return f"/console/transactions/{target.names[0]}"


def _left(target: Target) -> str:
    """How much of the transaction is left."""
    row = target.rows[0]
    return added(row["amount"], negated(row["cancelled_amount"]))


def _already(row: Json) -> Problem:
    text = "the transaction was cancelled before"
    related = row["id"]
    return Problem(
        409, {"code": "already_cancelled", "detail": text, "related_transaction_id": related}
    )


def _related(view: View, problem: Problem | None) -> Link | None:
    """The transaction that is in the way."""
    named = None if problem is None else problem.said.get("related_transaction_id")
    return Link(view.say("Look at it"), f"/console/transactions/{named}") if named else None


def _amount(view: View, target: Target, most: str, rows: Sequence[Json]) -> Amount | None:
    if not target.act.parts or len(target.names) > 1 or not most:
        return None
    typed = view.form.text("amount") or view.query.text("amount")
    value = view.speech.amount(rows[0]["amount"]) if rows else typed
    return Amount(typed or value, most, smallest(target.found.currency["scale"]))


def _policy(view: View, target: Target) -> str:
    """The currency's rule that decides what a cancel does."""
    if target.act is not CANCEL:
        return ""
    if not target.takes:
        return view.say(SPENT_ACCRUAL[target.found.currency["spent_accrual"]])
    return view.say(EXPIRED_RESTORE[target.found.currency["expired_restore"]])


SPENT_ACCRUAL: Final = {
    "debt": translatable(
        "The rule of this currency: points that were given, used and are now cancelled are paid by"
        " other points; what is lacking becomes a debt."
    ),
    "clamp": translatable(
        "The rule of this currency: only what is left of the points is taken; what was used stays"
        " used."
    ),
    "refuse": translatable("The rule of this currency: points that were used are not cancelled."),
}

EXPIRED_RESTORE: Final = {
    "expire": translatable(
        "The rule of this currency: points go back with the dates that they had; those whose date"
        " has passed expire at once."
    ),
    "grace": translatable(
        "The rule of this currency: points go back with the dates that they had; those whose date"
        " has passed live a little longer."
    ),
}
