"""The rule editor: what a rule says and would give, from the first draft on."""

from typing import Any, Final

from stampbook.console.accounts.acting import said
from stampbook.console.api import Json, Problem
from stampbook.console.faults import Forbidden
from stampbook.console.forms import Form
from stampbook.console.loyalty import sheet as sheets
from stampbook.console.loyalty import trying
from stampbook.console.loyalty.options import options_of
from stampbook.console.loyalty.places import Misplaced, Mistyped, mistyped, place, placed
from stampbook.console.loyalty.said import earnings_said, limits_said, trigger_said
from stampbook.console.loyalty.sheet import Sheet
from stampbook.console.loyalty.shelf import Shelf, manages, programs_of, shelf_of
from stampbook.console.loyalty.words import STATUSES, TONES
from stampbook.console.results import Flash, Goto, Shown
from stampbook.console.view import View

LAST: Final = 10
"""Versions and awards on the page of a rule."""

OF_TRIALS: Final = ("try", "add-line", "remove-line")
"""What may be pressed by those who may only look."""


async def new(view: View) -> Shown | Goto:
    """A rule that is not saved yet, of the program of the address or the first."""
    programs, program = await programs_of(view)
    if program is None:
        return view.show("loyalty/no_program.html")
    shelf = await shelf_of(view, program)
    editor = Editor(view, shelf, None, [(each["id"], each["name"]) for each in programs])
    if not editor.can_change:
        raise Forbidden
    return await editor.answer(sheets.blank(shelf))


async def rule(view: View) -> Shown | Goto:
    """A rule as it is. Everybody may try it; its fields are for those who may change it."""
    editor = await opened(view)
    assert editor.rule is not None
    return await editor.answer(editor.drawn)


async def opened(view: View) -> "Editor":
    """The editor of the rule of the address. Raises Problem."""
    found = await view.api.get(f"/v1/rules/{view.path['rul']}")
    program = found["program_id"]
    if program is None:  # a rule of the whole tenant is shown as one of the programs reads it
        _, program = await programs_of(view)
    return Editor(view, await shelf_of(view, program), found, [])


class Editor:
    """One rule at the desk of one person; `rule` is None for one that is not saved yet."""

    def __init__(
        self, view: View, shelf: Shelf, rule: Json | None, programs: list[tuple[str, str]]
    ) -> None:
        self.view = view
        self.shelf = shelf
        self.rule = rule
        self.programs = programs
        self.evaluation: dict[str, Any] | None = None
        self.problem: Misplaced | None = None
        self.focus = ""

    @property
    def path(self) -> str:
        return "/console/rules/new" if self.rule is None else f"/console/rules/{self.rule['id']}"

    @property
    def can_change(self) -> bool:
        """Whether the person may change the rule here."""
        rule = self.rule
        is_here = rule is None or (rule["program_id"] is not None and rule["status"] != "deleted")
        return is_here and manages(self.view, self.shelf.id)

    @property
    def drawn(self) -> Sheet:
        """The fields of the rule as it is saved."""
        assert self.rule is not None
        return sheets.drawn(self.rule, self.shelf, self.view.speech.zone)

    def focused(self, name: str) -> dict[str, bool]:
        """The attribute of the field to go on with, if it is that one. A browser that has a page
        open already has something in focus: there a script sets it."""
        by = "data-focus" if b"hx-request" in self.view.request.headers else "autofocus"
        return {by: True} if name == self.focus else {}

    async def answer(self, sheet: Sheet) -> Shown | Goto:
        """The page, or what comes of the button that was pressed on it."""
        view = self.view
        if not view.posts:
            return await self.shown(sheet, await trying.suggested(view, self.shelf))
        pressed = view.form.text("do", "save")
        if self.can_change:
            sheet = sheets.typed(view.form)
        elif not pressed.startswith(OF_TRIALS):
            raise Forbidden
        trial = trying.typed(view.form)
        try:
            if pressed == "save":
                return await self._saved(sheet)
            if pressed == "try":
                body = self._body(sheet)
                self.evaluation = await trying.evaluated(view, self.shelf, trial, body, self.rule)
                self.focus = "evaluation"
            else:
                self.focus = pressed_on(sheet, trial, pressed, self.shelf)
        except Mistyped as error:
            self.problem = mistyped(error)
        except Problem as refused:
            self.problem = placed(refused, trying.field_of if pressed == "try" else sheets.field_of)
        return await self.shown(sheet, trial)

    def _body(self, sheet: Sheet) -> Json:
        return sheets.body_of(sheet, self.view.speech.zone, self.rule, self.view.say)

    async def _saved(self, sheet: Sheet) -> Goto:
        """Raises Problem, Mistyped."""
        view, body = self.view, self._body(sheet)
        if self.rule is None:
            path = f"/v1/programs/{self.shelf.id}/rules"
            made = await view.api.post(path, body, key=view.key)
            text = view.say("Saved as a draft. It counts once it is active.")
            return view.go(f"/console/rules/{made.value['id']}", Flash(text))
        # What was not touched is not sent: it stays exactly as it is.
        before = self._body(self.drawn)
        changed = {name: value for name, value in body.items() if before.get(name) != value}
        if changed:
            await view.api.write("PATCH", f"/v1/rules/{self.rule['id']}", changed, key=view.key)
        return view.go(self.path, Flash(view.say("Saved.")))

    async def shown(self, sheet: Sheet, trial: trying.Trial) -> Shown:
        """The page with these fields."""
        view, rule, problem = self.view, self.rule, self.problem
        told: dict[str, Any] = {"awards": [], "versions": []}
        if rule is not None:
            told = await _told(view, rule, self.shelf)
        sentence = None
        if problem is not None:
            is_placed = problem.code == "invalid_request" and problem.faults
            unclear = view.say("Something in the form is not as it must be.")
            sentence = unclear if is_placed else await said(view, problem)
        return view.show(
            "loyalty/rule.html",
            200 if problem is None else problem.status,
            editor=self,
            rule=rule,
            shelf=self.shelf,
            sheet=sheet,
            trial=trial,
            choices=options_of(view, self.shelf, sheet),
            problem=problem,
            sentence=sentence,
            place=place,
            form=Form({}),
            told=told,
        )


async def _told(view: View, rule: Json, shelf: Shelf) -> dict[str, Any]:
    """The rule in sentences, its last versions and awards."""
    path = f"/v1/rules/{rule['id']}"
    versions = await view.api.get(f"{path}/versions", limit=LAST)
    awards = await view.api.get(f"{path}/awards", limit=LAST)
    return {
        "status": view.say(STATUSES[rule["status"]]),
        "tone": TONES[rule["status"]],
        "trigger": trigger_said(view, rule),
        "earnings": earnings_said(view, rule, shelf),
        "limits": limits_said(view, rule, shelf),
        "versions": [
            {"version": each, "earnings": earnings_said(view, each, shelf)}
            for each in versions["data"]
        ],
        "awards": awards["data"],
    }


def pressed_on(sheet: Sheet, trial: trying.Trial, pressed: str, shelf: Shelf) -> str:
    """Add or take away an entry, as the button says; the field to go on with."""
    verb, _, rest = pressed.partition("-")
    kind, *numbers = rest.split("-")
    at = [int(each) - 1 for each in numbers if each.isascii() and each.isdigit()]
    try:
        entries, fresh, first = _entries(sheet, trial, kind, at, shelf)
        if verb == "add":
            entries.append(fresh)
            return place(first, *at[: 1 if kind == "effect" else 0], len(entries) - 1)
        if verb == "remove":
            del entries[at[-1]]
    except IndexError:
        pass  # the page was another one
    return ""


def _entries(
    sheet: Sheet, trial: trying.Trial, kind: str, at: list[int], shelf: Shelf
) -> tuple[list[Any], Any, str]:
    """The list that is meant, a new entry of it, and the first field of an entry."""
    match kind:
        case "earning":
            return sheet["earnings"], sheets.new_earning(shelf), "earning_name"
        case "effect":
            effects: list[Any] = sheet["earnings"][at[0]]["effects"]
            return effects, sheets.new_effect(shelf), "type"
        case "hours":
            return sheet["hours"], sheets.new_hours(), "from"
        case _:
            return trial["lines"], trying.new_line(), "line_item"
