"""Cards and card types (section 8)."""

from typing import Any, Final

from litestar import Response, delete, get, post
from litestar.params import FromPath

from stampbook.dialects.altegio.access import (
    ADMIN,
    READ,
    WRITE,
    AnyRequest,
    Visitor,
    any_card_of,
    card_of,
    chain_of,
    context_of,
    digits_of,
    idempotency_key,
    location_of,
    require,
    visitor_of,
)
from stampbook.dialects.altegio.answers import by_accept, enveloped, money, no_content, refused
from stampbook.dialects.altegio.faults import denied, invalid, not_found, unknown_card_type
from stampbook.dialects.altegio.objects import balance_of, card_program
from stampbook.dialects.altegio.once import write_once
from stampbook.dialects.altegio.paths import of_chain, of_company
from stampbook.dialects.altegio.wire import Fields, body, id_in_path, to_phone
from stampbook.domain.commands import Accrue, Command, Note, Redeem
from stampbook.domain.model import Kind
from stampbook.domain.refusals import Refusal
from stampbook.edge.context import Context
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


@get("/loyalty/card_types/salon/{location_id:str}")
async def types_of_location(request: AnyRequest, location_id: FromPath[str]) -> Response[bytes]:
    """The card types that the location accepts: all of its chain's."""
    visitor = await visitor_of(request)
    location = await location_of(request, visitor, location_id, READ)
    return by_accept(request, await _types(context_of(request), visitor, location.program))


@get(
    [
        "/loyalty/card_types/client/{location_id:str}/{phone:str}",
        "/loyality/card_types/client/{location_id:str}/{phone:str}",
    ]
)
async def types_for_client(
    request: AnyRequest, location_id: FromPath[str], phone: FromPath[str]
) -> Response[bytes]:
    """The card types that can be issued to the client; one of each more than once, too."""
    visitor = await visitor_of(request)
    location = await location_of(request, visitor, location_id, READ)
    _phone(phone)
    return by_accept(request, await _types(context_of(request), visitor, location.program))


@get(of_chain("/loyalty/card_types"))
async def types_of_chain(request: AnyRequest, chain_id: FromPath[str]) -> Response[bytes]:
    visitor = await visitor_of(request)
    chain = await chain_of(request, visitor, chain_id, READ)
    found = await cards.card_types(context_of(request).store, chain.program_id)
    return by_accept(request, [{"id": each, "title": found[each].title} for each in found])


async def _types(context: Context, visitor: Visitor, program: int) -> list[dict[str, Any]]:
    chain = await chains.get(context.store, program, tenant=visitor.tenant)
    if chain is None:
        raise not_found()
    return [
        {
            **_type(number, each.title, chain),
            "salon_group": _chain(chain),
            "service_item_type": ANY_ITEM,
            "good_item_type": ANY_ITEM,
        }
        for number, each in (await cards.card_types(context.store, program)).items()
    ]


@get("/loyalty/cards/{phone:str}/{chain_id:str}/{location_id:str}")
async def cards_by_phone(
    request: AnyRequest, phone: FromPath[str], chain_id: FromPath[str], location_id: FromPath[str]
) -> Response[bytes]:
    """The cards of the client with that phone."""
    visitor = await visitor_of(request)
    location = await location_of(request, visitor, location_id, READ)
    if id_in_path(chain_id) != location.program:
        raise not_found()
    context = context_of(request)
    found = await members.find(context.store, location.program, phone=_phone(phone))
    return by_accept(request, await _cards(context, visitor, location.program, found))


@get("/loyalty/client_cards/{client_id:str}")
async def cards_of_client(request: AnyRequest, client_id: FromPath[str]) -> Response[bytes]:
    """The client's cards; [] for who is unknown."""
    visitor = await visitor_of(request)
    require(visitor, READ)
    context = context_of(request)
    number = id_in_path(client_id)
    client = None
    if number is not None:
        client = await members.get(context.store, number, tenant=visitor.tenant)
    if client is None:
        return by_accept(request, [])
    if not visitor.near(client.program_id):
        raise denied()
    return by_accept(request, await _cards(context, visitor, client.program_id, [client]))


@get("/user/loyalty_cards/{chain_id:str}")
async def cards_of_user(request: AnyRequest, chain_id: FromPath[str]) -> Response[bytes]:
    """The cards of the token's own user, who is known by his phone."""
    visitor = await visitor_of(request)
    require(visitor, READ)
    context = context_of(request)
    number = id_in_path(chain_id)
    chain = None
    if number is not None:
        chain = await chains.get(context.store, number, tenant=visitor.tenant)
    if chain is None:
        raise not_found()
    if not visitor.near(chain.program_id):
        raise denied()
    phone = visitor.user.phone if visitor.user is not None else None
    found = await members.find(context.store, chain.program_id, phone=phone) if phone else []
    return by_accept(request, await _cards(context, visitor, chain.program_id, found))


@post("/loyalty/cards/{location_id:str}", status_code=200)
async def issue_card(request: AnyRequest, location_id: FromPath[str]) -> Response[bytes]:
    """A new card for the client with that phone, who is created if he is unknown."""
    visitor = await visitor_of(request)
    location = await location_of(request, visitor, location_id, ADMIN)
    fields = Fields(body(await request.body()))
    number = fields.text("loyalty_card_number", "", longest=MAX_NUMBER).strip()
    type_id = fields.id("loyalty_card_type_id")
    phone = fields.phone("phone")
    if not phone and not fields.errors:
        fields.wrong("phone", "required")
    fields.check()
    context = context_of(request)
    currency = await card_types.get(context.store, type_id, tenant=visitor.tenant)
    known = await cards.card_types(context.store, location.program)
    chain = await chains.get(context.store, location.program, tenant=visitor.tenant)
    if currency is None or type_id not in known:
        raise unknown_card_type()
    if chain is None:
        raise not_found()

    async def write(writing: Transacting) -> int:
        client = await enrolling.by_phone(writing, chain, phone, now=context.clock())
        issued = await cards.issue(
            writing,
            context.store,
            client,
            currency,
            number=number or None,
            now=context.clock(),
        )
        return issued.account_id

    try:
        issued = await write_once(request, visitor, write)
    except Taken:
        raise invalid(("loyalty_card_number", "taken")) from None
    card = await accounts.get(context.store, issued, tenant=visitor.tenant)
    assert card is not None
    return by_accept(request, (await _cards_from(context, visitor, location.program, [card]))[0])


@delete("/loyalty/cards/{location_id:str}/{card_id:str}", status_code=204)
async def remove_card(
    request: AnyRequest, location_id: FromPath[str], card_id: FromPath[str]
) -> Response[None]:
    """Close the card with whatever is on it. Later calls with its id: 404."""
    visitor = await visitor_of(request)
    location = await location_of(request, visitor, location_id, ADMIN)
    card = await any_card_of(request, visitor, card_id)
    if card.program_id != location.program:
        raise not_found()

    async def write(writing: Transacting) -> None:
        if not await cards.close(writing, card):
            raise not_found()

    await write_once(request, visitor, write)
    context_of(request).ledger.forget([card.account_id])
    return no_content()


@post(
    of_company("/loyalty/cards/{card_id:str}/manual_transaction"),
    status_code=200,
)
async def manual_transaction(
    request: AnyRequest, location_id: FromPath[str], card_id: FromPath[str]
) -> Response[bytes]:
    """Put points on the card by hand (amount above 0) or take them off (below)."""
    visitor = await visitor_of(request)
    location = await location_of(request, visitor, location_id, WRITE)
    card = await card_of(request, visitor, card_id)
    if card.program_id != location.program:
        raise not_found()
    return await _by_hand(request, visitor, card, in_force.location_subject(location.number))


@post(
    of_chain("/loyalty/cards/{card_id:str}/manual_transaction"),
    status_code=200,
)
async def chain_manual_transaction(
    request: AnyRequest, chain_id: FromPath[str], card_id: FromPath[str]
) -> Response[bytes]:
    """The same with a right in the chain."""
    visitor = await visitor_of(request)
    chain = await chain_of(request, visitor, chain_id, WRITE)
    card = await card_of(request, visitor, card_id)
    if card.program_id != chain.program_id:
        raise not_found()
    return await _by_hand(request, visitor, card, None)


async def _by_hand(
    request: AnyRequest, visitor: Visitor, card: Account, subject: str | None
) -> Response[bytes]:
    context = context_of(request)
    digits = await digits_of(context, card)
    fields = Fields(body(await request.body()))
    amount = fields.signed_amount("amount", digits=digits)
    title = fields.text("title", "", longest=MAX_TITLE)
    if not amount and not fields.errors:
        fields.wrong("amount", "zero")
    fields.check()
    note = Note(reason=title or None, actor=visitor.actor, subject=subject)
    outcome = await context.ledger.submit(
        Submission(
            tenant=visitor.tenant,
            account=card.account_id,
            commands=(_command(amount // UNITS[digits], note, context.clock()),),
            key=idempotency_key(request),
            identity=Asked(
                "by hand",
                given(amount=amount, title=title or None, subject=subject),
                lambda: repr((amount, title, subject)),
            ),
        )
    )
    if isinstance(outcome, Refusal):
        raise refused(outcome)
    return enveloped(await _short(context, visitor, card), meta={})


def _command(amount: int, note: Note, now: int) -> Command:
    """Points given by hand can be used at once, whatever delay the currency has for others."""
    if amount > 0:
        return Accrue(amount, kind=Kind.ADJUST_CREDIT, activates_at=now, note=note)
    return Redeem(-amount, kind=Kind.ADJUST_DEBIT, note=note)


def _phone(text: str) -> str:
    """The digits of a phone in a path. Raises Fault (404)."""
    digits = to_phone(text)
    if digits is None:
        raise not_found()
    return digits


# -- the objects ---------------------------------------------------------------------


def _chain(chain: Program) -> dict[str, Any]:
    return {"id": chain.program_id, "title": chain.name}


def _type(number: int, name: str, chain: Program) -> dict[str, Any]:
    return {"id": number, "title": name, "salon_group_id": chain.program_id}


async def _cards(
    context: Context, visitor: Visitor, program: int, clients: list[Member]
) -> list[dict[str, Any]]:
    """The open cards of the clients."""
    found = []
    for client in clients:
        found += await reading.kept_cards(context.store, client.member_id)
    return await _cards_from(context, visitor, program, found)


async def _cards_from(
    context: Context, visitor: Visitor, program: int, found: list[Account]
) -> list[dict[str, Any]]:
    chain = await chains.get(context.store, program, tenant=visitor.tenant)
    if chain is None:
        raise not_found()
    types = await cards.card_types(context.store, program)
    offers = [
        each
        for each in await promotions.of_program(context.store, program)
        if each.effect is not Effect.REFERRAL
    ]
    return [
        {
            **await _figures(context, visitor, card),
            "type": _type(card.currency_id, types[card.currency_id].title, chain),
            "salon_group": _chain(chain),
            "programs": [
                card_program(each) for each in offers if card.currency_id in each.currencies
            ],
        }
        for card in found
        if card.currency_id in types
    ]


async def _short(context: Context, visitor: Visitor, card: Account) -> dict[str, Any]:
    """A card without its surroundings, and what its programs take off at most."""
    totals = await reading.totals_of(context.store, card.program_id, card.member_id)
    offers = await promotions.of_program(context.store, card.program_id)
    values = [
        (each, each.value(totals))
        for each in offers
        if each.effect is Effect.DISCOUNT and card.currency_id in each.currencies
    ]
    return {
        **await _figures(context, visitor, card, totals),
        "max_discount_percent": money(_highest(values, is_percent=True)),
        "max_discount_amount": money(_highest(values, is_percent=False)),
    }


def _highest(values: list[tuple[Promotion, int]], *, is_percent: bool) -> int:
    return max((value for each, value in values if each.is_percent is is_percent), default=0)


async def _figures(
    context: Context, visitor: Visitor, card: Account, totals: Totals | None = None
) -> dict[str, Any]:
    if totals is None:
        totals = await reading.totals_of(context.store, card.program_id, card.member_id)
    book = await context.ledger.read(card.account_id, tenant=visitor.tenant)
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


routes = [
    types_of_location,
    types_for_client,
    types_of_chain,
    cards_by_phone,
    cards_of_client,
    cards_of_user,
    issue_card,
    remove_card,
    manual_transaction,
    chain_manual_transaction,
]
