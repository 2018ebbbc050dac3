"""The index of members finds what a look at each member would find, on either database."""

from __future__ import annotations

import random
import re

from stampbook.programs import members, programs
from stampbook.programs.members import Member
from stampbook.programs.searching.keys import digits_in
from stampbook.programs.searching.people import words_of
from stampbook.storage.postgres.store import PostgresStore
from stampbook.storage.searching import Sought
from stampbook.storage.store import Store

NAMES = (
    "Анна", "ПЁТР", "пётр", "Ёжикова", "O\N{RIGHT SINGLE QUOTATION MARK}Brien-Smith", "d'Arc",
    "Łucja", "José", "Ann", "annette", "Ångström", "李雷", "x_y", "3M", "",
)  # fmt: skip


def _fits(member: Member, sought: Sought) -> bool:
    """What the index promises, said another way."""
    if member.deleted_at is not None or member.tenant_id != sought.tenant:
        return False
    if sought.programs is not None and member.program_id not in sought.programs:
        return False
    local = (member.email or "").partition("@")[0]
    either = str.maketrans("\N{CYRILLIC SMALL LETTER IO}", "\N{CYRILLIC SMALL LETTER IE}")
    words = re.findall(r"[^\W_]+", f"{member.name or ''} {local}".lower().translate(either))
    begun = all(any(word.startswith(each) for word in words) for each in sought.prefixes)
    return begun and sought.digits in digits_in(member.phone or "")


async def test_what_is_found_is_what_a_look_at_everybody_finds(store: Store) -> None:
    chance = random.Random(20261129)
    known: list[Member] = []
    async with store.transaction() as writing:
        made = [
            await programs.create(writing, tenant=tenant, name="P", now=1) for tenant in (1, 1, 1)
        ]
        for _ in range(300):
            known.append(
                await members.create(
                    writing,
                    chance.choice(made),
                    now=1,
                    name=" ".join(chance.choices(NAMES, k=chance.randrange(3))) or None,
                    email=chance.choice((None, "ann.lee@x.example", "Петр@x.example")),
                    phone=chance.choice((None, "123", f"+7 {chance.randrange(10**7)}")),
                )
            )
    for each in chance.sample(known, 60):
        async with store.transaction() as writing:
            await members.update(
                writing, each.member_id, {"name": chance.choice(NAMES)}, tenant=1, now=2
            )
            if each.member_id % 3 == 0:
                await members.delete(writing, each.member_id, tenant=1, now=3)
    now = [await members.get(store, each.member_id, tenant=1) for each in known]
    present = [each for each in now if each is not None]
    texts = [word[:cut] for name in NAMES for word in words_of(name) for cut in (1, 2, 9)]
    numbers = [digits_in(each.phone or "") for each in present]
    parts = [number[at : at + 4] for number in numbers for at in (0, 2, 3) if len(number) >= at + 4]
    asked = [Sought(1, None, [text]) for text in texts]
    asked += [Sought(1, None, chance.sample(texts, 2)) for _ in range(40)]
    asked += [Sought(1, None, digits=digits) for digits in parts[:80]]
    asked += [Sought(1, frozenset({made[0].program_id}), [text]) for text in texts]
    asked += [Sought(2, None, ["a"]), Sought(1, frozenset(), ["a"])]
    for sought in asked:
        expected = {each.member_id for each in present if _fits(each, sought)}
        assert set(await store.find_members(sought)) == expected, sought


async def test_the_index_is_used(store: Store) -> None:
    sought = Sought(1, None, ["ann"])
    if isinstance(store, PostgresStore):
        async with store.transaction() as writing:
            await writing.execute("SET LOCAL enable_seqscan = off")
            plan = await writing.fetch(
                "EXPLAIN SELECT member_id FROM members WHERE deleted_at IS NULL AND"
                " member_search(tenant_id, program_id, name, email_key, phone_key)"
                f" @@ CAST($${sought.for_postgres()}$$ AS tsquery)"
            )
        assert any("members_search" in str(row["QUERY PLAN"]) for row in plan)
    else:
        plan = await store.fetch(
            "EXPLAIN QUERY PLAN SELECT rowid FROM member_search WHERE member_search MATCH $1",
            sought.for_sqlite(),
        )
        assert "VIRTUAL TABLE INDEX" in plan[0]["detail"]
