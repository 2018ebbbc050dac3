"""Rows of the way in."""

from typing import Final

from stampbook.console.front import choosing, home, signing
from stampbook.console.front.elsewhere import nothing
from stampbook.console.front.files import static_file
from stampbook.console.rows import act, elsewhere, page
from stampbook.programs.roles import Role

DEEPEST: Final = 6
"""Segments of the longest address below `/console`, and one more."""

FRONT: Final = (
    page("", home.home, public=True),
    page("/guide/live", home.guide_live),
    page("/login", signing.login, public=True),
    act("/login", signing.login, Role.VIEWER, public=True),
    act("/logout", signing.logout, Role.VIEWER, public=True),
    act("/me/theme", choosing.theme, Role.VIEWER, public=True),
    act("/me/language", choosing.language, Role.VIEWER, public=True),
    page("/static/{name}", static_file, public=True),
    *(elsewhere(depth, nothing) for depth in range(1, DEEPEST + 1)),
)
