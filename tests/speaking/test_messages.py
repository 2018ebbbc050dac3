"""Everything that people read is translated, and the files say what the sources say."""

from __future__ import annotations

import re
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from stampbook.speaking.catalogues import catalogue
from tests.speaking.messages import (
    METHODS,
    PARTS,
    ROOT,
    RUSSIAN_FORMS,
    TRANSLATED,
    Text,
    forms_of,
    found,
    mo,
    part_of,
    po,
    po_of,
    read,
    renewed,
    texts_in,
)

ADVICE = "run `make messages`, translate what it says, and run it again"
HOLDER = re.compile(r"%(?:\((\w+)\)s|%|.?)", re.DOTALL)
"""A value in a text, a percent sign, or what is neither."""

CASES = [(language, part) for language in TRANSLATED for part in PARTS]


@pytest.fixture(scope="module")
def texts() -> dict[str, list[Text]]:
    return found()


def holders(text: str) -> set[str]:
    """The names of the values in a text."""
    parts = [part for part in HOLDER.finditer(text) if part[0] != "%%"]
    assert all(part[1] for part in parts), f"a value has a name, and a percent sign is %%: {text}"
    return {part[1] for part in parts}


@pytest.mark.parametrize(("language", "part"), CASES)
def test_a_catalogue_has_the_texts_of_its_sources(
    language: str, part: str, texts: dict[str, list[Text]]
) -> None:
    path = po_of(language, part)
    if not texts[part]:
        assert not path.exists(), ADVICE
        return
    assert path.read_bytes() == po(renewed(language, texts[part], read(language, part))), ADVICE


@pytest.mark.parametrize(("language", "part"), CASES)
def test_every_text_is_translated(language: str, part: str) -> None:
    old = read(language, part)
    assert not old.obsolete, ADVICE
    for message in old:
        if not message.id:
            continue
        assert not message.fuzzy, message.id
        forms = forms_of(message)
        assert all(form.strip() for form in forms), f"{message.id}: {ADVICE}"
        assert len(forms) == (3 if message.pluralizable else 1), message.id
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        values = {frozenset(holders(text)) for text in (*ids, *forms)}
        assert len(values) == 1, f"not the same values: {ids} {forms}"
        for text in (*ids, *forms):
            assert text == text.strip(), f"spaces around: {text!r}"


@pytest.mark.parametrize(("language", "part"), CASES)
def test_what_is_read_is_what_is_written(
    language: str, part: str, texts: dict[str, list[Text]]
) -> None:
    """The compiled catalogue has the texts of the other, and the same rule for plurals."""
    path = po_of(language, part)
    assert path.exists() == path.with_suffix(".mo").exists(), ADVICE
    if not path.exists():
        return
    written = renewed(language, texts[part], read(language, part))
    assert path.with_suffix(".mo").read_bytes() == mo(written), ADVICE
    compiled = GNUTranslations(BytesIO(path.with_suffix(".mo").read_bytes()))
    assert compiled.info()["plural-forms"] == RUSSIAN_FORMS


def test_no_catalogue_is_nobodys() -> None:
    for language in TRANSLATED:
        files = {path.stem for path in po_of(language, "x").parent.glob("*.[mp]o")}
        assert files <= set(PARTS)


def test_two_parts_say_the_same_in_the_same_words() -> None:
    """Catalogues are read as one: a text of two parts has one translation. Give it a context
    (`pgettext`) where it needs two."""
    for language in TRANSLATED:
        said: dict[tuple[object, object], tuple[str, ...]] = {}
        for part in PARTS:
            for message in read(language, part):
                if message.id:
                    forms = said.setdefault((message.context, message.id), forms_of(message))
                    assert forms == forms_of(message), f"{part}: {message.id}"


def test_every_text_belongs_to_a_part() -> None:
    """A source outside the folders of the parts has nothing to translate."""
    for path in ROOT.rglob("*"):
        if path.suffix in METHODS and "static" not in path.parts:
            place = path.relative_to(ROOT).as_posix()
            if part_of(place) is None and not place.startswith("speaking/"):
                source = path.read_text("utf-8")
                if not any(each in source for each in ("gettext(", "translatable(", "view.say(")):
                    continue  # loggers say something, too
                assert not list(texts_in(path)), place


def test_all_catalogues_are_found() -> None:
    """Each part's texts are read, wherever the package is installed."""
    for language in TRANSLATED:
        for part in PARTS:
            for message in read(language, part):
                if isinstance(message.id, str) and message.id and not message.context:
                    assert catalogue("ru").gettext(message.id) == message.string


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("explaining/parts.py", "explaining"),
        ("console/table.py", "front"),
        ("console/front/home.py", "front"),
        ("console/templates/page.html", "front"),
        ("console/people/users.py", "people"),
        ("console/templates/people/users.html", "people"),
        ("domain/book.py", None),
    ],
)
def test_whose_a_file_is(path: str, part: str | None) -> None:
    assert part_of(path) == part


def test_texts_are_found_in_sources_and_templates(tmp_path: Path) -> None:
    source = tmp_path / "page.py"
    source.write_text(
        "# i18n: a button\n"
        'speech.gettext("Save")\n'
        'WORDS = {1: translatable("Only %(amount)s are available.")}\n'
        'speech.ngettext("%(num)s lot", "%(num)s lots", 2)\n'
        'speech.pgettext("verb", "Order")\n'
        'other("Not this")\n'
    )
    template = tmp_path / "page.html"
    template.write_text(
        "<h1>{{ _('Members') }}</h1>\n"
        "{% trans name=member.name %}\n  Hello,\n  % {{ name }}\n{% endtrans %}\n"
        "{% trans n=many %}{{ n }} row{% pluralize %}{{ n }} rows{% endtrans %}\n"
    )
    assert [text[:4] for text in texts_in(source, tmp_path)] == [
        (None, "Save", None, ("a button",)),
        (None, "Only %(amount)s are available.", None, ()),
        (None, "%(num)s lot", "%(num)s lots", ()),
        ("verb", "Order", None, ()),
    ]
    assert [text[1:3] for text in texts_in(template, tmp_path)] == [
        ("Members", None),
        ("Hello, %% %(name)s", None),
        ("%(n)s row", "%(n)s rows"),
    ]


def test_translations_are_kept_and_unused_ones_dropped() -> None:
    def text(singular: str, plural: str | None = None) -> Text:
        return Text(None, singular, plural, (), "page.py")

    first = renewed("ru", [text("Save"), text("%(num)s lot", "%(num)s lots")], read("ru", "none"))
    for message in first:
        if message.id == "Save":
            message.string = "Сохранить"
        elif message.id:
            message.string = ("%(num)s партия", "%(num)s партии", "%(num)s партий")
    again = read_po(BytesIO(po(first)), locale="ru")
    second = renewed("ru", [text("%(num)s lot", "%(num)s lots"), text("New")], again)
    assert {str(message.id): message.string or "" for message in second if message.id} == {
        "('%(num)s lot', '%(num)s lots')": ("%(num)s партия", "%(num)s партии", "%(num)s партий"),
        "New": "",
    }
    assert "Save" not in po(second).decode()
    compiled = GNUTranslations(BytesIO(mo(first)))
    assert [
        compiled.ngettext("%(num)s lot", "%(num)s lots", number) for number in (1, 22, 11, 5)
    ] == ["%(num)s партия", "%(num)s партии", "%(num)s партий", "%(num)s партий"]
