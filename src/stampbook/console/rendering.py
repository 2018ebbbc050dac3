"""Templates, and how values are printed in them.

Amounts, instants and ids are printed in one way on all pages, with their exact value in an
attribute beside the text that people read.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from stampbook.console import assets
from stampbook.console.api import Json
from stampbook.console.values import instant_of, is_zero
from stampbook.console.view import THEMES, View
from stampbook.speaking.languages import LANGUAGES
from stampbook.speaking.speech import Speech

FOREVER: Final = "never"


class _Environment(Environment):
    newstyle_gettext = True
    """Texts take their values by name: `jinja2.ext.i18n` reads this, and would set it to False."""


def _environment() -> Environment:
    made = _Environment(
        loader=PackageLoader("stampbook.console"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    made.policies["ext.i18n.trimmed"] = True
    made.globals.update(
        asset=assets.url, icon_url=assets.icon_url, LANGUAGES=LANGUAGES, THEMES=THEMES
    )
    made.filters.update(is_zero=is_zero)
    return made


_templates: Final = _environment()


def render(view: View, template: str, values: Mapping[str, Any]) -> bytes:
    """The template with its values, in the person's language."""
    words = _Words(view.speech)
    given = {
        "view": view,
        "form": view.form,
        "gettext": words.gettext,
        "ngettext": words.ngettext,
        "pgettext": words.pgettext,
        "npgettext": words.npgettext,
        "amount": partial(amount, view.speech),
        "instant": partial(instant, view),
        "day": partial(day, view),
        "ident": partial(ident, view.speech),
        "problem": None,
        **values,
    }
    return _templates.get_template(template).render(given).encode()


class _Words:
    """The functions that templates get texts by: they escape values, and nothing else."""

    def __init__(self, speech: Speech) -> None:
        self._speech = speech

    def gettext(self, text: str, /, **values: object) -> Markup:
        return self._filled(self._speech.gettext, (text,), values)

    def ngettext(self, one: str, many: str, number: int | str, /, **values: object) -> Markup:
        return self._filled(self._speech.ngettext, (one, many, number), values)

    def pgettext(self, context: str, text: str, /, **values: object) -> Markup:
        return self._filled(self._speech.pgettext, (context, text), values)

    def npgettext(
        self, context: str, one: str, many: str, number: int | str, /, **values: object
    ) -> Markup:
        return self._filled(self._speech.npgettext, (context, one, many, number), values)

    def _filled(
        self, say: Callable[..., str], texts: tuple[object, ...], values: Mapping[str, object]
    ) -> Markup:
        escaped = {name: Markup.escape(value) for name, value in values.items()}
        return Markup(say(*texts, **escaped))  # noqa: S704 - the texts are ours


def amount(
    speech: Speech, value: str, testid: str, unit: str = "", *, signed: bool = False
) -> Markup:
    """An amount as text: its exact value is in the attribute. `unit` is what is counted."""
    text = speech.signed(value) if signed else speech.amount(value)
    kind = "amount zero" if is_zero(value) else "amount"
    if signed and not is_zero(value):
        kind += " down" if value.startswith("-") else " up"
    after = Markup(' <span class="unit">{}</span>').format(unit) if unit else Markup("")
    return Markup('<data class="{}" data-testid="{}" value="{}">{}</data>{}').format(
        kind, testid, value, text, after
    )


def instant(view: View, value: str | None, testid: str = "", *, seconds: bool = False) -> Markup:
    """An instant in the program's zone, with UTC on hover; nothing for None."""

    def say(at: int) -> str:
        text = view.speech.instant(at, seconds=seconds)
        return text if view.zone else f"{text} UTC"

    return _moment(view, value, testid, say)


def day(view: View, value: str | None, testid: str = "") -> Markup:
    """The day of an instant, with its year unless that is the present one."""
    return _moment(view, value, testid, lambda at: view.speech.day(at, view.now))


def _moment(view: View, value: str | None, testid: str, say: Callable[[int], str]) -> Markup:
    if value is None:
        return Markup("")
    if value == FOREVER:
        return Markup.escape(view.say("never"))
    view.shows_times = True
    attribute = Markup(' data-testid="{}"').format(testid) if testid else Markup("")
    return Markup('<time datetime="{}" title="{} UTC"{}>{}</time>').format(
        value, value.removesuffix("Z").replace("T", " "), attribute, say(instant_of(value))
    )


def ident(speech: Speech, value: str, testid: str = "id") -> Markup:
    """An identifier, with a button that copies it."""
    return Markup(
        '<code data-testid="{}">{}</code> <button type="button" class="secondary small"'
        ' data-testid="copy" data-copy="{}"><svg class="icon" aria-hidden="true">'
        '<use href="{}"></use></svg>{}</button>'
    ).format(testid, value, value, assets.icon_url("copy"), speech.gettext("Copy"))


def unit_of(currency: Json) -> str:
    """What a currency counts, as people call it."""
    return str(currency.get("name") or currency.get("code") or "")
