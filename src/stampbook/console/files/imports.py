"""Imports: the list, and one of them with its report, its progress and what can be done."""

from typing import Any, Final

from stampbook.console.accounts.acting import is_said, said, status_of
from stampbook.console.api import Json, Problem
from stampbook.console.files.words import FORMATS, STATUSES, TONES, called, choices_of, short
from stampbook.console.programs.words import length
from stampbook.console.results import Flash, Goto, Nothing, Shown
from stampbook.console.values import instant_of
from stampbook.console.view import View
from stampbook.edge.answers import Streamed
from stampbook.speaking.speech import translatable

ROWS: Final = 50

SHOWN: Final = 20
"""Refused rows that the report shows; the file has all."""

SECOND: Final = 1_000_000
MINUTE_S: Final = 60

SAID: Final = frozenset({"invalid_transition", "file_removed", "file_elsewhere", "overloaded"})


async def imports(view: View) -> Shown:
    """The list, newest first, filtered by `status`."""
    status = view.query.text("status")
    page = await view.api.get(
        "/v1/imports",
        limit=ROWS,
        cursor=view.query.maybe("cursor"),
        status=status if status in STATUSES else None,
    )
    more = view.with_query(cursor=page["next_cursor"]) if page["next_cursor"] else None
    return view.show(
        "files/imports.html",
        rows=[_row(view, each) for each in page["data"]],
        statuses=choices_of(view, STATUSES, STATUSES),
        asked=status,
        more=more,
    )


def _row(view: View, run: Json) -> dict[str, Any]:
    return {
        "run": run,
        "kind": short(view, run["kind"]),
        "status": called(view, STATUSES, run["status"]),
        "tone": TONES.get(run["status"], ""),
    }


async def one(view: View) -> Shown:
    """The page. Raises Problem where there is no such import."""
    return await _page(view, await _found(view), None)


async def live(view: View) -> Shown | Nothing:
    """The part of the page that changes, if it has changed since it was shown."""
    run = await _found(view)
    if _state(run) == view.query.text("since"):
        return Nothing()
    return view.show("files/import_part.html", **await _values(view, run))


async def _found(view: View) -> Json:
    return await view.api.get(f"/v1/imports/{view.path['imp']}")


async def _page(view: View, run: Json, problem: Problem | None) -> Shown:
    return view.show(
        "files/import.html",
        status_of(problem),
        problem=problem,
        refusal=None if problem is None else await said(view, problem),
        **await _values(view, run),
    )


def _state(run: Json) -> str:
    """What the page shows, in a word."""
    return f"{run['status']}-{run['position']}"


async def _values(view: View, run: Json) -> dict[str, Any]:
    program = await view.api.get(f"/v1/programs/{run['program_id']}")
    view.in_zone(program)
    percent = 100 * run["position"] // max(run["bytes"], 1)
    rate, left_s = _pace(view, run)
    return {
        **_row(view, run),
        "path": f"/console/imports/{run['id']}",
        "program": program,
        "format": called(view, FORMATS, run["format"]),
        "totals": [{"code": code, "amount": each} for code, each in run["totals"].items()],
        "shown": run["errors"][:SHOWN],
        "percent": percent,
        "rate": rate,
        "left": None if left_s is None else _time(view, left_s),
        "live": {"since": _state(run), "rows": run["rows"], "read": run["position"],
                 "at": view.now},
        "can_start": run["dry_run"] and run["status"] == "done" and run["file_expires_at"],
        "can_resume": run["status"] == "stopped" and run["file_expires_at"],
    }  # fmt: skip


def _pace(view: View, run: Json) -> tuple[int, int | None]:
    """Rows a second, and the seconds that are left: as since the page was last shown, or since
    the beginning."""
    query = view.query
    rows, read, at = (query.text(name) for name in ("rows", "read", "at"))
    before = (0, 0, instant_of(run["started_at"]))
    if all(each.isascii() and each.isdigit() and len(each) < 18 for each in (rows, read, at)):
        before = (int(rows), int(read), int(at))
    seconds = max((view.now - before[2]) / SECOND, 0.001)
    done, bytes_done = run["rows"] - before[0], run["position"] - before[1]
    if done <= 0 or bytes_done <= 0:
        return 0, None
    left = (run["bytes"] - run["position"]) * seconds / bytes_done
    return int(done / seconds), int(left) + 1


def _time(view: View, seconds: int) -> str:
    if seconds < MINUTE_S:
        return length(view.speech, seconds, "second")
    return length(view.speech, -(-seconds // MINUTE_S), "minute")


async def refused(view: View) -> Streamed:
    """All refused rows, as a file."""
    return await view.api.stream(f"/v1/imports/{view.path['imp']}/refused")


DONE: Final = {
    "start": translatable("The import has begun."),
    "stop": translatable("Stopped. What was written stays."),
    "resume": translatable("The import goes on."),
}


async def start(view: View) -> Shown | Goto:
    """Import the file of a dry run."""
    return await _act(view, "start")


async def stop(view: View) -> Shown | Goto:
    """Stop; what is written stays."""
    return await _act(view, "stop")


async def resume(view: View) -> Shown | Goto:
    """Go on."""
    return await _act(view, "resume")


async def _act(view: View, act: str) -> Shown | Goto:
    try:
        reply = await view.api.post(f"/v1/imports/{view.path['imp']}/{act}", key=view.key)
    except Problem as problem:
        if not is_said(problem) and problem.code not in SAID:
            raise
        return await _page(view, await _found(view), problem)
    return view.go(f"/console/imports/{reply.value['id']}", Flash(view.say(DONE[act])))
