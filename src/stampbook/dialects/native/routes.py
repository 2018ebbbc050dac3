"""Every endpoint of the native API, in the order of docs/reference/native-api.md."""

from stampbook.dialects.native import (
    api_keys,
    bulk,
    locations,
    members,
    moving,
    programs,
    promotions,
    reading,
    visits,
)
from stampbook.dialects.native.bulk import BulkBody, BulkShape
from stampbook.dialects.native.endpoints import MAX_BULK_BODY, Endpoint
from stampbook.dialects.native.pages import Page
from stampbook.dialects.native.wire_ledger import (
    AllocationShape,
    BalanceShape,
    CancelBody,
    CommitBody,
    LotShape,
    Note,
    PostingShape,
    TransactionBody,
    TransactionShape,
    TransferBody,
    TransferShape,
)
from stampbook.dialects.native.wire_programs import (
    AccountBody,
    AccountShape,
    ApiKeyBody,
    ApiKeyShape,
    CurrencyBody,
    CurrencyChange,
    CurrencyShape,
    MemberBody,
    MemberChange,
    MemberShape,
    ProgramBody,
    ProgramChange,
    ProgramShape,
)

GET, POST, PATCH, DELETE = "GET", "POST", "PATCH", "DELETE"
READ, WRITE, CANCEL, ADMIN = "read", "ledger:write", "ledger:cancel", "admin"

PAGING = {
    "cursor": "the next_cursor of the page before",
    "limit": "entries on a page: 1 to 200, without it 50",
}
LOOKUPS = {
    "external_id": "the member's external id",
    "email": "an e-mail address, compared without case",
    "phone": "a phone number, compared by its digits",
    "q": "a text in an external id, e-mail, phone or name",
}

PROGRAMS = (
    Endpoint(POST, "/v1/programs", programs.create_program, ADMIN,
             "Create a program", ProgramShape, 201, ProgramBody),
    Endpoint(GET, "/v1/programs", programs.list_programs, READ,
             "List programs", Page[ProgramShape], query=PAGING),
    Endpoint(GET, "/v1/programs/{id}", programs.get_program, READ,
             "Read a program", ProgramShape),
    Endpoint(PATCH, "/v1/programs/{id}", programs.change_program, ADMIN,
             "Change a program", ProgramShape, body=ProgramChange),
    Endpoint(POST, "/v1/programs/{id}/currencies", programs.create_currency, ADMIN,
             "Create a currency", CurrencyShape, 201, CurrencyBody),
    Endpoint(GET, "/v1/programs/{id}/currencies", programs.list_currencies, READ,
             "List currencies", Page[CurrencyShape], query=PAGING),
    Endpoint(GET, "/v1/currencies/{id}", programs.get_currency, READ,
             "Read a currency", CurrencyShape),
    Endpoint(PATCH, "/v1/currencies/{id}", programs.change_currency, ADMIN,
             "Change a currency", CurrencyShape, body=CurrencyChange),
)  # fmt: skip

MEMBERS = (
    Endpoint(POST, "/v1/programs/{id}/members", members.create_member, WRITE,
             "Register a member", MemberShape, 201, MemberBody),
    Endpoint(GET, "/v1/programs/{id}/members", members.list_members, READ,
             "Find or list members", Page[MemberShape], query={**LOOKUPS, **PAGING}),
    Endpoint(GET, "/v1/members/{id}", members.get_member, READ,
             "Read a member", MemberShape),
    Endpoint(PATCH, "/v1/members/{id}", members.change_member, WRITE,
             "Change a member", MemberShape, body=MemberChange),
    Endpoint(DELETE, "/v1/members/{id}", members.delete_member, ADMIN,
             "Take a member out of the program", MemberShape),
    Endpoint(GET, "/v1/members/{id}/accounts", members.list_accounts, READ,
             "List a member's accounts", Page[AccountShape], query=PAGING),
    Endpoint(POST, "/v1/accounts", members.create_account, WRITE,
             "Open an account", AccountShape, 201, AccountBody),
    Endpoint(GET, "/v1/accounts/{id}", members.get_account, READ,
             "Read an account", AccountShape),
)  # fmt: skip

LEDGER = (
    Endpoint(GET, "/v1/accounts/{id}/balance", reading.get_balance, READ,
             "Read an account's balance", BalanceShape,
             query={"as_of": "an instant, past or future; without it now"}),
    Endpoint(GET, "/v1/accounts/{id}/lots", reading.list_lots, READ,
             "List lots, newest first", Page[LotShape],
             query={"state": "only those with points in this state", **PAGING}),
    Endpoint(GET, "/v1/accounts/{id}/transactions", reading.list_transactions, READ,
             "List transactions, newest first", Page[TransactionShape],
             query={"from": "recorded at or after this instant",
                    "to": "recorded before this instant", "type": "of this type only", **PAGING}),
    Endpoint(POST, "/v1/accounts/{id}/transactions", moving.create_transaction, WRITE,
             "Accrue, redeem, hold or adjust", TransactionShape, 201, TransactionBody),
    Endpoint(GET, "/v1/transactions/{id}", reading.get_transaction, READ,
             "Read a transaction", TransactionShape),
    Endpoint(GET, "/v1/transactions/{id}/allocations", reading.list_allocations, READ,
             "List what a transaction moved", Page[AllocationShape], query=PAGING),
    Endpoint(GET, "/v1/transactions/{id}/postings", reading.list_postings, READ,
             "List the postings of a transaction", Page[PostingShape], query=PAGING),
    Endpoint(GET, "/v1/transactions", reading.find_transaction, READ,
             "Find a transaction by its external id", TransactionShape,
             query={"external_id": "the external id",
                    "program_id": "the program, where several have such an id"},
             required=frozenset({"external_id"})),
    Endpoint(POST, "/v1/transactions/{id}/commit", moving.commit_transaction, WRITE,
             "Make a temporary transaction final", TransactionShape, body=CommitBody),
    Endpoint(POST, "/v1/transactions/{id}/release", moving.release_transaction, WRITE,
             "Roll a temporary transaction back", TransactionShape, body=Note),
    Endpoint(POST, "/v1/transactions/{id}/cancel", moving.cancel_transaction, CANCEL,
             "Cancel a transaction, whole or in part", TransactionShape, body=CancelBody),
    Endpoint(POST, "/v1/transactions/{id}/activate", moving.activate_transaction, WRITE,
             "Make pending points available now", TransactionShape, body=Note),
    Endpoint(POST, "/v1/transactions/{id}/expire", moving.expire_transaction, WRITE,
             "Let available points expire now", TransactionShape, body=Note),
    Endpoint(POST, "/v1/transfers", moving.create_transfer, WRITE,
             "Move points to another account", TransferShape, body=TransferBody),
    Endpoint(POST, "/v1/bulk", bulk.run_bulk, None,
             "Many writes in one request", BulkShape, body=BulkBody, max_body=MAX_BULK_BODY),
)  # fmt: skip

API_KEYS = (
    Endpoint(POST, "/v1/api_keys", api_keys.create_api_key, ADMIN,
             "Create an API key", ApiKeyShape, 201, ApiKeyBody),
    Endpoint(GET, "/v1/api_keys", api_keys.list_api_keys, ADMIN,
             "List API keys", Page[ApiKeyShape], query=PAGING),
    Endpoint(GET, "/v1/api_keys/{id}", api_keys.get_api_key, ADMIN,
             "Read an API key", ApiKeyShape),
    Endpoint(DELETE, "/v1/api_keys/{id}", api_keys.revoke_api_key, ADMIN,
             "Revoke an API key", ApiKeyShape),
)  # fmt: skip

ENDPOINTS = (
    *PROGRAMS,
    *MEMBERS,
    *LEDGER,
    *API_KEYS,
    *promotions.ENDPOINTS,
    *locations.ENDPOINTS,
    *visits.ENDPOINTS,
)
