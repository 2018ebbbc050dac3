"""The vendor's methods. Every one is a POST; a link to an exported file is the only GET.

A double or a trailing slash is the same path: the edge sees to that.
"""

from typing import Final

from stampbook.dialects.altcraft import accounts, finishing, moving, people, promotions
from stampbook.dialects.altcraft.answers import BASE
from stampbook.dialects.altcraft.exports import methods
from stampbook.dialects.altcraft.shapes import (
    AMOUNT,
    BALANCES,
    CURRENCY,
    DATE,
    DATES,
    FLAG,
    INTEGER,
    MOVED,
    MOVEMENT,
    PAGE,
    PERSON,
    POINTS,
    PROGRAM,
    PROMOTION,
    TARGET,
    TASK,
    TEXT,
    TIER,
    TRANSACTION,
    Schema,
    envelope,
    fields,
    listed,
)
from stampbook.edge.operations import Handler, Operation
from stampbook.programs.roles import Role

READ, WRITE, CANCEL, ADMIN = "read", "ledger:write", "ledger:cancel", "admin"

MEMBERS, POINTS_TAG, ACCOUNTS, EXPORTS = "Members", "Points", "Accounts", "Exports"

WHO = ("loyalty_program_id", "matching")

QUERY: Final = {
    "token": "the API token, if neither the header nor the body has it",
    "format": "json or xml: the format of the answer, unless the body names it",
}


def method(
    paths: str,
    handler: Handler,
    scope: str,
    tag: str,
    summary: str,
    body: Schema,
    answer: Schema,
    *,
    role: Role | None = None,
) -> Operation:
    """A row: `paths` are the spellings of one method, the vendor's own first."""
    spellings = paths.split()
    return Operation(
        name=spellings[0].replace("/", "_"),
        method="POST",
        paths=tuple(f"{BASE}/loyalty/{spelling}" for spelling in spellings),
        handler=handler,
        scope=scope,
        role=role,
        tag=tag,
        summary=summary,
        body=body,
        answer=answer,
        query=QUERY,
    )


OPERATIONS: Final = (
    method("register_member", people.register, ADMIN, MEMBERS,
           "Make a person a member of a program",
           fields({**PERSON, "registration_date": DATE}, *WHO),
           envelope(profile_id=TEXT), role=Role.SUPPORT),
    method("delete_member", people.remove, ADMIN, MEMBERS,
           "Take a member out of a program",
           fields(PERSON, *WHO), envelope(profile_id=TEXT)),
    method("accrue_points", moving.accrue, WRITE, POINTS_TAG,
           "Accrue points, permanent or temporary",
           fields({**MOVEMENT, **POINTS}, *WHO, "amount"), envelope(fields(MOVED))),
    method("redeeme_points redeem_points", moving.redeem, WRITE, POINTS_TAG,
           "Redeem points, or reserve them",
           fields(MOVEMENT, *WHO, "amount"), envelope(fields(MOVED))),
    method("commit_transaction", finishing.commit, WRITE, POINTS_TAG,
           "Make a temporary transaction final",
           fields(TARGET), envelope(fields(MOVED))),
    method("rollback_transaction", finishing.roll_back, WRITE, POINTS_TAG,
           "Take a temporary transaction back",
           fields(TARGET), envelope(fields(MOVED))),
    method("cancel_transaction", finishing.cancel, CANCEL, POINTS_TAG,
           "Cancel a transaction",
           fields(TARGET), envelope(fields(MOVED))),
    method("account/balance", accounts.balance, READ, ACCOUNTS,
           "Read the balance of a member",
           fields({**PERSON, **CURRENCY}, *WHO), envelope(fields(BALANCES))),
    method("account/expiring_points", accounts.expiring_points, READ, ACCOUNTS,
           "Sum the points that expire within dates",
           fields({**PERSON, **CURRENCY, **DATES}, *WHO, *DATES),
           envelope(fields({"expiring_points": AMOUNT}))),
    method("account/transactions", accounts.transactions, READ, ACCOUNTS,
           "List a member's transactions",
           fields({**PERSON, **CURRENCY, "from_id": TEXT, **PAGE}, *WHO),
           envelope(listed("Transaction", TRANSACTION), next_from_id=TEXT)),
    method("account/tiers", accounts.account_tiers, READ, ACCOUNTS,
           "List the tiers that a member has reached",
           fields({**PERSON, "tiers_group_id": INTEGER}, *WHO, "tiers_group_id"),
           envelope(listed("Tier", TIER))),
    method("trigger_promotions", promotions.trigger_promotions, READ, ACCOUNTS,
           "List the promotions of a program",
           fields({**PROGRAM, "is_active": FLAG, "from_id": INTEGER, **PAGE},
                  *PROGRAM),
           envelope(listed("Promotion", PROMOTION), next_from_id=INTEGER, total_count=INTEGER)),
    method("transactions_export", methods.transactions_export, READ, EXPORTS,
           "Begin an export of transactions",
           fields({**PROGRAM, **CURRENCY, **DATES, "from_id": TEXT}, *PROGRAM, *DATES),
           envelope(fields({"task_id": TEXT}))),
    method("transactions_export_status", methods.transactions_export_status, READ, EXPORTS,
           "Read how far an export is",
           fields({"task_id": TEXT}, "task_id"), envelope(fields(TASK))),
    Operation(
        name="transactions_export_file",
        method="GET",
        paths=(f"{methods.FILES}/{{link}}",),
        handler=methods.transactions_export_file,
        public=True,
        tag=EXPORTS,
        summary="Fetch the file of an export by its link",
    ),
)  # fmt: skip
