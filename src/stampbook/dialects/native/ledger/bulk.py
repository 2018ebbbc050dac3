"""`POST /bulk`: up to 1000 writes of the ledger in one request, all or none, or each by itself.

Each operation is decided as the single call would be. Its idempotency key is the request's key
and its place, `key#3`, and its fingerprint that of the whole request.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Annotated, Any

from msgspec import UNSET, DecodeError, Meta, Raw, Struct, UnsetType, to_builtins
from msgspec.json import Decoder

from stampbook.dialects.native.call import Call, Reply, decoded
from stampbook.dialects.native.ledger.bulk_operations import (
    AT_ONCE,
    Operation,
    Place,
    Planned,
    Said,
    plan,
)
from stampbook.dialects.native.ledger.moving import dated, shapes_of
from stampbook.dialects.native.problems import (
    Failure,
    Fault,
    Problem,
    invalid_parameter,
    problem_of,
    refused,
)
from stampbook.dialects.native.strictness import NAMES, check_bounds, check_names
from stampbook.dialects.native.wire.transactions import TransactionShape, TransferShape
from stampbook.domain.refusals import Code, Refusal
from stampbook.edge.bodies import BYTE_ORDER_MARK, LONG_NUMBER, MAX_ITEMS, NUMERIC, is_crowded
from stampbook.ledger.origin import current
from stampbook.ledger.outcomes import Done, Outcome
from stampbook.ledger.submission import Transfer
from stampbook.pacing import Slices

LONGEST_KEY = 250
"""Of a longer idempotency key a hash takes its place: with `#999` the whole fits its column."""


class BulkBody(Struct, frozen=True, forbid_unknown_fields=True):
    """`atomic`: all operations or none; otherwise each has a result of its own."""

    operations: Annotated[list[Operation], Meta(min_length=1, max_length=MAX_ITEMS)]
    atomic: bool = False


class _Envelope(Struct, frozen=True, forbid_unknown_fields=True):
    """A bulk whose operations are still to be read, each by itself."""

    operations: Annotated[list[Raw], Meta(min_length=1, max_length=MAX_ITEMS)]
    atomic: bool = False


class ResultShape(Struct, frozen=True):
    """What the single call would have answered: its status, and its body under one name."""

    index: int
    status: int
    transaction: TransactionShape | UnsetType = UNSET
    transfer: TransferShape | UnsetType = UNSET
    problem: Problem | UnsetType = UNSET
    # Its external id was taken, by a request that was the same. A retry of the bulk says of each
    # operation what the first answer did, so that the bodies are equal.
    replayed: bool | UnsetType = UNSET


class BulkShape(Struct, frozen=True):
    """Results in the order of the operations."""

    atomic: bool
    results: Sequence[ResultShape]


class _Plain(Struct, frozen=True, forbid_unknown_fields=True):
    """A bulk whose operations are read together."""

    operations: Annotated[list[Operation], Meta(min_length=1, max_length=MAX_ITEMS)]
    atomic: bool | UnsetType = UNSET


_envelope = Decoder(_Envelope)
_plain = Decoder(_Plain)


async def run_bulk(call: Call) -> Reply:
    """All or none, or each by itself. Cancels need the scope ledger:cancel, others ledger:write."""
    operations, atomic = _read_at_once(call.body) or _read(call.body)
    if current().expected and not atomic:
        raise invalid_parameter("Stampbook-Expected-Seq", "needs an atomic bulk")
    places = _places(call, len(operations))
    slices = Slices()
    plans: list[Planned | Failure] = []
    for said, place in zip(operations, places, strict=True):
        if slices.over:
            await slices.pause()
        plans.append(await plan(call, said, place))
    if atomic:
        return await _all_or_none(call, plans)
    found = await call.context.ledger.submit_all(
        [each.item for each in plans if isinstance(each, Planned)], atomic=False
    )
    outcomes = iter(await _dated(call, found))
    results: list[ResultShape] = []
    for index, each in enumerate(plans):
        if slices.over:
            await slices.pause()
        if isinstance(each, Planned):
            results.append(_result(call, index, each, next(outcomes)))
        else:
            results.append(_failed(call, index, each))
    return Reply(BulkShape(False, results), _is_replay(found))


def _read_at_once(body: bytes) -> tuple[Sequence[Said], bool] | None:
    """The operations of a bulk that is as nearly all are: small, without metadata and escapes, and
    nothing wrong with it. None for any other, which is then read with more care."""
    body = body.removeprefix(BYTE_ORDER_MARK)
    if (
        len(body) > AT_ONCE
        or body.find(b"\\") >= 0
        or body.find(b'"metadata"') >= 0
        or body.translate(NUMERIC).find(LONG_NUMBER) >= 0
    ):
        return None
    try:
        said: dict[str, Any] = to_builtins(_plain.decode(body))
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return None
    operations: list[Said] = said["operations"]
    # Every name is known, so one that is twice in an object is missing in what was read. A colon
    # ends a name or lies in a text: as many as there are names leave none for a text.
    names = sum(map(len, operations)) + len(said)
    if body.count(b":") != names and len([each for each in NAMES.findall(body) if each]) != names:
        return None
    return operations, said.get("atomic", False)


def _read(body: bytes) -> tuple[Sequence[Said], bool]:
    """The bulk, whose operations are to be read one by one. Raises Failure (422).

    The rest is checked without them, and they are checked when they are read: ten megabytes at
    once would keep others waiting.
    """
    body = body.removeprefix(BYTE_ORDER_MARK)
    if is_crowded(body):
        check_bounds(body)
    found = decoded(_envelope, body)
    rest, at = [], 0
    for operation in found.operations:
        text = bytes(operation)
        place = body.find(text, at)
        rest.append(body[at:place])
        at = place + len(text)
    rest.append(body[at:])
    check_names(b"0".join(rest))
    return found.operations, found.atomic


def _places(call: Call, count: int) -> list[Place]:
    """The operations' pointers and keys."""
    key = call.key
    if key is None:
        return [Place(f"/operations/{index}", None, None) for index in range(count)]
    short = key if len(key) <= LONGEST_KEY else blake2b(key.encode(), digest_size=32).hexdigest()
    whole = blake2b(call.body, digest_size=16).hexdigest()
    return [
        Place(f"/operations/{index}", f"{short}#{index}", f"{index} of {whole}")
        for index in range(count)
    ]


async def _all_or_none(call: Call, plans: Sequence[Planned | Failure]) -> Reply:
    """The first operation that is refused answers for all: its Failure is raised."""
    understood: list[Planned] = []
    for index, each in enumerate(plans):
        if isinstance(each, Failure):
            each.more["index"] = index
            raise each
        understood.append(each)
    outcomes = await call.context.ledger.submit_all([each.item for each in understood], atomic=True)
    refusal = outcomes[-1]
    if isinstance(refusal, Refusal):
        index = len(outcomes) - 1
        failure = _refused(understood[index], refusal)
        if refusal.code is not Code.OVERLOADED:  # which is nothing about one operation
            failure.faults = [Fault(refusal.detail, pointer=f"/operations/{index}")]
            failure.more["index"] = index
        if refusal.code is Code.APPROVAL_REQUIRED and await _are_of_several_programs(
            call, understood
        ):
            # Who approves must see all of it, and an approval is one program's.
            current().needs_approval = None
            failure.detail = "operations in several programs cannot be approved together"
        raise failure
    slices = Slices()
    results: list[ResultShape] = []
    written = await _dated(call, outcomes)
    for index, (each, outcome) in enumerate(zip(understood, written, strict=True)):
        if slices.over:
            await slices.pause()
        results.append(_result(call, index, each, outcome))
    return Reply(BulkShape(True, results), _is_replay(outcomes))


async def _are_of_several_programs(call: Call, plans: Sequence[Planned]) -> bool:
    accounts: set[int] = set()
    for each in plans:
        item = each.item
        accounts |= {item.source, item.receiver} if isinstance(item, Transfer) else {item.account}
    found = await call.context.ledger.denominations.of_all(accounts)
    return len({each.program for each in found.values()}) > 1


def _refused(planned: Planned, refusal: Refusal) -> Failure:
    return refused(refusal, account=planned.account, scale=planned.scale)


def _is_replay(outcomes: Sequence[Outcome]) -> bool:
    """Whether something was carried out, all of it before. A refusal uses up no key, so that it
    is decided anew and says nothing about this."""
    done = [each for each in outcomes if not isinstance(each, Refusal)]
    return bool(done) and all(each.replayed for each in done)


def _failed(call: Call, index: int, failure: Failure) -> ResultShape:
    return ResultShape(index, failure.status, problem=problem_of(failure, call.request_id))


async def _dated(call: Call, outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    return [
        await dated(call, each) if isinstance(each, Done) and each.expiries is None else each
        for each in outcomes
    ]


def _result(call: Call, index: int, planned: Planned, outcome: Outcome) -> ResultShape:
    if isinstance(outcome, Refusal):
        return _failed(call, index, _refused(planned, outcome))
    replayed = outcome.named or UNSET
    shapes = shapes_of(outcome)
    if isinstance(planned.item, Transfer):
        both = TransferShape(shapes[0], shapes[1])
        return ResultShape(index, planned.status, transfer=both, replayed=replayed)
    return ResultShape(index, planned.status, transaction=shapes[0], replayed=replayed)
