"""`make messages`: finds the texts of each part in its sources, writes and compiles its catalogue.

Translations are kept. A text that is new has none yet: write it in `ru/<part>.po` and run this
again. One that is in no source any more is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

import stampbook

ROOT = Path(stampbook.__file__).parent
TRANSLATED = ("ru",)

_CONSOLE = (
    *("accounts", "members", "programs", "loyalty", "rewards", "reports", "files", "people"),
    *("watch", "webhooks"),
)

PARTS: Mapping[str, tuple[str, ...]] = {
    "explaining": ("explaining",),
    "front": ("console",),
    "pictures": ("console/pictures",),
    **{part: (f"console/{part}", f"console/templates/{part}") for part in _CONSOLE},
    "watch": ("console/watch", "console/templates/watch", "storage/examining.py"),
}
"""The folders of each part, or files. What is in folders of two belongs to the part of the deeper
one: `front` has all of the console that is no other part's. Each part has a catalogue of its own,
so that people can translate at the same time."""

KEYWORDS: Mapping[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "say": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "translatable": None,
}
METHODS = {".py": "python", ".html": "jinja2", ".svg": "jinja2", ".txt": "jinja2"}
OPTIONS = {"silent": "false", "trimmed": "true", "newstyle_gettext": "true"}
COMMENTS = ("i18n:",)
"""A comment before a text that begins so goes into the catalogue, for who translates it."""

RUSSIAN_FORMS = (
    "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 :"
    " n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);"
)


class Text(NamedTuple):
    """A text of the sources, and the forms of its plural."""

    context: str | None
    singular: str
    plural: str | None
    comments: tuple[str, ...]
    file: str

    @property
    def key(self) -> tuple[str | None, str]:
        return self.context, self.singular


class Written(Catalog):
    """A catalogue whose head says only what is needed to read it: the same texts give the same
    files, on any day and with any version of Babel."""

    def __init__(self, language: str) -> None:
        super().__init__(locale=language, header_comment="", fuzzy=False)
        self.language = language

    def _get_mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Language", self.language),
            ("Plural-Forms", RUSSIAN_FORMS),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]

    mime_headers = property(_get_mime_headers, Catalog._set_mime_headers)


def part_of(path: str) -> str | None:
    """The part that a file belongs to, by its path below the package."""
    found = [
        (len(folder), part)
        for part, folders in PARTS.items()
        for folder in folders
        if path == folder or path.startswith(f"{folder}/")
    ]
    return max(found)[1] if found else None


def texts_in(path: Path, root: Path = ROOT) -> Iterator[Text]:
    """The texts that a source has for translation, in their order."""
    with path.open("rb") as content:
        for _, message, comments, context in extract(
            METHODS[path.suffix],
            content,
            keywords=dict(KEYWORDS),
            comment_tags=COMMENTS,
            options=OPTIONS,
            strip_comment_tags=True,
        ):
            singular, plural = message if isinstance(message, tuple) else (message, None)
            file = path.relative_to(root).as_posix()
            yield Text(context, singular, plural, tuple(comments), file)


def found(root: Path = ROOT) -> dict[str, list[Text]]:
    """All texts of all parts."""
    parts: dict[str, list[Text]] = {part: [] for part in PARTS}
    for path in sorted(root.rglob("*")):
        part = part_of(path.relative_to(root).as_posix())
        if part and path.suffix in METHODS and path.is_file():
            parts[part] += texts_in(path, root)
    return parts


def po_of(language: str, part: str) -> Path:
    return ROOT / "speaking" / language / f"{part}.po"


def read(language: str, part: str) -> Catalog:
    """A part's catalogue as it is; an empty one if it has none yet."""
    path = po_of(language, part)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as content:
        return read_po(content, locale=language, abort_invalid=True)


def renewed(language: str, texts: list[Text], old: Catalog) -> Written:
    """The catalogue of these texts, with the translations that the old one has."""
    new = Written(language)
    for text in texts:
        known = old.get(text.singular, text.context)
        message = new.add(
            (text.singular, text.plural) if text.plural else text.singular,
            locations=[(text.file, 0)],
            auto_comments=text.comments,
            user_comments=known.user_comments if known else (),
            context=text.context,
        )
        if known and known.pluralizable == message.pluralizable:
            message.string = known.string
    return new


def forms_of(message: Message) -> tuple[str, ...]:
    """The translation: one text, or all plural forms; each empty if it is missing."""
    forms = message.string or ""
    return (forms,) if isinstance(forms, str) else tuple(forms)


def po(catalogue: Catalog) -> bytes:
    content = BytesIO()
    write_po(content, catalogue, width=100, include_lineno=False, ignore_obsolete=True)
    return content.getvalue().lstrip()


def mo(catalogue: Catalog) -> bytes:
    content = BytesIO()
    write_mo(content, catalogue)
    return content.getvalue()


def main() -> None:
    for part, texts in found().items():
        for language in TRANSLATED:
            path = po_of(language, part)
            if not texts:
                path.unlink(missing_ok=True)
                path.with_suffix(".mo").unlink(missing_ok=True)
                continue
            catalogue = renewed(language, texts, read(language, part))
            path.write_bytes(po(catalogue))
            path.with_suffix(".mo").write_bytes(mo(catalogue))
            missing = sum(not all(forms_of(message)) for message in catalogue if message.id)
            print(f"{language}/{part}: {len(texts)} texts, {missing} to translate")  # noqa: T201


if __name__ == "__main__":
    main()
