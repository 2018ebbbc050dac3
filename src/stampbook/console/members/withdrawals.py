"""What a card paid for a visit is given back: the preview, and the act."""

from collections.abc import Sequence

from stampbook.console.accounts.acting import (
    head_of,
    is_said,
    reasons_of,
    said,
    sent_for,
    status_of,
    unit_word,
    without_reason,
)
from stampbook.console.accounts.previewing import (
    STALE,
    Ask,
    Link,
    added,
    expected_of,
    preview_of,
    shown,
)
from stampbook.console.api import Json, Problem
from stampbook.console.members.visits import Opened, find_cards, opened
from stampbook.console.paths import cancel_path
from stampbook.console.results import Flash, Result
from stampbook.console.view import View
from stampbook.console.watch.shaping import waiting


async def cancel_withdrawal(view: View) -> Result:
    """Give back all that an account has paid for a visit."""
    found, account = await opened(view, view.path["vis"]), view.path["acc"]
    await find_cards(view, found, {account})
    problem = None
    if view.posts and not view.form.is_on("follow"):
        try:
            if not view.form.text("reason"):
                raise without_reason(view)
            return await _do(view, found, account)
        except Problem as refused:
            problem = refused
    return await _preview(view, found, account, problem)


async def _write(
    view: View, found: Opened, account: str, *, expected: dict[str, int] | None = None
) -> Json:
    """The act; without `expected` only its dry run. Raises Problem."""
    reply = await view.api.write(
        "DELETE",
        f"/v1/visits/{found.id}/withdrawals/{account}",
        key=None if expected is None else view.key,
        dry_run=expected is None,
        expected=expected,
        query=None if expected is None else {"reason": view.form.text("reason")},
    )
    return reply.value


async def _do(view: View, found: Opened, account: str) -> Result:
    done = await _write(view, found, account, expected=expected_of(view))
    if "approval" in done:
        return view.go(found.path, sent_for(view, done["approval"]))
    rows = done["transactions"]
    if not rows:
        return view.go(found.path, Flash(view.say("Nothing was to be given back.")))
    total = added(*(row["amount"] for row in rows))
    amount = f"{view.speech.amount(total)} {unit_word(found.cards[account].unit)}"
    text = view.speech.ngettext(
        "Cancelled. %(amount)s is back.",
        "Cancelled. %(amount)s are back.",
        total,
        amount=amount,
    )
    return view.go(found.path, Flash(text, undo=cancel_path([row["id"] for row in rows])))


async def _preview(view: View, found: Opened, account: str, problem: Problem | None) -> Result:
    """What would happen now, with what was refused. Raises Problem if that has its own page."""
    if problem is not None and not is_said(problem):
        raise problem
    status = status_of(problem)
    dry: Json = {"transactions": []}
    try:
        dry = await _write(view, found, account)
    except Problem as refused:
        if not is_said(refused):
            raise
        problem = problem or refused
    rows = dry["transactions"]
    card = found.cards[account]
    stale = problem is not None and problem.code == STALE
    ask = Ask(
        title=view.say("Give back what the card paid"),
        head="" if problem and not rows else await _head(view, found, rows, card.unit),
        action=f"{found.path}/withdrawals/{account}/cancel",
        confirm=view.say("Give it back"),
        back=found.path,
        also=[Link(view.say("Visit %(number)s", number=found.number), found.path)],
        reasons=reasons_of(view, found.program),
        stale=stale,
        problem=None if stale else problem,
        refusal="" if problem is None or stale else await said(view, problem),
        done=not rows,
        danger=True,
        needs_approval=bool(dry.get("approval_required")),
        waiting=await waiting(view, found.id),
    )
    return shown(view, await preview_of(view, rows, ask), status)


async def _head(view: View, found: Opened, rows: Sequence[Json], unit: str) -> str:
    """What would happen, and how much of each line it is."""
    if not rows:
        return view.say("The card pays nothing of this visit: there is nothing to give back.")
    text = await head_of(view, rows, unit)
    titles = {line["id"]: line["title"] for line in found.visit["lines"]}
    paid_by = {each["transaction_id"]: each["line_id"] for each in found.visit["withdrawals"]}
    parts = [
        view.say("%(amount)s of %(line)s", amount=view.speech.amount(row["amount"]), line=title)
        for row in rows
        if (title := titles.get(paid_by.get(row["cancels"]), ""))
    ]
    return f"{text} {', '.join(parts)}." if len(parts) > 1 else text
