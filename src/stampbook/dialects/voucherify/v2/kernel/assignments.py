"""What is assigned to a resource: a list, and a batch that takes away and gives.

A batch takes away first, then gives; all or nothing. Some may change only while the resource is a
draft.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Final, Generic

from msgspec import Meta

from stampbook.dialects.voucherify.core.bodies import Closed, read_body
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.faults import Fault, not_found
from stampbook.dialects.voucherify.core.lists.filters import Sql
from stampbook.dialects.voucherify.core.lists.listing import Kind, list_page, read_page
from stampbook.dialects.voucherify.core.once import write_once
from stampbook.dialects.voucherify.core.operations import operation
from stampbook.dialects.voucherify.core.shapes.schema import Schema, array_of, list_of, object_of
from stampbook.dialects.voucherify.v2.kernel.resources import Body, Edit, Resource, T, ids_first
from stampbook.edge.operations import Operation
from stampbook.storage.store import Row, Transacting

MAX_BATCH: Final = 10


class Named(Closed, frozen=True):
    """Something that is named by its id."""

    id: Annotated[str, Meta(max_length=100)]


MOST: Final = Meta(max_length=MAX_BATCH)


class Batch(Closed, frozen=True):
    """What a batch takes away and gives; each kind of batch says which ids it knows."""

    assign: Sequence[Named] | None = None
    unassign: Sequence[Named] | None = None


Change = Callable[[Edit, T, Sequence[Any]], Awaitable[list[Body]]]
"""Takes away or gives those that the batch's items name. Writes; raises a Fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignments(Generic[T]):
    """What is assigned to a resource. `select` has the resource's number as its parameter `$1`, and
    the placeholder `{keys}`; `name` is a part of the names of operations. `check` refuses what the
    whole batch leaves. Writes are refused outside of DRAFT, if there are `drafts_only`."""

    of: Resource[T]
    plural: str
    word: str
    name: str
    shape: Schema
    kind: Kind
    select: str
    print: Callable[[Row], Body]
    assign: Change[T]
    unassign: Change[T]
    batch: type[Batch]
    drafts_only: bool = True
    check: Callable[[Edit, T, Sequence[Body]], Awaitable[None]] | None = None


async def _list(assignments: Assignments[T], call: Call) -> Body:
    page = read_page(call, assignments.kind)
    found = await assignments.of.find(call)
    where = Sql("1 = 1", (assignments.of.number(found),))
    return await list_page(
        call, page, select=assignments.select, where=where, print_=assignments.print
    )


async def _change(assignments: Assignments[T], call: Call) -> Body:
    wanted: Batch = read_body(call.body, assignments.batch)

    async def write(writing: Transacting) -> Body:
        edit = Edit(call, writing, [])
        found = await assignments.of.hold(edit)
        if call.caller.program is not None and wanted.assign:
            # What is not assigned yet is the tenant's, and a bound key does not see it.
            raise not_found(assignments.name, wanted.assign[0].id)
        if assignments.drafts_only and found.status.upper() != "DRAFT":
            noun, detail = assignments.of.noun, assignments.plural.removesuffix("s")
            raise Fault(
                423,
                f"non_draft_{noun.replace(' ', '_')}",
                f"Invalid {noun} status",
                f"Cannot change {detail} assignments when {noun} status is not DRAFT",
            )
        gone = await assignments.unassign(edit, found, wanted.unassign or ())
        made = await assignments.assign(edit, found, wanted.assign or ())
        if assignments.check is not None:
            await assignments.check(edit, found, gone)
        return {"assigned": made, "unassigned": gone}

    return await write_once(call, write)


def operations(assignments: Assignments[Any]) -> tuple[Operation, ...]:
    """The list, and the batch."""
    change = ids_first(assignments.of.find, partial(_change, assignments))
    of, kind, each = assignments.of, assignments.kind, array_of(assignments.shape)
    path = f"{of.item}/{assignments.word}"
    return (
        operation("GET", path, partial(_list, assignments), "read",
                  f"List the {assignments.plural} of a {of.noun}", tag=of.tag,
                  name=f"list_{of.name}_{assignments.name}_assignments",
                  answer=list_of(assignments.shape, kind.prefix), query=kind.query),
        operation("POST", f"{path}/batch", change, of.writes,
                  f"Assign {assignments.plural} to a {of.noun}, and take them away", tag=of.tag,
                  name=f"batch_{of.name}_{assignments.name}_assignments", body=assignments.batch,
                  answer=object_of(assigned=each, unassigned=each)),
    )  # fmt: skip
