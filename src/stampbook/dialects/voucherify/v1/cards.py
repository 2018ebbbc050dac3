"""Legacy v1: a member is a loyalty card (a voucher), a program of one definition a campaign."""

from typing import Any, Final, NamedTuple
from urllib.parse import quote

import msgspec

from stampbook.dialects.spelling.voucherify import Prefix, parse, spell
from stampbook.dialects.voucherify.core.calls import Call, Reading
from stampbook.dialects.voucherify.core.faults import Fault, not_found
from stampbook.dialects.voucherify.core.points.cards import print_card
from stampbook.dialects.voucherify.core.points.codes import with_code
from stampbook.dialects.voucherify.core.rows import NOBODY, Card, Member, Program, find_seat
from stampbook.dialects.voucherify.core.seats import settle
from stampbook.dialects.voucherify.core.times import stamp, updated
from stampbook.domain.model import MAX_ACCOUNT, Transaction
from stampbook.ledger.journal.figures import due_in
from stampbook.programs.searching.merged import account_after
from stampbook.storage.store import Row

LOYALTIES: Final = "/v1/loyalties"


class Voucher(NamedTuple):
    """A loyalty card, its holder, and its campaign. `named` is the account by which it was found:
    another one if that was merged into this one."""

    program: Program
    member: Member
    card: Card
    named: int = 0

    @property
    def id(self) -> str:
        return spell(Prefix.VOUCHER, self.card.account)

    @property
    def campaign_id(self) -> str:
        return spell(Prefix.CAMPAIGN, self.program.program_id)

    @property
    def code(self) -> str:
        """Where a definition's codes are used up, the card is called by its id."""
        return self.card.code or self.id

    def related(self) -> dict[str, str]:
        return {"type": "voucher", "id": self.id}


async def named_voucher(call: Call) -> Voucher:
    """The card that the path names, in the campaign that it may name. Raises a Fault."""
    names = call.parameters
    return await find_voucher(call, names["member"], campaign=names.get("campaign"))


async def find_voucher(call: Call, text: str, *, campaign: str | None = None) -> Voucher:
    """The card of that code or `v_…` id, in that campaign if one is named. Raises a Fault.

    The card of a merged member leads to the one that took over. 404 if no card has it; 409 if
    several have, as databases may hold them that are older than the rule that a code is unique
    (docs/decisions/0036-voucherify-codes.md).
    """
    program = None if campaign is None else await find_campaign(call, campaign)
    account = parse(Prefix.VOUCHER, text) or NOBODY
    rows = await call.store.fetch(
        BY_CODE_OR_ID,
        call.tenant,
        "" if "\0" in text else text,
        account % call.store.shards,
        account,
    )
    found = [await _reached(call, row) for row in rows if program in (None, row["program_id"])]
    vouchers = [voucher for voucher in found if voucher is not None]
    if not vouchers:
        raise not_found("voucher", text)
    if len(vouchers) > 1:
        details = "Several vouchers have that code; name the campaign, or use the voucher's id"
        raise _ambiguous("voucher", text, details)
    return vouchers[0]


async def _reached(call: Call, row: Row) -> Voucher | None:
    if row["merged_into"] is None:
        return await _seated(call, row)
    end = await account_after(call.store, row["merged_into"], tenant=call.tenant)
    found = await voucher_of(call, end)
    return found and found._replace(named=row["account_id"])


BY_CODE_OR_ID: Final = """
    SELECT a.program_id, a.member_id, a.account_id, a.merged_into
    FROM programs p JOIN accounts a ON a.program_id = p.program_id AND a.number = $2
    WHERE p.tenant_id = $1 AND p.deleted_at IS NULL
    UNION
    SELECT program_id, member_id, account_id, merged_into
    FROM accounts WHERE shard = $3 AND account_id = $4 AND tenant_id = $1
"""


async def voucher_of(call: Call, account: int, *, removed: bool = False) -> Voucher | None:
    """The account as a card that the caller may see, settled, and with its code.

    `removed`: also the card of a member who was deleted.
    """
    if not 0 < account <= MAX_ACCOUNT:
        return None
    row = await call.store.fetch_one(
        "SELECT program_id, member_id, account_id FROM accounts"
        " WHERE shard = $1 AND account_id = $2 AND tenant_id = $3",
        account % call.store.shards,
        account,
        call.tenant,
    )
    return None if row is None else await _seated(call, row, removed=removed)


async def _seated(call: Call, row: Row, *, removed: bool = False) -> Voucher | None:
    program = row["program_id"]
    if not _may_see(call, program):
        return None
    seat = await find_seat(
        call.store,
        tenant=call.tenant,
        program=program,
        member=row["member_id"],
        account=row["account_id"],
        removed=removed,
    )
    if seat.program is None or seat.member is None or seat.card is None:
        return None
    await settle(call, seat.card)
    card = await with_code(call, seat.card)
    return Voucher(seat.program, seat.member, card, card.account)


def _may_see(call: Call, program: int) -> bool:
    return call.caller.program in (None, program)


async def named_campaign(call: Call) -> int:
    """The program of the campaign that the path names. Raises a Fault."""
    return await find_campaign(call, call.parameters["campaign"])


async def find_campaign(call: Call, text: str) -> int:
    """The program of that campaign id or name. Raises a Fault: 404, or 409 for a name that several
    programs have."""
    number = parse(Prefix.CAMPAIGN, text)
    rows = await call.store.fetch(
        """
        SELECT program_id FROM programs
        WHERE tenant_id = $1 AND deleted_at IS NULL AND (program_id = $2 OR name = $3)
        ORDER BY program_id
        """,
        call.tenant,
        NOBODY if number is None else number,
        "" if "\0" in text else text,
    )
    found: list[int] = [row["program_id"] for row in rows if _may_see(call, row["program_id"])]
    if not found:
        raise not_found("campaign", text)
    if len(found) > 1:
        raise _ambiguous("campaign", text, "Several campaigns have that name; use the id")
    return found[0]


async def card_currencies(call: Call, program: int) -> list[int]:
    """The program's currencies whose accounts are cards."""
    rows = await call.store.fetch(
        "SELECT currency_id FROM currencies"
        " WHERE program_id = $1 AND tenant_id = $2 AND scale = 0 ORDER BY currency_id",
        program,
        call.tenant,
    )
    return [row["currency_id"] for row in rows]


async def settle_campaign(call: Call, program: int) -> None:
    """Journal what is due on the program's cards, before they are listed."""
    await call.context.ledger.settle(await due_in(call.store, program, call.now))


def _ambiguous(kind: str, text: str, details: str) -> Fault:
    """What a name means must not depend on which of two things is older."""
    return Fault(
        409,
        "duplicate_found",
        "Duplicate resource found",
        details,
        resource_id=text,
        resource_type=kind,
    )


async def print_voucher(
    call: Reading, voucher: Voucher, after: Transaction | None = None
) -> dict[str, Any]:
    """The card as a voucher, with its points as they are now, or as that row left them."""
    card = await _figures(call, voucher.card, after)
    points = card["lifetime_bucket"]["points"]
    expires = card["next_expiration"] or {"date": None, "points": 0}
    path = f"/v1/vouchers/{quote(voucher.code, safe='')}"
    return {
        "id": voucher.id,
        "code": voucher.code,
        "campaign": voucher.program.name,
        "campaign_id": voucher.campaign_id,
        "category": None,
        "category_id": None,
        "categories": [],
        "type": "LOYALTY_CARD",
        "discount": None,
        "gift": None,
        "loyalty_card": {
            "points": points["total"],
            "balance": card["balance"]["points"],
            "next_expiration_date": expires["date"],
            "next_expiration_points": expires["points"],
            "pending_points": card["balance"]["pending_points"],
            "expired_points": points["expired"],
            "subtracted_points": points["subtracted"],
        },
        "start_date": None,
        "expiration_date": None,
        "validity_timeframe": None,
        "validity_day_of_week": None,
        "validity_hours": None,
        "active": True,
        "additional_info": None,
        "metadata": msgspec.json.decode(voucher.member.metadata),
        "is_referral_code": False,
        "holder_id": voucher.member.customer_id,
        "created_at": stamp(voucher.card.created_at),
        "updated_at": updated(voucher.member.created_at, voucher.member.updated_at),
        "redemption": {
            "quantity": None,
            "redeemed_quantity": 0,
            "redeemed_points": points["spent"] - points["returned"],
            "object": "list",
            "url": f"{path}/redemptions?page=1&limit=10",
        },
        "publish": {
            "object": "list",
            "count": 1,
            "url": f"{path}/publications?page=1&limit=10",
        },
        "object": "voucher",
    }


async def _figures(call: Reading, card: Card, after: Transaction | None) -> dict[str, Any]:
    if after is None:
        return await print_card(call.store, card)
    # The row of a card that was merged since is in the journal of the account that it was then.
    then = card._replace(place=card.place._replace(account=after.account))
    return await print_card(call.store, then, upto=after.seq)


def too_few(voucher: Voucher) -> Fault:
    """The card has fewer points than are asked for."""
    return Fault(
        400,
        "loyalty_card_points_exceeded",
        "Loyalty card points exceeded",
        "The loyalty card does not have enough points",
        resource_id=voucher.code,
        resource_type="voucher",
    )
