"""Groups of tiers: the list, and a group with its ladder and terms."""

from typing import Any, Final

from stampbook.console.accounts.acting import said
from stampbook.console.api import Json, Problem
from stampbook.console.faults import Forbidden
from stampbook.console.forms import Form
from stampbook.console.loyalty import ladder, words
from stampbook.console.loyalty.places import Misplaced, Mistyped, mistyped, place, placed
from stampbook.console.loyalty.said import span_said
from stampbook.console.loyalty.sheet import Sheet
from stampbook.console.loyalty.shelf import MOST, Shelf, manages, programs_of, shelf_of
from stampbook.console.results import Flash, Goto, Shown
from stampbook.console.view import View
from stampbook.console.words import UNITS, choices

ROWS: Final = 50


async def tiers(view: View) -> Shown:
    """The groups of the program that is chosen."""
    programs, program = await programs_of(view)
    listed: Json = {"data": [], "next_cursor": None}
    rows = []
    if program is not None:
        shelf = await shelf_of(view, program)
        path, cursor = f"/v1/programs/{program}/tier_groups", view.query.maybe("cursor")
        listed = await view.api.get(path, limit=ROWS, cursor=cursor)
        rows = [
            {
                "group": each,
                "unit": _unit(view, each, shelf),
                "counts": view.say(words.COUNTS[each["basis"]]),
                "status": view.say(words.STATUSES[each["status"]]),
                "tone": words.TONES[each["status"]],
            }
            for each in listed["data"]
        ]
    return view.show(
        "loyalty/tiers.html",
        programs=[(each["id"], each["name"]) for each in programs],
        program=program,
        can_change=program is not None and manages(view, program),
        rows=rows,
        more=view.with_query(cursor=listed["next_cursor"]) if listed["next_cursor"] else None,
    )


def _unit(view: View, group: Json, shelf: Shelf) -> str:
    """What a group counts: points of its currency, or money."""
    return view.say("money") if group["basis"] == "spend" else shelf.unit(group["currency_id"])


async def new(view: View) -> Shown | Goto:
    """A group that is not saved yet, of the program of the address or the first."""
    programs, program = await programs_of(view)
    if program is None:
        return view.show("loyalty/no_tiers.html")
    shelf = await shelf_of(view, program)
    page = GroupPage(view, shelf, None, [(each["id"], each["name"]) for each in programs])
    if not page.can_change:
        raise Forbidden
    if not view.posts:
        return await page.shown(ladder.blank(shelf))
    return await page.answer()


async def tier_group(view: View) -> Shown | Goto:
    """A group as it is; its fields are for those who may change it."""
    page = await opened(view)
    if not view.posts:
        return await page.shown(page.drawn)
    return await page.answer()


async def opened(view: View) -> "GroupPage":
    """The page of the group of the address. Raises Problem."""
    group = await view.api.get(f"/v1/tier_groups/{view.path['tgr']}")
    return GroupPage(view, await shelf_of(view, group["program_id"]), group, [])


class GroupPage:
    """One group for one person; `group` is None for one that is not saved yet."""

    def __init__(
        self, view: View, shelf: Shelf, group: Json | None, programs: list[tuple[str, str]]
    ) -> None:
        self.view = view
        self.shelf = shelf
        self.group = group
        self.programs = programs
        self.problem: Misplaced | None = None
        self.focus = ""

    @property
    def path(self) -> str:
        return "/console/tiers/new" if self.group is None else f"/console/tiers/{self.group['id']}"

    @property
    def can_change(self) -> bool:
        """Whether the person may change the group."""
        return manages(self.view, self.shelf.id)

    @property
    def is_draft(self) -> bool:
        """Whether everything can be changed, and not only the name and the metadata."""
        return self.group is None or bool(self.group["status"] == "draft")

    @property
    def drawn(self) -> Sheet:
        """The fields of the group as it is saved."""
        assert self.group is not None
        return ladder.drawn(self.group, self.shelf)

    def focused(self, name: str) -> dict[str, bool]:
        """The attribute of the field to go on with, if it is that one. A browser that has a page
        open already has something in focus: there a script sets it."""
        by = "data-focus" if b"hx-request" in self.view.request.headers else "autofocus"
        return {by: True} if name == self.focus else {}

    async def answer(self) -> Shown | Goto:
        """What comes of the button that was pressed."""
        view = self.view
        sheet = ladder.typed(view.form)
        if not self.is_draft:
            sheet = {**self.drawn, "name": sheet["name"], "advanced": sheet["advanced"]}
        pressed = view.form.text("do", "save")
        try:
            if pressed == "save":
                return await self._saved(sheet)
            self.focus = ladder.entries(sheet, pressed)
        except Mistyped as error:
            self.problem = mistyped(error)
        except Problem as refused:
            self.problem = placed(refused, ladder.field_of)
        return await self.shown(sheet)

    async def _saved(self, sheet: Sheet) -> Goto:
        """Raises Problem, Mistyped."""
        view, body = self.view, ladder.body_of(sheet, self.view.say)
        if self.group is None:
            path = f"/v1/programs/{self.shelf.id}/tier_groups"
            made = await view.api.post(path, {**body, "status": "draft"}, key=view.key)
            text = view.say("Saved as a draft. Members have its tiers once it is active.")
            return view.go(f"/console/tiers/{made.value['id']}", Flash(text))
        # What was not touched is not sent: it stays exactly as it is.
        before = ladder.body_of(self.drawn, view.say)
        changed = {
            name: value
            for name, value in body.items()
            if before.get(name) != value and name != "currency_id"
        }
        if changed:
            await view.api.write(
                "PATCH", f"/v1/tier_groups/{self.group['id']}", changed, key=view.key
            )
        return view.go(self.path, Flash(view.say("Saved.")))

    async def shown(self, sheet: Sheet) -> Shown:
        """The page with these fields."""
        view, group, problem = self.view, self.group, self.problem
        sentence = None
        if problem is not None:
            is_placed = problem.code == "invalid_request" and problem.faults
            unclear = view.say("Something in the form is not as it must be.")
            sentence = unclear if is_placed else await said(view, problem)
        return view.show(
            "loyalty/tier_group.html",
            200 if problem is None else problem.status,
            page=self,
            group=group,
            shelf=self.shelf,
            sheet=sheet,
            choices=_options(view, self.shelf),
            told={} if group is None else _told(view, group, self.shelf),
            problem=problem,
            sentence=sentence,
            place=place,
            form=Form({}),
        )


def _options(view: View, shelf: Shelf) -> dict[str, Any]:
    units = {code: text for code, text in UNITS.items() if code != "hour"}
    return {
        "currencies": [(each["id"], each["name"]) for each in shelf.currencies.values()],
        "counts": choices(view, words.COUNTS),
        "pending": [("true", view.say("as soon as they are earned")),
                    ("false", view.say("when they become available"))],
        "units": choices(view, units),
        "anchors": choices(view, words.ANCHORS),
        "changes": choices(view, words.CHANGES),
        "retentions": choices(view, words.RETENTIONS),
        "activities": choices(view, words.ACTIVITIES),
        "downgrades": choices(view, words.DOWNGRADES),
        "on_cancel": choices(view, words.ON_CANCEL),
        "yes_no": [("false", view.say("no")), ("true", view.say("yes"))],
    }  # fmt: skip


def _told(view: View, group: Json, shelf: Shelf) -> dict[str, Any]:
    """The group's terms in words."""
    say, retention, downgrade = view.say, group["retention"], group["downgrade"]
    period, span, grace = group["period"], retention.get("span"), downgrade.get("grace")
    kept = say(words.RETENTIONS[retention.get("type", "none")])
    days = [f"{each['month']:02}-{each['day']:02}" for each in retention.get("dates", ())]
    extra = span_said(view, span["n"], span["unit"]) if span else ", ".join(days)
    terms = [
        (say("What counts"), say(words.COUNTS[group["basis"]])),
        (
            say("Counted in periods"),
            say("no, from the beginning")
            if period is None
            else f"{span_said(view, period['n'], period['unit'])}, "
            + say("that begin %(how)s", how=say(words.ANCHORS[group["anchor"]])),
        ),
        (say("A higher tier is reached"), say(words.CHANGES[group["change"]])),
        (say("A tier is kept"), f"{kept}: {extra}" if extra else kept),
        (
            say("After that, with too few"),
            say(words.DOWNGRADES[downgrade.get("type", "multi")])
            + (
                ", " + say("after %(span)s", span=span_said(view, grace["n"], grace["unit"]))
                if grace
                else ""
            ),
        ),
        (say("What a cancel takes away is"), say(words.ON_CANCEL[group["on_cancel"]])),
    ]
    return {
        "status": say(words.STATUSES[group["status"]]),
        "tone": words.TONES[group["status"]],
        "unit": _unit(view, group, shelf),
        "terms": terms,
    }


# -- steps ---------------------------------------------------------------------------------


async def activate(view: View) -> Shown | Goto:
    """Let members have the group's tiers."""
    return await _step(view, "activate", view.say("Members have these tiers from now on."))


async def deactivate(view: View) -> Shown | Goto:
    """Let members have them no more."""
    return await _step(view, "deactivate", view.say("Members have these tiers no more."))


async def draft(view: View) -> Shown | Goto:
    """Make the group a draft again, so that everything of it can be changed."""
    return await _step(view, "draft", view.say("The group is a draft again."))


async def _step(view: View, step: str, done: str) -> Shown | Goto:
    page = await opened(view)
    try:
        await view.api.post(f"/v1/tier_groups/{view.path['tgr']}/{step}", key=view.key)
    except Problem as refused:
        page.problem = placed(refused, ladder.field_of)
        return await page.shown(page.drawn)
    return view.go(page.path, Flash(done))


async def delete(view: View) -> Shown | Goto:
    """Delete the group, once that was confirmed. A refusal names the rules that need it."""
    page = await opened(view)
    assert page.group is not None
    problem = None
    if view.posts:
        try:
            await view.api.write("DELETE", f"/v1/tier_groups/{page.group['id']}", key=view.key)
            text = view.say("The tiers “%(name)s” are deleted.", name=page.group["name"])
            return view.go(f"/console/tiers?program={page.shelf.id}", Flash(text))
        except Problem as refused:
            problem = placed(refused, ladder.field_of)
    return view.show(
        "loyalty/tier_group_delete.html",
        200 if problem is None else problem.status,
        page=page,
        used_by=await _used_by(view, page),
        problem=problem,
        sentence=None if problem is None else await said(view, problem),
    )


async def _used_by(view: View, page: GroupPage) -> list[Json]:
    """The active rules that need one of the group's tiers."""
    assert page.group is not None
    found, cursor = [], None
    while True:
        listed = await view.api.get(
            f"/v1/programs/{page.shelf.id}/rules", status="active", limit=MOST, cursor=cursor
        )
        found += [each for each in listed["data"] if _names(each, page.group["id"])]
        cursor = listed["next_cursor"]
        if cursor is None:
            return found


def _names(rule: Json, group: str) -> bool:
    return any(
        need["tier_group_id"] == group for each in rule["earnings"] for need in each["tiers"]
    )
