"""Rows of the pages about programs and currencies."""

from typing import Final

from stampbook.console.programs import currency, places, program, programs
from stampbook.console.rows import act, form, page
from stampbook.programs.roles import Role

PROGRAMS: Final = (
    page("/programs", programs.programs),
    *form("/programs/new", programs.new, Role.MANAGER),
    page("/programs/{prg}", program.program),
    *form("/programs/{prg}/edit", program.edit, Role.MANAGER),
    *form("/programs/{prg}/currencies/new", currency.new, Role.MANAGER),
    *form("/programs/{prg}/locations/new", places.new, Role.MANAGER),
    *form("/locations/{loc}/edit", places.edit, Role.MANAGER),
    page("/currencies/{cur}", currency.currency),
    act("/currencies/{cur}", currency.change, Role.MANAGER),
)
