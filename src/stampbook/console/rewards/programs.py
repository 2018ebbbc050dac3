"""The program that a list is about: the one that is asked for, or the first."""

from typing import Any

from stampbook.console.api import Json
from stampbook.console.faults import NotFound
from stampbook.console.members.changing import PROGRAMS
from stampbook.console.view import View


async def chosen(view: View) -> tuple[list[Any], Json | None]:
    """All programs that the person sees, and the chosen one; None: there is no program. The view is
    in its zone. Raises NotFound."""
    programs = (await view.api.get("/v1/programs", limit=PROGRAMS))["data"]
    asked = view.form.text("program") or view.query.text("program")
    program = next((each for each in programs if each["id"] == asked), None)
    if program is None and asked:
        raise NotFound
    program = program or (programs[0] if programs else None)
    if program is not None:
        view.in_zone(program)
    return programs, program
