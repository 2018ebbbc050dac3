"""Every operation of this API, in the order of docs/reference/altegio.md.

The vendor has old and new names for locations, chains and records: each row has the path to
document first, and the other spellings after it. Newer pages print `/v1/visit/…` without `/api`,
so these paths are served there too.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from stampbook.dialects.altegio.people import auth, clients, rights
from stampbook.dialects.altegio.programs import cards, memberships, programs
from stampbook.dialects.altegio.visits import (
    chain_transactions,
    loyalty,
    records,
    sale,
    whole_visits,
    withdrawals,
)
from stampbook.dialects.altegio.wire import shapes
from stampbook.edge.operations import Handler, Operation
from stampbook.programs.roles import ADMIN, CANCEL, READ, WRITE

BARE: Final = "bare"
"""`Operation.extra` of what is in an envelope only if `Accept` asks for version 2."""

GET, POST, PUT, DELETE = "GET", "POST", "PUT", "DELETE"
PREFIX: Final = "/api/v1"

PAGING: Final = {"page": "the page, from 1 on", "count": "entries on a page: at most 200"}
DATES: Final = {
    "created_after": "the first day, YYYY-MM-DD",
    "created_before": "the last day, YYYY-MM-DD",
}
COMPANY: Final = {"company_id": "the location"}
PAYMENTS: Final = {"include_finance_transactions": "1: with the payments of each record"}
INCLUDE: Final = {"include": "further parts of the program, by name, separated by commas"}


def of_company(path: str) -> tuple[str, ...]:
    """The spellings of a path under a location."""
    return f"/company/{{location_id}}{path}", f"/locations/{{location_id}}{path}"


def of_chain(path: str) -> tuple[str, ...]:
    """The spellings of a path under a chain."""
    return f"/chain/{{chain_id}}{path}", f"/chains/{{chain_id}}{path}"


def row(
    name: str,
    method: str,
    paths: str | tuple[str, ...],
    handler: Handler,
    scope: str | None,
    summary: str,
    answer: Any = None,
    status: int = 200,
    *,
    body: Any = None,
    extra: Any = None,
    query: Mapping[str, str] | None = None,
    required: tuple[str, ...] = (),
    location: str | None = None,
    roots: tuple[str, ...] = (PREFIX,),
) -> Operation:
    """A row of the table; its tag is added by `tagged`."""
    spellings = (paths,) if isinstance(paths, str) else paths
    return Operation(
        name=name,
        method=method,
        paths=tuple(root + path for root in roots for path in spellings),
        handler=handler,
        scope=scope,
        public=scope is None,
        summary=summary,
        status=status,
        body=body,
        answer=answer,
        query=query or {},
        required=frozenset(required),
        location=location,
        extra=extra,
    )


def tagged(tag: str, *rows: Operation) -> tuple[Operation, ...]:
    """The rows with the tag under which they are documented."""
    return tuple(replace(each, tag=tag) for each in rows)


SIGN_IN = tagged(
    "Signing in",
    row("sign_in", POST, "/auth", auth.sign_in, None,
        "Exchange login and password for a user token", shapes.USER, 201, body=shapes.LOGIN),
)  # fmt: skip

NEWER: Final[dict[str, Any]] = {"extra": BARE, "roots": (PREFIX, "/v1")}

VISIT_LOYALTY = tagged(
    "Loyalty of a visit",
    row("apply_card_withdrawal", POST,
        "/visit/loyalty/apply_card_withdrawal/{location_id}/{card_id}",
        withdrawals.apply_card_withdrawal, WRITE,
        "Pay for a visit with points of a card", shapes.STATE, body=shapes.WITHDRAWAL, **NEWER),
    row("cancel_card_withdrawal", POST,
        "/visit/loyalty/cancel_card_withdrawal/{location_id}/{card_id}",
        withdrawals.cancel_card_withdrawal, CANCEL,
        "Take back what a card has paid for a visit", shapes.STATE, body=shapes.NAMED, **NEWER),
    row("apply_discount_program", POST,
        "/visit/loyalty/apply_discount_program/{location_id}/{card_id}/{program_id}",
        loyalty.apply_discount_program, WRITE,
        "Discount a visit by a program of a card", shapes.STATE, body=shapes.NAMED, **NEWER),
    row("cancel_discount_program", POST,
        "/visit/loyalty/cancel_discount_program/{location_id}/{card_id}/{program_id}",
        loyalty.cancel_discount_program, CANCEL,
        "Take a program's discounts of a visit back", shapes.STATE, body=shapes.NAMED, **NEWER),
    row("apply_referral_program", POST,
        "/visit/loyalty/apply_referral_program/{location_id}/{chain_id}",
        loyalty.apply_referral_program, WRITE,
        "Discount a visit, and reward the guest's referrer", shapes.STATE,
        body=shapes.REFERRAL, **NEWER),
    row("list_visit_transactions", GET, "/visit/loyalty/transactions/{visit_id}",
        loyalty.list_transactions, READ, "List the loyalty transactions of a visit",
        shapes.list_of(shapes.TRANSACTION), **NEWER),
    row("visit_details", GET, "/visit/details/{location_id}/{record_id}/{visit_id}",
        loyalty.visit_details, READ, "Read a visit's state, with its payments", shapes.STATE,
        roots=(PREFIX, "/v1")),
)  # fmt: skip

CARDS = tagged(
    "Cards",
    row("card_types_of_location", GET, "/loyalty/card_types/salon/{location_id}",
        cards.types_of_location, READ,
        "List the card types of a location", shapes.list_of(shapes.CARD_TYPE), extra=BARE),
    row("card_types_for_client", GET,
        ("/loyalty/card_types/client/{location_id}/{phone}",
         "/loyality/card_types/client/{location_id}/{phone}"),
        cards.types_for_client, READ,
        "List the card types that a client can have", shapes.list_of(shapes.CARD_TYPE),
        extra=BARE),
    row("card_types_of_chain", GET, of_chain("/loyalty/card_types"),
        cards.types_of_chain, READ,
        "List the card types of a chain", shapes.list_of(shapes.TITLED), extra=BARE),
    row("cards_by_phone", GET, "/loyalty/cards/{phone}/{chain_id}/{location_id}",
        cards.cards_by_phone, READ,
        "List the cards of the client with a phone number", shapes.list_of(shapes.CARD),
        extra=BARE),
    row("cards_of_client", GET, "/loyalty/client_cards/{client_id}",
        cards.cards_of_client, READ,
        "List a client's cards", shapes.list_of(shapes.CARD), extra=BARE),
    row("cards_of_user", GET, "/user/loyalty_cards/{chain_id}",
        cards.cards_of_user, READ,
        "List the cards of the calling user", shapes.list_of(shapes.CARD), extra=BARE),
    row("issue_card", POST, "/loyalty/cards/{location_id}",
        cards.issue_card, ADMIN, "Issue a card", shapes.CARD, body=shapes.NEW_CARD, extra=BARE),
    row("remove_card", DELETE, "/loyalty/cards/{location_id}/{card_id}",
        cards.remove_card, ADMIN, "Close a card", None, 204),
    row("manual_transaction", POST,
        of_company("/loyalty/cards/{card_id}/manual_transaction"),
        cards.manual_transaction, WRITE,
        "Put points on a card by hand, or take them off", shapes.SHORT_CARD,
        body=shapes.BY_HAND),
    row("chain_manual_transaction", POST,
        of_chain("/loyalty/cards/{card_id}/manual_transaction"),
        cards.chain_manual_transaction, WRITE,
        "The same with a right in the chain", shapes.SHORT_CARD, body=shapes.BY_HAND),
)  # fmt: skip

CLIENTS = tagged(
    "Clients",
    row("list_clients", GET, "/clients/{location_id}", clients.list_clients, READ,
        "Find or list clients", shapes.list_of(shapes.CLIENT),
        query={"fullname": "a part of the name", "phone": "a part of the phone number",
               "email": "a part of the e-mail address", "card": "a card's number",
               "id": "clients by number", "paid_min": "paid at least", "paid_max": "paid at most",
               "changed_after": "changed since", "changed_before": "changed until", **PAGING}),
    row("search_clients", POST, of_company("/clients/search"), clients.search, READ,
        "Search clients by filters", shapes.list_of(shapes.CLIENT), body=shapes.SEARCH),
    row("create_client", POST, "/clients/{location_id}", clients.create, WRITE,
        "Create a client, or complete the one with that phone number", shapes.CLIENT, 201,
        body=shapes.CLIENT_BODY, location=f"{PREFIX}/client/{{location_id}}/{{id}}"),
    row("get_client", GET, "/client/{location_id}/{client_id}", clients.get_client, READ,
        "Read a client", shapes.CLIENT),
    row("change_client", PUT, "/client/{location_id}/{client_id}", clients.change, WRITE,
        "Change a client", shapes.CLIENT, body=shapes.CLIENT_BODY),
)  # fmt: skip

PROGRAM: Final = of_chain("/loyalty/programs/{program_id}")

PROGRAMS = tagged(
    "Programs",
    row("search_programs", GET, of_company("/loyalty/programs/search"), programs.search, READ,
        "List a location's programs", shapes.list_of(shapes.PROGRAM),
        query={"type": "only those of this type", **INCLUDE}),
    row("create_program", POST, of_chain("/loyalty/programs"), programs.create, ADMIN,
        "Create a program", shapes.PROGRAM, body=shapes.PROGRAM_BODY, query=INCLUDE, extra=BARE),
    row("read_program", GET, PROGRAM, programs.read, READ,
        "Read a program", shapes.PROGRAM, query=INCLUDE, extra=BARE),
    row("change_program", PUT, PROGRAM, programs.change, ADMIN,
        "Change a program", shapes.PROGRAM, body=shapes.PROGRAM_BODY, query=INCLUDE, extra=BARE),
    row("remove_program", DELETE, PROGRAM, programs.remove, ADMIN,
        "Take a program out of all lists", None, 204),
    row("message_templates", GET, of_chain("/loyalty/notification_message_templates/programs"),
        programs.templates, READ, "List the templates of messages: none", shapes.list_of({}),
        extra=BARE),
    row("list_chain_transactions", GET, of_chain("/loyalty/transactions"),
        chain_transactions.list_transactions, READ,
        "List the loyalty transactions of a chain", shapes.list_of(shapes.TRANSACTION),
        query={"types": "types of transactions", "company_ids": "locations",
               "visit_ids": "visits", "loyalty_card_id": "a card", **DATES, **PAGING},
        required=tuple(DATES)),
)  # fmt: skip

DOCUMENT: Final = "/sale/{document_id}"

SALE = tagged(
    "Sale documents",
    row("read_document", GET, of_company(DOCUMENT), sale.read, READ,
        "Read a visit's sale document", shapes.DOCUMENT),
    row("pay", POST, of_company(f"{DOCUMENT}/payment"), sale.pay, WRITE,
        "Pay for a visit by any method", shapes.DOCUMENT, body=shapes.PAYMENT_BODY),
    row("cancel_loyalty_transaction", DELETE,
        of_company(f"{DOCUMENT}/payment/loyalty_transaction/{{transaction_id}}"),
        sale.cancel_loyalty_transaction, CANCEL,
        "Take back a discount, a part of a withdrawal, or an accrual", shapes.DOCUMENT),
    row("cancel_payment_transaction", DELETE,
        of_company(f"{DOCUMENT}/payment/payment_transaction/{{transaction_id}}"),
        sale.cancel_payment_transaction, CANCEL,
        "Take back a payment of money", shapes.DOCUMENT),
)  # fmt: skip

MEMBERSHIPS = tagged(
    "Memberships and certificates",
    row("list_certificates", GET, ("/loyalty/certificates", "/user/loyalty/certificates"),
        memberships.none_of_location, READ, "List certificates: none", shapes.list_of({}),
        query=COMPANY, required=tuple(COMPANY)),
    row("list_memberships", GET, "/loyalty/abonements", memberships.memberships, READ,
        "List memberships of a phone number: none", shapes.list_of({}),
        query={**COMPANY, "phone": "a phone number"}, required=(*COMPANY, "phone")),
    row("list_memberships_of_user", GET, "/user/loyalty/abonements",
        memberships.none_of_location, READ, "List memberships of the user: none",
        shapes.list_of({}), query=COMPANY, required=tuple(COMPANY)),
    row("list_memberships_of_chain", GET, of_chain("/loyalty/abonements"),
        memberships.memberships_of_chain, READ, "List memberships of a chain: none",
        shapes.list_of({}), query={"abonements_ids": "memberships by number", **DATES}),
    *(
        row(f"{change}_membership", POST,
            of_chain(f"/loyalty/abonements/{{membership_id}}/{change}"),
            memberships.change_membership, WRITE, "Change a membership: none has that id")
        for change in ("freeze", "unfreeze", "set_period", "set_balance")
    ),
    *(
        row(f"{how}_{kind}", GET, of_company(f"/loyalty/{kind}/{how}"), memberships.types, READ,
            "List types of memberships or certificates: none", shapes.list_of({}),
            query={"page": "the page", "page_size": "entries on a page", "ids": "by number"})
        for kind in ("abonement_types", "certificate_types")
        for how in ("search", "fetch")
    ),
    row("generate_code", GET, "/loyalty/generate_code/{location_id}/{good_id}",
        memberships.generate_code, READ, "Make a certificate's code: no good is one"),
)  # fmt: skip

RECORD_LISTS: Final = (
    "/records/{location_id}",
    "/appointments/{location_id}",
    *of_company("/records"),
    *of_company("/appointments"),
)
RECORD: Final = "/record/{location_id}/{record_id}", "/appointment/{location_id}/{record_id}"

RECORDS = tagged(
    "Records and visits",
    row("create_record", POST, RECORD_LISTS, records.create_record, WRITE,
        "Book a visit, or a further record of one", shapes.list_of(shapes.RECORD), 201,
        body=shapes.RECORD_BODY, location=f"{PREFIX}/record/{{location_id}}/{{id}}"),
    row("list_records", GET, RECORD_LISTS, records.list_records, READ,
        "Find or list records", shapes.list_of(shapes.RECORD),
        query={"staff_id": "a team member", "client_id": "a client",
               "start_date": "from this day on", "end_date": "to this day",
               "c_start_date": "created from this day on", "c_end_date": "created to this day",
               "changed_after": "changed since", "changed_before": "changed until",
               "with_deleted": "1: also those that are deleted", **PAYMENTS, **PAGING}),
    row("get_record", GET, RECORD, records.get_record, READ, "Read a record", shapes.RECORD,
        query=PAYMENTS),
    row("put_record", PUT, RECORD, records.put_record, WRITE,
        "Change a record", shapes.RECORD, 201, body=shapes.RECORD_BODY, query=PAYMENTS),
    row("delete_record", DELETE, RECORD, records.delete_record, WRITE,
        "Delete a record: points go back first", None, 204),
    row("get_visit", GET, "/visits/{visit_id}", whole_visits.get_visit, READ,
        "Read a visit with its records", shapes.VISIT),
    row("put_visit", PUT, "/visits/{visit_id}/{record_id}", whole_visits.put_visit, WRITE,
        "Change a visit's attendance, lines and payments", shapes.VISIT, body=shapes.VISIT_BODY),
)  # fmt: skip

RIGHTS = tagged(
    "Rights and places",
    row("permissions", GET, "/user/permissions/{location_id}", rights.permissions, READ,
        "Read the user's rights in a location", shapes.RIGHTS),
    row("groups", GET, "/groups", rights.groups, READ,
        "List the chains of the user", shapes.list_of(shapes.TITLED)),
    row("companies", GET, ("/companies", "/locations"), rights.companies, READ,
        "List the locations of the user", shapes.list_of(shapes.TITLED),
        query={"id": "a location", "group_id": "a chain", "min_id": "from this number on",
               "my": "no difference", **PAGING}),
)  # fmt: skip

OPERATIONS: Final = (
    *SIGN_IN,
    *VISIT_LOYALTY,
    *CARDS,
    *CLIENTS,
    *PROGRAMS,
    *SALE,
    *MEMBERSHIPS,
    *RECORDS,
    *RIGHTS,
)
