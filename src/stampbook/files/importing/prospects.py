"""Whom a dry run would have made: members and accounts that the program does not have.

Rows find them as they find those of the program. They are kept in a temporary file, because those
of a file of a million rows would fill the memory.
"""

import sqlite3
from collections.abc import Iterable
from types import TracebackType
from typing import Final

from msgspec.json import decode, encode

from stampbook.files.importing.people import COLUMNS, Known, Who
from stampbook.files.importing.unit import Made
from stampbook.files.reading.items import Item
from stampbook.programs.accounts import Account
from stampbook.programs.members import Member
from stampbook.programs.searching.keys import email_key, phone_key

TABLES: Final = """
    CREATE TABLE made_members (number INTEGER PRIMARY KEY, content BLOB);
    CREATE TABLE found (way TEXT, value TEXT, number INT, PRIMARY KEY (way, value, number))
        WITHOUT ROWID;
    CREATE TABLE made_accounts (number INTEGER PRIMARY KEY, content BLOB, owner BLOB);
    CREATE TABLE owned (member INT, number INT, PRIMARY KEY (member, number)) WITHOUT ROWID;
    CREATE TABLE named (name TEXT PRIMARY KEY, number INT) WITHOUT ROWID;
"""
"""`found` has the members by `people.COLUMNS`, `owned` the primary accounts, `named` the accounts
by the number of a card (`n:`) and by what a vendor calls it (`c:`)."""


class Prospects:
    """What is made has numbers below zero."""

    def __init__(self) -> None:
        # An empty name is a private file that SQLite deletes when it is closed.
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {TABLES}")
        self._last = 0

    def __enter__(self) -> "Prospects":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()

    def number(self) -> int:
        """A number for one more member or account."""
        self._last -= 1
        return self._last

    def add_member(self, member: Member, region: str | None) -> None:
        """Keep a member. Phone numbers are of the region."""
        content = encode(member)
        self._db.execute("INSERT INTO made_members VALUES (?, ?)", (member.member_id, content))
        keys = member.external_id, phone_key(member.phone, region), email_key(member.email)
        for way, value in zip(COLUMNS, keys, strict=True):
            if value:
                row = way, value, member.member_id
                self._db.execute("INSERT INTO found VALUES (?, ?, ?)", row)

    def add_account(self, account: Account, owner: Member) -> None:
        """Keep an account, whose owner may be a member of the program."""
        number = account.account_id
        if account.is_primary:
            self._db.execute("INSERT INTO owned VALUES (?, ?)", (account.member_id, number))
        if account.number is not None:
            self._name(f"n:{account.number}", account, owner)
        else:
            self._keep(account, owner)

    def call(self, card_id: str, account: Account, owner: Member) -> None:
        """The account, which may be one of the program, is found by what the vendor calls it."""
        self._name(f"c:{card_id}", account, owner)

    def _name(self, name: str, account: Account, owner: Member) -> None:
        self._keep(account, owner)
        row = name, account.account_id
        self._db.execute("INSERT OR IGNORE INTO named VALUES (?, ?)", row)

    def _keep(self, account: Account, owner: Member) -> None:
        row = account.account_id, encode(account), encode(owner)
        self._db.execute("INSERT OR IGNORE INTO made_accounts VALUES (?, ?, ?)", row)

    def made(self, known: Known, items: Iterable[Item]) -> Made:
        """What these rows can mean: what the program has, and what rows before them would have
        made."""
        made = Made(known)
        for item in items:
            who = known.who_of(item.person)
            for member in self._members(who):
                made.meet(who, member)
            if item.card_number is not None:
                for account, _ in self._named(f"n:{item.card_number}"):
                    made.add_account(account)
            if item.card_id is not None:
                # What a card is called comes before whose number it is, as in `people.find`.
                for name in (f"n:{item.card_id}", f"c:{item.card_id}"):
                    for account, owner in self._named(name):
                        made.call(item.card_id, owner, account)
        for number in {each.member_id for met in made.known.members.values() for each in met}:
            for account in self._owned(number):
                made.add_account(account)
        return made

    def _members(self, who: Who) -> list[Member]:
        rows = self._db.execute(
            """
            SELECT content FROM found JOIN made_members USING (number) WHERE way = ? AND value = ?
            ORDER BY number DESC
            """,
            who,
        )
        return [decode(content, type=Member) for (content,) in rows]

    def _named(self, name: str) -> list[tuple[Account, Member]]:
        rows = self._db.execute(
            "SELECT content, owner FROM named JOIN made_accounts USING (number) WHERE name = ?",
            (name,),
        )
        return [
            (decode(content, type=Account), decode(owner, type=Member)) for content, owner in rows
        ]

    def _owned(self, member: int) -> list[Account]:
        rows = self._db.execute(
            "SELECT content FROM owned JOIN made_accounts USING (number) WHERE member = ?",
            (member,),
        )
        return [decode(content, type=Account) for (content,) in rows]
