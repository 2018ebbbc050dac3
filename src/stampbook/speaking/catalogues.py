"""The translations: a catalogue per language and part of the product, read as one.

The sources have the English texts. `ru/<part>.po` has the Russian ones of a part, for people to
edit; `make messages` finds the texts and compiles each to `ru/<part>.mo`, which is what is read.
"""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib import resources

from stampbook.speaking.languages import DEFAULT, Language


@cache
def catalogue(language: Language) -> NullTranslations:
    """The texts of all parts in a language. A text that is in no part is answered as it is."""
    if language == DEFAULT:
        return NullTranslations()
    folder = resources.files("stampbook.speaking").joinpath(language)
    found: NullTranslations | None = None
    for file in sorted(folder.iterdir(), key=lambda file: file.name, reverse=True):
        if file.name.endswith(".mo"):
            with file.open("rb") as content:
                part = GNUTranslations(content)
            if found is not None:
                part.add_fallback(found)
            found = part
    return found or NullTranslations()
