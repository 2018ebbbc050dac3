"""Cards and card types."""

from typing import Any, Final

from stampbook.dialects.altegio.answers import money, refused
from stampbook.dialects.altegio.call import Answered, Call
from stampbook.dialects.altegio.faults import invalid, not_found, unknown_card_type
from stampbook.dialects.altegio.finding import (
    card_of,
    chain_of,
    denomination_of,
    find_card,
    find_chain,
    location_of,
)
from stampbook.dialects.altegio.once import write_once
from stampbook.dialects.altegio.visits.objects import balance_of, card_program
from stampbook.dialects.altegio.wire.fields import to_phone
from stampbook.domain.commands import Accrue, Command, Note, Redeem
from stampbook.domain.model import Kind
from stampbook.domain.refusals import Refusal
from stampbook.ledger.submission import Asked, Submission
from stampbook.programs import accounts, enrolling, members
from stampbook.programs import currencies as card_types
from stampbook.programs import programs as chains
from stampbook.programs.accounts import Account
from stampbook.programs.faults import Taken
from stampbook.programs.members import Member
from stampbook.programs.programs import Program
from stampbook.storage.fingerprints import given
from stampbook.storage.store import Transacting
from stampbook.visits import cards, promotions, reading
from stampbook.visits.model import UNITS
from stampbook.visits.movements import in_force
from stampbook.visits.promotion import Effect, Promotion, Totals

ANY_ITEM: Final = "any_allowed"
MAX_NUMBER: Final = 64
MAX_TITLE: Final = 255


async def types_of_location(call: Call) -> Any:
    """The card types that the location accepts: all of its chain's."""
    location = await location_of(call)
    return await _types(call, location.program)


async def types_for_client(call: Call) -> Any:
    """The card types that can be issued to the client; one of each more than once, too."""
    location = await location_of(call)
    _phone(call)
    return await _types(call, location.program)


async def types_of_chain(call: Call) -> Any:
    chain = await chain_of(call)
    found = await cards.card_types(call.context.store, chain.program_id)
    return [{"id": each, "title": found[each].title} for each in found]


async def _types(call: Call, program: int) -> list[dict[str, Any]]:
    chain = await _chain_of(call, program)
    return [
        {
            **_type(number, each.title, chain),
            "salon_group": _chain(chain),
            "service_item_type": ANY_ITEM,
            "good_item_type": ANY_ITEM,
        }
        for number, each in (await cards.card_types(call.context.store, program)).items()
    ]


async def cards_by_phone(call: Call) -> Any:
    """The cards of the client with that phone."""
    location = await location_of(call)
    if call.id("chain_id") != location.program:
        raise not_found()
    found = await members.find(call.context.store, location.program, phone=_phone(call))
    return await _cards(call, location.program, found)


async def cards_of_client(call: Call) -> Any:
    """The client's cards; [] of a client who is unknown, or of a chain that they may not see."""
    number, client = call.id("client_id"), None
    if number is not None:
        client = await members.get(call.context.store, number, tenant=call.visitor.tenant)
    if client is not None and client.merged_into is not None:
        client = await members.survivor(call.context.store, client)
    if client is None or not call.visitor.near(client.program_id):
        return []
    return await _cards(call, client.program_id, [client])


async def cards_of_user(call: Call) -> Any:
    """The cards of the token's own user, who is known by their phone."""
    program, user = (await find_chain(call)).program_id, call.visitor.user
    found: list[Member] = []
    if user is not None and user.phone:
        found = await members.find(call.context.store, program, phone=user.phone)
    return await _cards(call, program, found)


async def issue_card(call: Call) -> Any:
    """A new card for the client with that phone, who is created if they are unknown."""
    location = await location_of(call)
    fields = call.fields()
    number = fields.text("loyalty_card_number", "", longest=MAX_NUMBER).strip()
    type_id = fields.id("loyalty_card_type_id")
    phone = fields.phone("phone")
    if not phone and not fields.errors:
        fields.wrong("phone", "required")
    fields.check()
    context = call.context
    currency = await card_types.get(context.store, type_id, tenant=location.tenant)
    known = await cards.card_types(context.store, location.program)
    if currency is None or type_id not in known:
        raise unknown_card_type()
    chain = await _chain_of(call, location.program)

    async def write(writing: Transacting) -> int:
        client = await enrolling.by_phone(writing, chain, phone, now=call.now)
        issued = await cards.issue(
            writing,
            context.store,
            client,
            currency,
            number=number or None,
            now=call.now,
        )
        return issued.account_id

    try:
        issued = await write_once(call, write)
    except Taken:
        raise invalid(("loyalty_card_number", "taken")) from None
    card = await accounts.get(context.store, issued, tenant=location.tenant)
    assert card is not None, "accounts are never removed"
    (shown,) = await _cards_from(call, location.program, [card])
    # Nothing is on a new card. A retry has that answer, too, however much has come to it since.
    return {**shown, "balance": money(0)}


async def remove_card(call: Call) -> None:
    """Close the card with whatever is on it. Later calls with its id: 404."""
    location = await location_of(call)
    card = await find_card(call, call.id("card_id"), program=location.program)

    async def write(writing: Transacting) -> None:
        if not await cards.close(writing, card, now=call.now):
            raise not_found()

    await write_once(call, write)
    call.context.ledger.forget([card.account_id])


async def manual_transaction(call: Call) -> Any:
    """Put points on the card by hand (amount above 0) or take them off (below)."""
    location = await location_of(call)
    card = await card_of(call, program=location.program)
    return await _by_hand(call, card, in_force.location_subject(location.number))


async def chain_manual_transaction(call: Call) -> Any:
    """The same with a right in the chain."""
    chain = await chain_of(call)
    return await _by_hand(call, await card_of(call, program=chain.program_id), None)


async def _by_hand(call: Call, card: Account, subject: str | None) -> Answered:
    digits = (await denomination_of(call, card.account_id)).scale
    fields = call.fields()
    amount = fields.signed_amount("amount", digits=digits)
    title = fields.text("title", "", longest=MAX_TITLE)
    if not amount and not fields.errors:
        fields.wrong("amount", "zero")
    fields.check()
    note = Note(reason=title or None, actor=call.visitor.ask.actor, subject=subject)
    outcome = await call.context.ledger.submit(
        Submission(
            tenant=card.tenant_id,
            account=card.account_id,
            commands=(_command(amount // UNITS[digits], note, call.now),),
            key=call.key,
            identity=Asked(
                "by hand",
                given(amount=amount, title=title or None, subject=subject),
                lambda: repr((amount, title, subject)),
            ),
        )
    )
    if isinstance(outcome, Refusal):
        raise refused(outcome)
    # A retry has the figures of its time, like the first request: the balance after its own row.
    balance = money(outcome.transaction.balance_after * UNITS[digits])
    return Answered({**await _short(call, card), "balance": balance}, meta={})


def _command(amount: int, note: Note, now: int) -> Command:
    """Points given by hand can be used at once, whatever delay the currency has for others."""
    if amount > 0:
        return Accrue(amount, kind=Kind.ADJUST_CREDIT, activates_at=now, note=note)
    return Redeem(-amount, kind=Kind.ADJUST_DEBIT, note=note)


def _phone(call: Call) -> str:
    """The digits of the phone in the path. Raises Fault (404)."""
    digits = to_phone(call.text("phone"))
    if digits is None:
        raise not_found()
    return digits


# -- the objects ---------------------------------------------------------------------


async def _chain_of(call: Call, program: int) -> Program:
    found = await chains.get(call.context.store, program, tenant=call.visitor.tenant)
    if found is None:
        raise not_found()
    return found


def _chain(chain: Program) -> dict[str, Any]:
    return {"id": chain.program_id, "title": chain.name}


def _type(number: int, name: str, chain: Program) -> dict[str, Any]:
    return {"id": number, "title": name, "salon_group_id": chain.program_id}


async def _cards(call: Call, program: int, clients: list[Member]) -> list[dict[str, Any]]:
    """The open cards of the clients."""
    found = []
    for client in clients:
        found += await reading.kept_cards(call.context.store, client.member_id)
    return await _cards_from(call, program, found)


async def _cards_from(call: Call, program: int, found: list[Account]) -> list[dict[str, Any]]:
    store = call.context.store
    chain = await _chain_of(call, program)
    types = await cards.card_types(store, program)
    offers = [
        each
        for each in await promotions.of_program(store, program)
        if each.effect is not Effect.REFERRAL
    ]
    return [
        {
            **await _figures(call, card),
            "type": _type(card.currency_id, types[card.currency_id].title, chain),
            "salon_group": _chain(chain),
            "programs": [
                card_program(each) for each in offers if card.currency_id in each.currencies
            ],
        }
        for card in found
        if card.currency_id in types
    ]


async def _short(call: Call, card: Account) -> dict[str, Any]:
    """A card without its surroundings, and what its programs take off at most."""
    store = call.context.store
    totals = await reading.totals_of(store, card.program_id, card.member_id)
    offers = await promotions.of_program(store, card.program_id)
    values = [
        (each, each.value(totals))
        for each in offers
        if each.effect is Effect.DISCOUNT and card.currency_id in each.currencies
    ]
    return {
        **await _figures(call, card, totals),
        "max_discount_percent": money(_highest(values, is_percent=True)),
        "max_discount_amount": money(_highest(values, is_percent=False)),
    }


def _highest(values: list[tuple[Promotion, int]], *, is_percent: bool) -> int:
    return max((value for each, value in values if each.is_percent is is_percent), default=0)


async def _figures(call: Call, card: Account, totals: Totals | None = None) -> dict[str, Any]:
    context = call.context
    if totals is None:
        totals = await reading.totals_of(context.store, card.program_id, card.member_id)
    book = await context.ledger.read(card.account_id, tenant=card.tenant_id)
    return {
        "id": card.account_id,
        "balance": money(balance_of(book)),
        "points": 0,
        "paid_amount": money(totals.paid),
        "sold_amount": money(totals.sold),
        "visits_count": totals.visits,
        "number": card.number or cards.card_number(card.program_id, card.account_id),
        "type_id": card.currency_id,
        "salon_group_id": card.program_id,
    }
