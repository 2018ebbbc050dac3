"""Cards: accounts with a number that people can hold in their hands."""

from typing import Any, NamedTuple

from stampbook.domain.model import AccountStatus
from stampbook.programs import accounts, auditing, members
from stampbook.programs.accounts import Account
from stampbook.programs.currencies import Currency
from stampbook.programs.members import Member
from stampbook.storage.outbox import accounts as account_events
from stampbook.storage.store import Row, Store, Transacting
from stampbook.visits.model import SCALE, UNITS

CURRENCIES = 500
"""How many card types of one program are looked at."""


async def issue(
    writing: Transacting,
    store: Store,
    member: Member,
    currency: Currency,
    *,
    number: str | None,
    now: int,
) -> Account:
    """A new card; without a number it gets `card_number`.

    Writes; raises Taken (number).
    """
    await _watch(writing, member.member_id, tenant=member.tenant_id, now=now)
    opened = await accounts.open_account(
        writing, member, currency, shards=store.shards, now=now, number=number
    )
    if number is not None:
        return opened
    made = card_number(opened.program_id, opened.account_id)
    await accounts.give_number(
        writing,
        opened.account_id,
        made,
        shards=store.shards,
        scale=currency.scale,
        tenant=opened.tenant_id,
    )
    return opened._replace(number=made)


def card_number(program: int, account: int) -> str:
    """The default number of a card: 00145071 09210520 without the blank."""
    return f"{program:08d}{account:08d}"


async def close(writing: Transacting, card: Account, *, now: int) -> bool:
    """Close the card permanently, with the points on it. False if it is closed. Writes.

    It is no longer the member's primary account, so that a new one can take its place. Call
    `Ledger.forget` afterwards.
    """
    await _watch(writing, card.member_id, tenant=card.tenant_id, now=now)
    number, shard, tenant = card.account_id, card.shard, card.tenant_id
    await account_events.watch(writing, number, shard=shard, tenant=tenant, now=now)
    touched = await writing.execute(
        """
        UPDATE accounts SET status = $3, is_primary = FALSE, version = version + 1
        WHERE shard = $1 AND account_id = $2 AND status <> $3
        """,
        card.shard,
        card.account_id,
        int(AccountStatus.CLOSED),
    )
    return touched > 0


async def _watch(writing: Transacting, member: int, *, tenant: int, now: int) -> None:
    """Let the audit log tell which cards the member has. Writes."""

    async def told(db: Transacting) -> dict[str, Any] | None:
        found = await members.get(db, member, tenant=tenant)
        rows = await db.fetch(
            "SELECT account_id FROM accounts WHERE member_id = $1 AND status <> $2"
            " ORDER BY account_id",
            member,
            int(AccountStatus.CLOSED),
        )
        return found and {
            "program_id": found.program_id,
            "cards": [row["account_id"] for row in rows],
        }

    await auditing.watch(
        writing, auditing.MEMBER, member, told, tenant=tenant, now=now, part="cards"
    )


class CardType(NamedTuple):
    """A currency that can pay for visits. `unit` is its smallest unit, in hundredths."""

    title: str
    unit: int


async def card_types(db: Transacting, program: int) -> dict[int, CardType]:
    """The program's currencies that can pay for visits, by number."""
    rows: list[Row] = await db.fetch(
        """
        SELECT currency_id, name, scale FROM currencies
        WHERE program_id = $1 AND scale <= $2 ORDER BY currency_id LIMIT $3
        """,
        program,
        SCALE,
        CURRENCIES,
    )
    return {row["currency_id"]: CardType(row["name"], UNITS[row["scale"]]) for row in rows}
