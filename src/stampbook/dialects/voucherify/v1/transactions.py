"""Legacy v1: a card's transactions, and the member's activity."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.dialects.voucherify.core.calls import Call, Reading
from stampbook.dialects.voucherify.core.faults import not_found
from stampbook.dialects.voucherify.core.lists.choosing import choose
from stampbook.dialects.voucherify.core.lists.filters import id_field, instant_field
from stampbook.dialects.voucherify.core.points.cards import (
    JOURNAL_PAGE,
    read_lifetime_after,
    read_roots,
)
from stampbook.dialects.voucherify.core.points.entries import read_entries
from stampbook.dialects.voucherify.core.points.lifetime import Root, effect_of, flow_of
from stampbook.dialects.voucherify.core.points.transactions import Type, type_of
from stampbook.dialects.voucherify.core.times import stamp
from stampbook.dialects.voucherify.v1.cards import (
    Voucher,
    card_currencies,
    named_campaign,
    named_voucher,
    settle_campaign,
    voucher_of,
)
from stampbook.dialects.voucherify.v1.lists import LegacyPage, read_legacy_page
from stampbook.domain.model import Kind, Transaction, split_number, transaction_number
from stampbook.ledger.journal import many
from stampbook.ledger.journal import pages as journal
from stampbook.ledger.journal.pages import Which
from stampbook.ledger.outcomes import Done

TYPES: Final = {
    Type.PENDING_POINTS_ACTIVATED: "PENDING_POINTS_ACTIVATION",
    Type.POINTS_EARNED: "POINTS_ACCRUAL",
    Type.POINTS_SPENT_ON_REWARD: "POINTS_REDEMPTION",
    Type.POINTS_SPENT_ON_ORDER: "POINTS_REDEMPTION",
    Type.POINTS_RETURNED: "POINTS_REFUND",
    Type.POINTS_PURCHASED: "POINTS_ADDITION",
    Type.POINTS_PURCHASE_REVERSED: "POINTS_REMOVAL",
    Type.ADMIN_CREDIT: "POINTS_ADDITION",
    Type.ADMIN_DEBIT: "POINTS_REMOVAL",
    Type.POINTS_REFUNDED: "POINTS_REMOVAL",
    Type.POINTS_EXPIRED: "POINTS_EXPIRATION",
    Type.ADMIN_POINTS_EXPIRATION: "POINTS_EXPIRATION",
}
"""What v1 calls the transactions of v2. Pending points that are added or canceled have none."""

ACTIVITIES: Final = {
    Type.PENDING_POINTS_ADDED: "customer.voucher.loyalty_card.pending_points.added",
    Type.PENDING_POINTS_ACTIVATED: "customer.voucher.loyalty_card.pending_points.activated",
    Type.PENDING_POINTS_CANCELED: "customer.voucher.loyalty_card.pending_points.canceled",
    Type.POINTS_SPENT_ON_REWARD: "customer.redemption.succceeded",
    Type.POINTS_SPENT_ON_ORDER: "customer.redemption.succceeded",
    Type.POINTS_RETURNED: "customer.redemption.rollback.succceeded",
    Type.POINTS_EXPIRED: "customer.voucher.loyalty_card.points_expired",
    Type.ADMIN_POINTS_EXPIRATION: "customer.voucher.loyalty_card.points_expired",
}
"""What v1 calls the activities (the misspelling is the vendor's); all else adds points."""

TRANSFERS: Final = {
    Kind.TRANSFER_IN: "POINTS_TRANSFER_IN",
    Kind.TRANSFER_OUT: "POINTS_TRANSFER_OUT",
}

FILTERS: Final = {
    "id": id_field("number", Prefix.VOUCHER_TRANSACTION),
    "created_at": instant_field("created_at"),
}


async def list_card_transactions(call: Call) -> dict[str, Any]:
    page = read_legacy_page(call, Prefix.VOUCHER_TRANSACTION, default="-id")
    voucher = await named_voucher(call)
    return await _list(call, page, await _numbers_of_card(call, page, voucher, Which.CHANGES))


async def list_campaign_transactions(call: Call) -> dict[str, Any]:
    page = read_legacy_page(call, Prefix.VOUCHER_TRANSACTION, default="-id")
    program = await named_campaign(call)
    await settle_campaign(call, program)
    return await _list(call, page, await _numbers_of_cards(call, page, program))


async def _numbers_of_card(
    call: Call, page: LegacyPage, voucher: Voucher, which: Which
) -> list[int]:
    """The numbers of the card's rows for a page, and one more if there is one.

    Transactions of v1 change the balance; its events are also pending points that are added or
    canceled.
    """
    account = voucher.card.account
    spots = await journal.page(
        call.store,
        account,
        which=which,
        chosen=choose(call.pairs, FILTERS, now=call.now, same={}),
        after=None if page.after is None else split_number(page.after)[1],
        descending=page.descending,
        limit=page.limit + 1,
    )
    return [transaction_number(account=account, seq=spot.seq) for spot in spots]


async def _numbers_of_cards(call: Call, page: LegacyPage, program: int) -> list[int]:
    """The same of all the program's cards, card by card: first the rest of one that was begun."""
    found: list[int] = []
    if page.after is not None:
        begun = await voucher_of(call, split_number(page.after)[0])
        if begun is not None and begun.program.program_id == program:
            found = await _numbers_of_card(call, page, begun, Which.CHANGES)
    if len(found) > page.limit:
        return found
    more = await many.rows(
        call.store,
        await card_currencies(call, program),
        tenant=call.tenant,
        which=Which.CHANGES,
        chosen=choose(call.pairs, FILTERS, now=call.now, same={}),
        after=None if page.after is None else split_number(page.after)[0],
        descending=page.descending,
        limit=page.limit + 1 - len(found),
    )
    return [*found, *more]


class Printed(NamedTuple):
    """A row with all that v1 prints of it. `total` is all points ever, as of the row."""

    row: Transaction
    root: Transaction | Root
    voucher: Voucher
    total: int = 0

    @property
    def type(self) -> Type:
        return type_of(self.row, self.root, flow_of(self.row))

    @property
    def redemption(self) -> int:
        """The number of the original that the row goes back to."""
        return transaction_number(account=self.voucher.card.account, seq=self.row.root)


async def _list(call: Call, page: LegacyPage, numbers: Sequence[int]) -> dict[str, Any]:
    printed = await _read(call, numbers, with_totals=True)
    data = [await print_legacy(call, printed[number]) for number in numbers]
    return page.envelope(data)


async def _read(
    call: Call, numbers: Iterable[int], *, with_totals: bool = False
) -> dict[int, Printed]:
    """Rows, card by card."""
    by_account: dict[int, list[int]] = {}
    for number in numbers:
        account, seq = split_number(number)
        by_account.setdefault(account, []).append(seq)
    found: dict[int, Printed] = {}
    for account, seqs in by_account.items():
        voucher = await voucher_of(call, account)
        if voucher is None:
            raise not_found("voucher", spell(Prefix.VOUCHER, account))
        entries = await read_entries(call, account, seqs)
        totals = await totals_of(call, account, seqs) if with_totals else dict.fromkeys(seqs, 0)
        for seq in seqs:
            row = entries[seq].row
            found[row.number] = Printed(row, entries[seq].root, voucher, totals[seq])
    return found


async def totals_of(call: Reading, account: int, seqs: Sequence[int]) -> dict[int, int]:
    """All points ever, as of these rows.

    Sums up to every `JOURNAL_PAGE`th row are kept in the process. A journal's rows never change,
    so a list that is gone through page by page reads each row once, not once for every page.
    """
    kept = call.remembered.totals
    seq, total = kept.before(account, min(seqs))
    totals: dict[int, int] = {}
    while seq < max(seqs):
        rows = await call.store.journal(account, after=seq, limit=JOURNAL_PAGE)
        roots = await read_roots(call.store, account, rows)
        for row in rows:
            total += effect_of(row, roots[row.root]).total
            totals[row.seq] = total
            seq = row.seq
        if len(rows) == JOURNAL_PAGE:
            kept.keep(account, seq, total)
    return totals


async def print_legacy(
    call: Call, printed: Printed, *, with_particulars: bool = True
) -> dict[str, Any]:
    """The transaction; without particulars, which may ask the store, for those who leave them."""
    return print_alone(printed, await _particulars(call, printed) if with_particulars else {})


def print_alone(printed: Printed, particulars: Mapping[str, Any]) -> dict[str, Any]:
    """The transaction with these particulars."""
    row, type_ = printed.row, printed.type
    by_v2 = {} if row.metadata is None else msgspec.json.decode(row.metadata)
    return {
        "id": spell(Prefix.VOUCHER_TRANSACTION, row.number),
        "source_id": by_v2.get("source_id"),
        "voucher_id": printed.voucher.id,
        "campaign_id": printed.voucher.campaign_id,
        "source": None if row.by_clock else "API",
        "reason": row.reason,
        "type": TRANSFERS.get(row.kind) or TYPES[type_],
        "details": {"balance": balance_of(printed), **particulars},
        "related_transaction_id": _related(printed),
        "created_at": stamp(row.recorded_at),
    }


async def print_balance(call: Call, voucher: Voucher, points: int, done: Done) -> dict[str, Any]:
    """What an operation by hand left: `total` is all points ever, `balance` what is available. A
    retry is answered with the figures of that time, however many rows there are since."""
    row = last_row(done)
    figures = await read_lifetime_after(call.store, row.account, row.seq)
    return {
        "points": points,
        "total": figures.total,
        "balance": row.balance_after,
        "type": "loyalty_card",
        "object": "balance",
        "related_object": voucher.related(),
        "operation_type": "MANUAL",
    }


def last_row(done: Done) -> Transaction:
    """The last of the rows that an operation wrote in its account."""
    account = done.transaction.account
    return [row for row in done.transactions if row.account == account][-1]


def balance_of(printed: Printed) -> dict[str, Any]:
    """What the row did, and what it left: `total` is all points ever."""
    return {
        "type": "loyalty_card",
        "total": printed.total,
        "object": "balance",
        "points": printed.row.effect,
        "balance": printed.row.balance_after,
        "related_object": printed.voucher.related(),
    }


def _related(printed: Printed) -> str | None:
    """The other leg of a transfer; of points given back, the redemption."""
    if printed.row.peer:
        return spell(Prefix.VOUCHER_TRANSACTION, printed.row.peer)
    if printed.type is Type.POINTS_RETURNED:
        return spell(Prefix.VOUCHER_TRANSACTION, printed.redemption)
    return None


async def _particulars(call: Call, printed: Printed) -> dict[str, Any]:
    """What a transaction's details hold by its type."""
    row = printed.row
    if row.kind in TRANSFERS:
        other = await _brief(call, split_number(row.peer)[0])
        mine = {"id": printed.voucher.id, "code": printed.voucher.code}
        incoming = row.kind is Kind.TRANSFER_IN
        return {
            "source_voucher": other if incoming else mine,
            "destination_voucher": mine if incoming else other,
        }
    return spending_of(printed)


def spending_of(printed: Printed) -> dict[str, Any]:
    """The redemption of a row that paid, and the rollback of one that gave back."""
    match printed.type:
        case Type.POINTS_SPENT_ON_REWARD | Type.POINTS_SPENT_ON_ORDER:
            return {"redemption": {"id": spell(Prefix.REDEMPTION, printed.redemption)}}
        case Type.POINTS_RETURNED:
            return {
                "redemption": {"id": spell(Prefix.REDEMPTION, printed.redemption)},
                "rollback": {"id": spell(Prefix.ROLLBACK, printed.row.number)},
            }
        case _:
            return {}


async def _brief(call: Call, account: int) -> dict[str, Any]:
    """Another card of a transfer, whether or not it still is somebody's."""
    name = spell(Prefix.VOUCHER, account)
    voucher = await voucher_of(call, account)
    if voucher is not None:
        return {"id": name, "code": voucher.code}
    row = await call.store.fetch_one(
        "SELECT number FROM accounts WHERE shard = $1 AND account_id = $2 AND tenant_id = $3",
        account % call.store.shards,
        account,
        call.tenant,
    )
    return {"id": name, "code": name if row is None else row["number"] or name}


# -- activity ----------------------------------------------------------------------------


async def list_activity(call: Call) -> dict[str, Any]:
    """What happened to the card, as events of its holder."""
    page = read_legacy_page(call, Prefix.EVENT, default="-id")
    voucher = await named_voucher(call)
    numbers = await _numbers_of_card(call, page, voucher, Which.EVENTS)
    printed = await _read(call, numbers)
    data = [_event(printed[number]) for number in numbers]
    return page.envelope(data)


def _event(printed: Printed) -> dict[str, Any]:
    row, voucher = printed.row, printed.voucher
    word = "customer.voucher.loyalty_card.points_added"
    if row.kind in TRANSFERS:
        word = "customer.voucher.loyalty_card.points_transferred"
    return {
        "id": spell(Prefix.EVENT, row.number),
        "type": ACTIVITIES.get(printed.type, word),
        "data": {
            "customer": {"id": voucher.member.customer_id, "object": "customer"},
            "voucher": {"id": voucher.id, "code": voucher.code, "object": "voucher"},
            "campaign": {"id": voucher.campaign_id, "name": voucher.program.name},
            "transaction": {"id": spell(Prefix.VOUCHER_TRANSACTION, row.number)},
        },
        "created_at": stamp(row.recorded_at),
        "group_id": None,
    }
