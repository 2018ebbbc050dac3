"""The languages that there are, and which of them a browser asks for."""

from collections.abc import Mapping
from typing import Final, Literal, TypeGuard

Language = Literal["en", "ru"]

LANGUAGES: Final[Mapping[Language, str]] = {"en": "English", "ru": "Русский"}
"""Each with its own name. Texts in the sources are in the first."""

DEFAULT: Final[Language] = "en"


def is_language(name: str) -> TypeGuard[Language]:
    return name in LANGUAGES


def language_of(accept_language: str | None) -> Language:
    """The language that a header `Accept-Language` likes best, of those that there are.

    `ru-RU` asks for Russian. English if the header is missing, malformed, or asks for others.
    """
    best, liked = DEFAULT, 0.0
    for choice in (accept_language or "").split(","):
        name, *parameters = (part.strip() for part in choice.split(";"))
        language = name.lower().partition("-")[0]
        if language == "*":
            language = DEFAULT
        weight = _weight(parameters)
        if is_language(language) and weight > liked:
            best, liked = language, weight
    return best


def _weight(parameters: list[str]) -> float:
    """How much a choice is liked, from 0 (not at all, or malformed) to 1."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                weight = float(value)
            except ValueError:
                return 0.0
            return weight if 0 <= weight <= 1 else 0.0
    return 1.0
