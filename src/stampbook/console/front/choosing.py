"""Language and theme: choices that a person has before and after they sign in."""

from stampbook.console import cookies
from stampbook.console.forms import next_path
from stampbook.console.results import Goto
from stampbook.console.view import THEMES, View
from stampbook.speaking.languages import is_language


async def theme(view: View) -> Goto:
    """Keep the theme that was chosen; what is none of them changes nothing."""
    chosen = view.form.text("theme")
    if chosen in THEMES:
        _keep(view, cookies.THEME, chosen)
    return view.go(next_path(view.form.text("next")))


async def language(view: View) -> Goto:
    """Keep the language that was chosen."""
    chosen = view.form.text("language")
    if is_language(chosen):
        _keep(view, cookies.LANGUAGE, chosen)
    return view.go(next_path(view.form.text("next")))


def _keep(view: View, name: str, value: str) -> None:
    view.headers.append(cookies.put(view.request, name, value, max_age_s=cookies.CHOICE_S))
