"""One operation of a bulk: what it says, and the submission that it becomes."""

from typing import Any, Final, Literal, NamedTuple, TypeVar

from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.json import Decoder
from msgspec.structs import fields as fields_of

from stampbook.dialects.native import ids
from stampbook.dialects.native.call import Call, read
from stampbook.dialects.native.ledger.moving import (
    Maker,
    cancel_command,
    commit_command,
    make_activate,
    make_expire,
    make_release,
    movement_command,
    note_of,
    transfer_of,
)
from stampbook.dialects.native.problems import Failure, invalid_field
from stampbook.dialects.native.wire.ledger import (
    CancelBody,
    CommitBody,
    ExternalId,
    Note,
    Reason,
    Timeout,
    TransactionBody,
    TransferBody,
)
from stampbook.dialects.native.wire.values import Amount, Id, Instant, Metadata, When, given
from stampbook.domain.commands import Command
from stampbook.domain.model import split_number
from stampbook.edge.bodies import MAX_ENTRY
from stampbook.ledger.submission import Submission, Transfer

Word = Literal[
    "accrue", "redeem", "hold", "adjust", "commit", "release", "cancel", "activate", "expire",
    "transfer",
]  # fmt: skip
MOVEMENTS = frozenset({"accrue", "redeem", "hold", "adjust"})
PLAIN: dict[str, Maker] = {
    "release": make_release,
    "activate": make_activate,
    "expire": make_expire,
}

Shape = TypeVar("Shape", bound=Struct)


class Operation(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One write: `op` (or `type`) says which, the other fields are those of the single call.

    `account_id` belongs to accrue, redeem, hold and adjust, the account ids of both sides to
    transfer, `transaction_id` to the others.
    """

    op: Word | UnsetType = UNSET
    type: Word | UnsetType = UNSET
    account_id: Id | UnsetType = UNSET
    transaction_id: Id | UnsetType = UNSET
    from_account_id: Id | UnsetType = UNSET
    to_account_id: Id | UnsetType = UNSET
    amount: Amount | UnsetType | None = UNSET
    activates_at: When | UnsetType | None = UNSET
    expires_at: When | UnsetType | None = UNSET
    temporary: bool | UnsetType = UNSET
    timeout_s: Timeout | UnsetType | None = UNSET
    lot_id: Id | UnsetType | None = UNSET
    external_id: ExternalId | UnsetType | None = UNSET
    reason: Reason | UnsetType | None = UNSET
    effective_at: Instant | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET


class Planned(NamedTuple):
    """An operation that was understood, and the status that its success has."""

    item: Submission | Transfer
    status: int
    scale: int

    @property
    def account(self) -> int:
        return self.item.source if isinstance(self.item, Transfer) else self.item.account


class Place(NamedTuple):
    """The place of an operation: the pointer to it, its idempotency key, its identity."""

    under: str
    key: str | None
    identity: str | None


Said = Raw | dict[str, Any]
"""An operation that is still to be read, or its fields that the request has."""

AT_ONCE: Final = 128 * 1024
"""Bytes of a bulk that is read at once: a millisecond. A thousand operations have half as many."""

_operation = Decoder(Operation)

_NAMES: dict[type[Struct], tuple[frozenset[str], tuple[str, ...]]] = {
    shape: (
        frozenset(shape.__struct_fields__),
        tuple(field.name for field in fields_of(shape) if field.required),
    )
    for shape in (TransactionBody, CommitBody, CancelBody, Note, TransferBody)
}
"""The fields of the single calls' bodies, and those of them that must be there."""


async def plan(call: Call, said: Said, place: Place) -> Planned | Failure:
    """What the operation asks of the ledger, or what is wrong with it."""
    try:
        if isinstance(said, Raw):
            if len(body := bytes(said)) > MAX_ENTRY:
                return invalid_field(place.under, f"must have at most {MAX_ENTRY} bytes")
            fields = given(read(_operation, body, under=place.under))
        else:
            fields = said
        word = _word(fields, place.under)
        scope = "ledger:cancel" if word == "cancel" else "ledger:write"
        if scope not in call.caller.scopes:
            return Failure(403, "forbidden", f"the API key lacks the scope {scope}")
        if word in MOVEMENTS:
            return await _movement(call, word, fields, place)
        if word == "transfer":
            return await _transfer(call, fields, place)
        return await _action(call, word, fields, place)
    except Failure as failure:
        return failure


def _word(fields: dict[str, Any], under: str) -> str:
    """Which write it is; `type` may stand for `op`."""
    op, kind = fields.pop("op", None), fields.pop("type", None)
    if op is None and kind is None:
        raise invalid_field(f"{under}/op", "is missing")
    if op is not None and kind is not None and op != kind:
        raise invalid_field(f"{under}/type", "says something else than op")
    return str(op or kind)


async def _movement(call: Call, word: str, fields: dict[str, Any], place: Place) -> Planned:
    account = _id(fields, "account_id", ids.ACCOUNT, place.under)
    scale = (await call.denomination(account)).scale
    fields["type"] = word
    body = _body(TransactionBody, fields, word, place.under)
    command = movement_command(body, account, scale, call.actor, place.under)
    return Planned(_submission(call, account, command, place), 201, scale)


async def _action(call: Call, word: str, fields: dict[str, Any], place: Place) -> Planned:
    number = _id(fields, "transaction_id", ids.TRANSACTION, place.under)
    account, target = split_number(number)
    scale = (await call.denomination(account, "transaction")).scale
    actor, under = call.actor, place.under
    command: Command
    if word == "commit":
        commit = _body(CommitBody, fields, word, under)
        command = commit_command(commit, target, scale, actor, under)
    elif word == "cancel":
        cancel = _body(CancelBody, fields, word, under)
        command = cancel_command(cancel, target, scale, actor, under)
    else:
        note = note_of(_body(Note, fields, word, under), actor, under)
        command = PLAIN[word](target, note)
    return Planned(_submission(call, account, command, place), 200, scale)


async def _transfer(call: Call, fields: dict[str, Any], place: Place) -> Planned:
    body = _body(TransferBody, fields, "transfer", place.under)
    transfer, scale = await transfer_of(call, body, place.key, place.under)
    return Planned(transfer, 200, scale)


def _id(fields: dict[str, Any], name: str, prefix: str, under: str) -> int:
    if name not in fields:
        raise invalid_field(f"{under}/{name}", "is missing")
    number = ids.read(prefix, fields.pop(name))
    if number is None:
        raise Failure(404, "not_found", f"{under}/{name} names nothing")
    return number


def _body(shape: type[Shape], fields: dict[str, Any], word: str, under: str) -> Shape:
    """The body of the single call. Raises Failure (422) for fields that it does not have."""
    names, required = _NAMES[shape]
    if not fields.keys() <= names:
        name = next(name for name in fields if name not in names)
        raise invalid_field(f"{under}/{name}", f"is not for {word}")
    for name in required:
        if fields.get(name) is None:
            raise invalid_field(f"{under}/{name}", "is missing")
    return shape(**fields)


def _submission(call: Call, account: int, command: Command, place: Place) -> Submission:
    caller = call.caller
    return Submission(
        caller.tenant,
        account,
        (command,),
        caller.program,
        place.key,
        call.dry_run,
        identity=place.identity,
    )
