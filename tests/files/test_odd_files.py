"""Files as spreadsheets, tills and people make them: what is taken, and which lines are not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from stampbook.files.reading.faults import Unusable
from stampbook.programs import programs
from stampbook.storage.store import Store
from tests.files.kit import figures, opened_shop, refused

HEAD = "external_id,name,currency,amount,expires_at\n"
SEMICOLONS = HEAD.replace(",", ";")

Faults = Sequence[tuple[int, str | None, str]]


class Odd(NamedTuple):
    """A file of lots; how many rows of it are new, unchanged and refused; what is wrong where; and
    how much it brings, in hundredths."""

    content: str | bytes
    taken: tuple[int, int, int]
    points: int
    faults: Faults = ()
    declared: Mapping[str, Any] = MappingProxyType({})


FILES = {
    "a byte order mark": Odd(
        b"\xef\xbb\xbf" + HEAD.encode() + b"bom,A,points,1,\n", (1, 0, 0), 100),
    "Windows line ends": Odd(f"{HEAD}crlf,A,points,1,\n".replace("\n", "\r\n"), (1, 0, 0), 100),
    "no line end at the end": Odd(f"{HEAD}end,A,points,1,", (1, 0, 0), 100),
    "semicolons": Odd(f"{SEMICOLONS}semi;A, B;points;1;\n", (1, 0, 0), 100),
    "tabs": Odd(f"{HEAD}tab,A,points,1,\n".replace(",", "\t"), (1, 0, 0), 100),
    "blank lines": Odd(f"\n\n{HEAD}\nblank,A,points,1,\n\n,,,,\n", (1, 0, 1), 100, [
        (7, "currency", "required"),
    ]),
    "decimal commas, undeclared": Odd(f"{SEMICOLONS}c1;A;points;2,50;\nc2;A;points;2;\n", (1, 0, 1),
        200, [(2, "amount", "decimal_comma")]),
    "decimal commas, declared": Odd(
        f"{SEMICOLONS}d1;A;points;2,50;\nd2;A;points;2.50;\n", (1, 0, 1), 250,
        [(3, "amount", "decimal_point")], {"decimal": "comma"}),
    "blanks in numbers": Odd(
        f"{HEAD}b1,A,points,1 000,\nb2,A,points,1\u00a0000.5,\n", (0, 0, 2), 0, [
        (2, "amount", "grouping"), (3, "amount", "grouping"),
    ]),
    "blanks, declared": Odd(f"{HEAD}g1,A,points,1 000,\ng2,A,points,10 00,\n", (1, 0, 1), 100_000, [
        (3, "amount", "grouping"),
    ], {"grouping": "blank"}),
    "numbers of other kinds": Odd(
        f"{HEAD}n1,A,points,1e3,\nn2,A,points,٢,\nn3,A,points,1.005,\nn4,A,points,−1,\n"
        "n5,A,points,-1,\nn6,A,points,0,\nn7,A,points,99999999999999999,\nn8,A,points,NaN,\n",
        (0, 0, 8), 0, [
            (2, "amount", "exponent"), (3, "amount", "digits"), (4, "amount", "scale"),
            (5, "amount", "number"), (6, "amount", "negative"), (7, "amount", "zero"),
            (8, "amount", "too_large"), (9, "amount", "number"),
        ]),
    "9999-12-31 and never": Odd(
        f"{HEAD}e1,A,points,1,9999-12-31\ne2,A,points,1,never\ne3,A,points,1,\n"
        "e4,A,points,1,9999-12-31T23:59:59Z\n", (4, 0, 0), 400),
    "dates of spreadsheets": Odd(
        f"{HEAD}s1,A,points,1,46387\ns2,A,points,1,31.12.2026\ns3,A,points,1,12/31/2026\n"
        "s4,A,points,1,2026-02-30\n", (0, 0, 4), 0, [
            (2, "expires_at", "spreadsheet_date"), (3, "expires_at", "date"),
            (4, "expires_at", "date"), (5, "expires_at", "date"),
        ]),
    "dates, declared": Odd(f"{HEAD}f1,A,points,1,31.12.2026\nf2,A,points,1,2026-12-31\n", (1, 0, 1),
        100, [(3, "expires_at", "date")], {"date_format": "%d.%m.%Y"}),
    "broken quotes": Odd(
        f'{HEAD}q1,"A,points,1,\nq2,"A ""B""",points,1,\nq3,5" cup,points,1,\nq4,"A\nB",points,1,\n'
        "q5,A,points,x,\n", (2, 0, 3), 200, [
            (2, None, "broken_quote"), (4, None, "broken_quote"), (7, "amount", "number"),
        ]),
    "too many and too few cells": Odd(f"{HEAD}m1,A,points,1,,\nm2,A\nm3,A,points,1,\n", (1, 0, 2),
        100, [(2, None, "cells"), (3, None, "cells")]),
    "cp1251, undeclared": Odd(f"{HEAD}r1,Анна,points,1,\nr2,B,points,1,\n".encode("cp1251"),
        (1, 0, 1), 100, [(2, None, "encoding")]),
    "cp1251, declared": Odd(f"{HEAD}t1,Анна,points,1,\n".encode("cp1251"), (1, 0, 0), 100, [],
        {"encoding": "cp1251"}),
    "duplicate rows": Odd(
        f"{HEAD}u1,A,points,1,\nu1,A,points,1,\nu1,A,points,2,\n", (3, 0, 0), 400),
    "one id twice": Odd(
        "lot_id,external_id,currency,amount\nL1,v1,points,1\nL1,v1,points,1.00\nL1,v1,points,2\n",
        (1, 1, 1), 100, [(4, "lot_id", "external_id_taken")]),
    "phones with 8 and +7": Odd(
        "phone,currency,amount\n8 912 000-11-22,points,1\n'+7 912 000 11 22,points,1\n"
        "79120001122,points,1\nnone,points,1\n", (3, 0, 1), 300, [(5, "phone", "phone")]),
    "names from right to left": Odd(f"{HEAD}w1,محمد علي,points,1,\nw2,\u200fדנה,points,1,\n",
        (2, 0, 0), 200),
    "formulas": Odd(f"{HEAD}x1,=1+1,points,1,\nx2,'=1+1,points,1,\nx3,@SUM(A1),points,=1,\n",
        (2, 0, 1), 200, [(4, "amount", "number")]),
    "other currencies": Odd(
        f"{HEAD}y1,A,Points,1,\ny2,A,coins,1,\ny3,A,points ,1,\n", (1, 0, 2), 100, [
        (2, "currency", "unknown_currency"), (3, "currency", "unknown_currency"),
    ]),
}  # fmt: skip

UNUSABLE = {
    "": "empty",
    "nothing that is known\n1\n": "delimiter",
    "external_id;currency,amount\n1;points,2\n": "delimiter",
    f"{HEAD[:-1]},colour\nz,A,points,1,,red\n": "unknown_column",
    "external_id,amount\nz,1\n": "missing_column",
    'external_id,"amount\nz,1\n': "delimiter",
    "\ufffe".join(HEAD): "delimiter",
}


async def test_what_is_taken_of_odd_files(store: Store) -> None:
    async with opened_shop(store) as shop:
        async with store.transaction() as writing:
            number = shop.program.program_id
            await programs.update(writing, number, {"phone_region": "RU"}, tenant=1, now=shop.now)
        for name, odd in FILES.items():
            said = {"source": name, **odd.declared}
            for dry_run in (True, False):
                report = await shop.take(odd.content, dry_run=dry_run, **said)
                assert (figures(report), refused(report)) == (odd.taken, [*odd.faults]), name
                assert report.run.totals.get("points", 0) == odd.points, name
            created, unchanged, wrong = odd.taken
            again = await shop.take(odd.content, **said)
            assert figures(again) == (0, created + unchanged, wrong), name
            content = odd.content if isinstance(odd.content, bytes) else odd.content.encode()
            if not wrong and name != "duplicate rows":
                content = content.rstrip(b"\r\n")
                last = content.rpartition(b"\n")[2].replace(b"1", b"3", 1)
                more = await shop.take(content + b"\n" + last, **said)
                assert figures(more)[1:] == (created, 0), (name, refused(more))
        phones = await store.fetch("SELECT count(*) AS found FROM members WHERE phone IS NOT NULL")
        assert phones[0]["found"] == 1
        for text, code in UNUSABLE.items():
            with pytest.raises(Unusable) as raised:
                await shop.take(text)
            assert raised.value.fault.code == code, text
