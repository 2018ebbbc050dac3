"""What a file says, row by row; and that nothing in it is guessed."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stampbook.domain.model import FOREVER
from stampbook.files.reading.columns import Kind
from stampbook.files.reading.faults import Unusable
from stampbook.files.reading.items import Item, Terms, Unit
from stampbook.files.reading.options import Options, options
from stampbook.files.reading.reader import Row, csv_rows, json_rows, read_layout

POINTS = Unit(1, "points", 2)
WHOLE = Unit(2, "stamps", 0)
CURRENCIES = {"points": POINTS, "cur_1": POINTS, "stamps": WHOLE}

DAY = 86_400_000_000
MIDNIGHT = 20_785 * DAY  # 2026-11-28T00:00:00Z


def terms(
    kind: str = "lots",
    declared: Options | None = None,
    *,
    negative: bool = False,
    zone: str = "UTC",
) -> Terms:
    return Terms(Kind(kind), CURRENCIES, zone, declared or Options(), negative)


def read(text: str | bytes, wanted: Terms | None = None) -> list[Row]:
    wanted = wanted or terms()
    file = BytesIO(text.encode() if isinstance(text, str) else text)
    return list(csv_rows(file, read_layout(file, wanted), wanted))


def items(text: str | bytes, wanted: Terms | None = None) -> list[Item]:
    rows = read(text, wanted)
    assert [row.fault for row in rows if row.fault] == []
    return [row.item for row in rows if row.item]


def faults(text: str | bytes, wanted: Terms | None = None) -> list[tuple[int, str | None, str]]:
    found = [row.fault for row in read(text, wanted) if row.fault]
    return [(each.line, each.column, each.code) for each in found]


def unusable(text: str | bytes, wanted: Terms | None = None) -> str:
    with pytest.raises(Unusable) as raised:
        read(text, wanted)
    return raised.value.fault.code


def amount(text: str, **declared: Any) -> int | str:
    """The amount of a cell, or the code of what is wrong with it."""
    file = f'external_id;currency;amount\n1;points;"{text}"\n'
    row = read(file, terms(declared=options(delimiter=";", **declared)))[0]
    return row.fault.code if row.fault else row.item.amount if row.item else ""


def expiry(text: str, zone: str = "UTC", **declared: Any) -> int | str | None:
    file = f"external_id,currency,amount,expires_at\n1,points,1,{text}\n"
    row = read(file, terms(declared=options(**declared), zone=zone))[0]
    return row.fault.code if row.fault else row.item.expires_at if row.item else None


# -- CSV ---------------------------------------------------------------------------------

HEADER = "external_id,name,currency,amount\n"


def test_a_byte_order_mark_is_no_part_of_the_first_column() -> None:
    found = items(b"\xef\xbb\xbf" + f"{HEADER}7,Anna,points,2.50\n".encode())
    assert (found[0].person.external_id, found[0].amount) == ("7", 250)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_first_line_tells_the_delimiter(delimiter: str) -> None:
    text = f"{HEADER}7,Anna,points,2.50\r\n".replace(",", delimiter)
    assert items(text)[0].person.name == "Anna"


def test_a_first_line_that_could_be_two_things_needs_a_delimiter() -> None:
    text = "external_id;currency,amount\n1;points,2\n"
    assert unusable(text) == "delimiter"
    assert unusable("nothing known here\n1\n") == "delimiter"
    assert unusable(text, terms(declared=options(delimiter=";"))) == "unknown_column"


def test_one_column_needs_no_delimiter() -> None:
    assert [each.person.phone for each in items("phone\n+7912\n", terms("members"))] == ["+7912"]


def test_quotes_and_lines_in_them() -> None:
    text = f'{HEADER}1,"Bean, ""Big"" B.",points,1\n2,"two\nlines",points,2\n3,C,points,x\n'
    rows = read(text)
    assert [row.line for row in rows] == [2, 3, 5]
    assert [row.item.person.name for row in rows if row.item] == ['Bean, "Big" B.', "two\nlines"]
    assert [(row.fault.line, row.fault.code) for row in rows if row.fault] == [(5, "number")]


def test_a_broken_quote_refuses_its_row_and_no_other() -> None:
    text = (
        f'{HEADER}1,"Anna,points,1\n2,Boris,points,2\n'
        '3,5" cup,points,3\n4,"D"x,points,4\n5,E,points,5\n'
    )
    assert faults(text) == [
        (2, None, "broken_quote"),
        (4, None, "broken_quote"),
        (5, None, "broken_quote"),
    ]
    assert [row.item.person.external_id for row in read(text) if row.item] == ["2", "5"]


def test_a_quote_that_is_never_closed_swallows_nothing() -> None:
    text = f'{HEADER}1,"A,points,1\n' + "".join(f"{n},B,points,1\n" for n in range(2, 400))
    assert faults(text) == [(2, None, "broken_quote")]
    assert len(read(text)) == 399


def test_cells_too_many_and_too_few() -> None:
    assert faults(f"{HEADER}1,A,points,1,more\n2,B,points\n\n3,C,points,1\n") == [
        (2, None, "cells"), (3, None, "cells"),
    ]  # fmt: skip


def test_unknown_columns_are_refused_unless_they_are_ignored() -> None:
    text = "external_id,currency,amount,note\n1,points,1,x\n"
    assert unusable(text) == "unknown_column"
    assert len(items(text, terms(declared=options(ignore=frozenset({"note"}))))) == 1
    assert unusable("external_id,amount\n1,1\n") == "missing_column"
    assert unusable("name,currency,amount\nA,points,1\n") == "missing_column"
    assert unusable("external_id,amount,amount,currency\n") == "duplicate_column"
    assert unusable("") == "empty"


def test_an_encoding_must_be_declared() -> None:
    text = f"{HEADER}1,Анна,points,1\n2,B,points,1\n".encode("cp1251")
    assert faults(text) == [(2, None, "encoding")]
    assert items(text, terms(declared=options(encoding="cp1251")))[0].person.name == "Анна"
    for name in ("utf-16", "no such", "base64", "utf-7\0"):
        with pytest.raises(Unusable):
            options(encoding=name)


def test_names_from_right_to_left_and_formulas_are_texts() -> None:
    text = (
        f"{HEADER}1,محمد علي,points,1\n2,'=1+1,points,1\n"
        "3,=1+1,points,1\n4,'+79120001122,points,1\n"
    )
    names = [each.person.name for each in items(text)]
    assert names == ["محمد علي", "=1+1", "=1+1", "+79120001122"]


# -- numbers and dates -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2.50", 250), ("2.5", 250), ("2", 200), (" 2 ", 200), ("0007", 700),
        ("2,50", "decimal_comma"), ("1 000", "grouping"), ("1\u00a0000.50", "grouping"),
        ("1'000", "grouping"), ("1,000.00", "grouping"), ("1,000,000", "grouping"),
        ("1e3", "exponent"), ("٢", "digits"), ("2.505", "scale"), ("2.500", "scale"),
        ("", "required"), ("x", "number"), ("+2", "number"), ("1.", "number"), (".5", "number"),
        ("−2", "number"), ("-2", "negative"), ("0", "zero"), ("9" * 17, "too_large"),
        ("9" * 41, "number"), ("NaN", "number"),
    ],
)  # fmt: skip
def test_nothing_is_guessed_about_numbers(text: str, found: int | str) -> None:
    assert amount(text) == found


@pytest.mark.parametrize(
    ("text", "declared", "found"),
    [
        ("2,50", {"decimal": "comma"}, 250),
        ("2.50", {"decimal": "comma"}, "decimal_point"),
        ("1.000,50", {"decimal": "comma"}, "decimal_point"),
        ("1 234,50", {"decimal": "comma", "grouping": "blank"}, 123_450),
        ("1\u00a0234\u00a0567.5", {"grouping": "nbsp"}, 123_456_750),
        ("1'234", {"grouping": "apostrophe"}, 123_400),
        ("12 34", {"grouping": "blank"}, "grouping"),
        ("1 23", {"grouping": "blank"}, "grouping"),
        ("2,50", {"decimal": "point"}, "decimal_comma"),
    ],
)
def test_numbers_as_they_are_declared(
    text: str, declared: dict[str, str], found: int | str
) -> None:
    assert amount(text, **declared) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", FOREVER), ("never", FOREVER), ("9999-12-31", FOREVER), ("9000-01-01", FOREVER),
        ("9999-12-31T23:59:59Z", FOREVER), ("2026-11-28", MIDNIGHT + DAY),
        ("2026-11-28T00:00:00Z", MIDNIGHT), ("2026-11-28T03:00:00+03:00", MIDNIGHT),
        ("2026-11-28 00:00", MIDNIGHT), ("2026-11-28T00:00:00.000001Z", MIDNIGHT + 1),
        ("45989", "spreadsheet_date"), ("45989.5", "spreadsheet_date"), ("28.11.2026", "date"),
        ("2026-02-30", "date"), ("0001-01-01", "date"), ("11/28/2026", "date"), ("soon", "date"),
    ],
)  # fmt: skip
def test_dates(text: str, found: int | str) -> None:
    assert expiry(text) == found


def test_a_day_is_one_of_the_programs_zone() -> None:
    hours = 3_600_000_000
    assert expiry("2026-11-28", zone="Asia/Yekaterinburg") == MIDNIGHT + DAY - 5 * hours
    assert expiry("2026-11-28T00:00", zone="Asia/Yekaterinburg") == MIDNIGHT - 5 * hours
    text = "external_id,currency,amount,issued_at\n1,points,1,2026-11-28\n"
    assert items(text, terms(zone="Asia/Yekaterinburg"))[0].at == MIDNIGHT - 5 * hours


def test_a_declared_format_takes_the_place_of_iso() -> None:
    assert expiry("28.11.2026", date_format="%d.%m.%Y") == MIDNIGHT + DAY
    assert expiry("28.11.2026 00:00", date_format="%d.%m.%Y %H:%M") == MIDNIGHT
    assert expiry("31.12.9999", date_format="%d.%m.%Y") == FOREVER
    assert expiry("2026-11-28", date_format="%d.%m.%Y") == "date"
    assert expiry("45989", date_format="%d.%m.%Y") == "spreadsheet_date"


# -- kinds -------------------------------------------------------------------------------


def test_rows_of_each_kind() -> None:
    member = items("external_id,phone,metadata.size\n1,+7,L\n", terms("members"))[0]
    assert (member.person.metadata, member.amount) == ('{"size":"L"}', 0)
    assert faults("phone,name\n,A\n+,B\n", terms("members")) == [
        (2, "external_id", "required"), (3, "phone", "phone"),
    ]  # fmt: skip
    text = "phone,currency,amount\n1,points,-5\n"
    assert faults(text, terms("balances")) == [(2, "amount", "negative")]
    assert items(text, terms("balances", negative=True))[0].amount == -500
    text = (
        "phone,currency,external_id,type,amount,at,cancels\n"
        "1,stamps,a,accrue,5,2026-11-28,\n1,stamps,b,adjust,-2,2026-11-28,\n"
        "1,stamps,c,cancel,5,2026-11-28,a\n1,stamps,d,cancel,5,2026-11-28,\n"
        "1,stamps,e,spend,5,2026-11-28,\n1,stamps,f,redeem,-5,2026-11-28,\n"
        "1,coins,g,redeem,5,2026-11-28,\n1,stamps,h,redeem,5,,\n"
    )
    assert faults(text, terms("transactions")) == [
        (5, "cancels", "cancels"), (6, "type", "type"), (7, "amount", "negative"),
        (8, "currency", "unknown_currency"), (9, "at", "required"),
    ]  # fmt: skip


def test_json_lines() -> None:
    lines = [
        {"external_id": "1", "currency": "points", "amount": "2.50", "metadata": {"vip": True}},
        {"external_id": "1", "currency": "points", "amount": 2.5},
        {"external_id": "1", "kind": "members"},
        {"external_id": "1", "currency": "points", "amount": "1", "colour": "red"},
    ]
    text = "\n".join([*map(json.dumps, lines), "", "{", "[]"]).encode()
    rows = list(json_rows(BytesIO(text), terms()))
    assert [row.line for row in rows] == [1, 2, 3, 4, 6, 7]
    assert [row.fault and (row.fault.column, row.fault.code) for row in rows] == [
        None, ("amount", "text"), None, ("colour", "unknown_column"), (None, "json"),
        (None, "json"),
    ]  # fmt: skip
    assert [row.item and row.item.kind.value for row in rows[:3]] == ["lots", None, "members"]


# -- places ------------------------------------------------------------------------------


@given(
    st.lists(
        st.sampled_from(
            [
                "1,A,points,1",
                '2,"a\nb",points,1',
                '3,"x,points,1',
                "4,short",
                "",
                '5,"q""q",points,2',
            ]
        ),
        max_size=12,
    )
)
def test_reading_goes_on_at_any_place(lines: list[str]) -> None:
    wanted, file = terms(), BytesIO((HEADER + "\n".join(lines)).encode())
    layout = read_layout(file, wanted)
    rows = list(csv_rows(file, layout, wanted))
    for at, row in enumerate(rows):
        assert list(csv_rows(file, layout, wanted, row.after)) == rows[at + 1 :]


def test_the_same_content_has_the_same_digest() -> None:
    first, same, other = items(
        "external_id;currency;amount;expires_at\n1;points;2.5;2026-11-28\n"
        "1;cur_1;2.50;2026-11-29T00:00:00Z\n1;points;2.51;2026-11-28\n"
    )
    assert first.digest == same.digest != other.digest
