"""What people set up (programs, card definitions, members …) in the shape that all of it has.

A `Resource` declares what is its own: where it is stored, its lists, its shapes, its states, and
its rules as functions. `operations` makes rows of the dialect's table of it: list, create, read,
update, delete, one for each step between states, and the list of activities. What is assigned to a
resource is in assignments.py. All else, such as a batch of members, is an ordinary operation.

Every write is one transaction, once for an idempotency key: the resource is held, so that nobody
else changes it meanwhile; the rules are asked; what changes is saved, and an activity tells of it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from stampbook.dialects.voucherify.core import activities
from stampbook.dialects.voucherify.core.activities import Entity
from stampbook.dialects.voucherify.core.bodies import (
    merged_metadata,
    read_body,
    read_no_body,
    read_raw,
)
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.faults import Fault, invalid_step
from stampbook.dialects.voucherify.core.lists.filters import Sql
from stampbook.dialects.voucherify.core.lists.listing import Kind, list_page, read_page
from stampbook.dialects.voucherify.core.once import write_once
from stampbook.dialects.voucherify.core.operations import Access, operation
from stampbook.dialects.voucherify.core.shapes.schema import Schema, list_of
from stampbook.edge.operations import Handler, Operation
from stampbook.storage.store import Row, Transacting

Body = dict[str, Any]
Changes = dict[str, Any]
"""New values by the names of a resource's fields."""


class Stored(Protocol):
    """What the kernel must know of whatever is stored. `metadata` is JSON text."""

    @property
    def status(self) -> str: ...

    @property
    def metadata(self) -> str: ...


T = TypeVar("T", bound=Stored)


class Edit(NamedTuple):
    """One request's write, within its transaction. `touched` are accounts that the ledger must
    forget after the commit."""

    call: Call
    writing: Transacting
    touched: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The list of a resource: its filters and orders, the statement that finds it, and whose rows
    a caller sees. `select` has the placeholder `{keys}` (core/lists/listing.py)."""

    kind: Kind
    select: str
    where: Callable[[Call], Awaitable[Sql]]
    print: Callable[[Row], Body]


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """POST. `make` writes, and returns the body of the answer."""

    shape: Any
    answer: Schema
    make: Callable[[Edit, Any], Awaitable[Body]]
    access: Access


@dataclass(frozen=True, slots=True, kw_only=True)
class Update(Generic[T]):
    """PUT: what is given replaces what was; metadata is merged.

    `read` has the body as changes, checked by themselves. `check` is the draft rule: it refuses
    those of the given properties that may not be changed now. `merge` checks the changes together
    with what they do not change.
    """

    shape: Any
    read: Callable[[Any], Changes]
    check: Callable[[Edit, T, frozenset[str]], Awaitable[None]] | None = None
    merge: Callable[[T, Changes], Changes] = lambda found, changes: changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Generic[T]):
    """A step between states, by a path of its own: `word`. `check` refuses what is not ready."""

    word: str
    before: tuple[str, ...]
    after: str
    event: str
    summary: str
    check: Callable[[Edit, T], Awaitable[None]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource(Generic[T]):
    """See the module. Functions raise Faults, and those with an `Edit` write.

    `find` reads what the path names (404), `hold` does so for a change: nobody else changes it
    until the transaction ends. `save` stores changes; `remove` hides what is in no use, and returns
    it as it is to be answered. `activity` is the data of an activity.
    """

    noun: str
    plural: str
    name: str
    """How the names of operations end: `get_program`."""
    path: str
    item: str
    tag: str
    entity: Entity
    shape: Schema
    number: Callable[[T], int]
    listing: Listing
    find: Callable[[Call], Awaitable[T]]
    hold: Callable[[Edit], Awaitable[T]]
    save: Callable[[Edit, T, Changes], Awaitable[T]]
    remove: Callable[[Edit, T], Awaitable[T]]
    print: Callable[[T], Body]
    activity: Callable[[T, Changes | None], Body]
    update: Update[T]
    steps: tuple[Step[T], ...]
    create: Create | None = None
    show: Callable[[Call, T], Awaitable[Body]] | None = None
    """The answer of a read where it has more than that of a change; `shown` is its shape."""
    shown: Schema | None = None
    access: Access = Access.KEY
    writes: str = "admin"
    """The scope of changes; a removal always needs `admin`."""

    async def note(self, edit: Edit, found: T, event: str, changes: Changes | None = None) -> None:
        """Record an activity with the change that it tells of. Writes."""
        await self.note_data(edit, found, event, self.activity(found, changes))

    async def note_data(self, edit: Edit, found: T, event: str, data: Body) -> None:
        """Record an activity that tells this of it. Writes."""
        type_, number = f"{self.entity.word}.{event}", self.number(found)
        await activities.note(edit.writing, edit.call, self.entity, number, type_, data)


# -- the steps that most of what is set up has -------------------------------------------


def activate(*before: str, check: Callable[[Edit, T], Awaitable[None]] | None = None) -> Step[T]:
    """From any of the states given. States are spelled as these are: `draft` or `DRAFT`."""
    return Step(
        word="activate", summary="Activate", before=before, after=_like(before[0], "active"),
        event="activated", check=check,
    )  # fmt: skip


def deactivate(active: str) -> Step[Any]:
    """From the state given."""
    return Step(
        word="deactivate", summary="Deactivate", before=(active,),
        after=_like(active, "inactive"), event="deactivated",
    )  # fmt: skip


def draft(active: str, check: Callable[[Edit, T], Awaitable[None]] | None = None) -> Step[T]:
    """Back from the state given, when what was set up is to be changed."""
    return Step(
        word="draft", summary="Make a draft again of", before=(active,),
        after=_like(active, "draft"), event="drafted", check=check,
    )  # fmt: skip


def _like(spelled: str, state: str) -> str:
    return state.upper() if spelled.isupper() else state


# -- what the operations do --------------------------------------------------------------


async def _list(listing: Listing, call: Call) -> Body:
    page = read_page(call, listing.kind)
    where = await listing.where(call)
    return await list_page(call, page, select=listing.select, where=where, print_=listing.print)


async def _create(create: Create, call: Call) -> Body:
    wanted = read_body(call.body, create.shape)
    return await _write(call, lambda edit: create.make(edit, wanted))


async def _read(resource: Resource[T], call: Call) -> Body:
    found = await resource.find(call)
    return resource.print(found) if resource.show is None else await resource.show(call, found)


async def _update(resource: Resource[T], call: Call) -> Body:
    update = resource.update
    wanted, given = read_body(call.body, update.shape), frozenset(read_raw(call.body))
    asked = update.read(wanted)

    async def change(edit: Edit) -> Body:
        found = await resource.hold(edit)
        if update.check is not None:
            await update.check(edit, found, given)
        changes = asked
        if "metadata" in asked:
            changes = asked | {"metadata": merged_metadata(found.metadata, asked["metadata"])}
        return await _save(resource, edit, found, update.merge(found, changes), "updated")

    return await _write(call, change)


async def _remove(resource: Resource[T], call: Call) -> Body:
    read_no_body(call.body)

    async def change(edit: Edit) -> Body:
        gone = await resource.remove(edit, await resource.hold(edit))
        await resource.note(edit, gone, "deleted")
        return resource.print(gone)

    return await _write(call, change)


async def _step(resource: Resource[T], step: Step[T], call: Call) -> Body:
    read_no_body(call.body)

    async def change(edit: Edit) -> Body:
        found = await resource.hold(edit)
        if found.status not in step.before:
            raise no_such_step(resource.noun, found.status, step.after)
        if step.check is not None:
            await step.check(edit, found)
        return await _save(resource, edit, found, {"status": step.after}, step.event)

    return await _write(call, change)


def no_such_step(noun: str, before: str, after: str) -> Exception:
    """The state machine has no such step."""
    kind = noun.replace(" ", "_")
    return invalid_step(f"Cannot move {kind} from {before.upper()} to {after.upper()}")


async def _save(resource: Resource[T], edit: Edit, found: T, changes: Changes, event: str) -> Body:
    changed = await resource.save(edit, found, changes)
    await resource.note(edit, changed, event, changes)
    return resource.print(changed)


async def _write(call: Call, change: Callable[[Edit], Awaitable[Body]]) -> Body:
    touched: list[int] = []
    body = await write_once(call, lambda writing: change(Edit(call, writing, touched)))
    call.context.ledger.forget(touched)
    return body


async def _list_activities(resource: Resource[T], call: Call) -> Body:
    page = read_page(call, resource.entity.kind)
    found = await resource.find(call)
    entity, number, now = resource.entity, resource.number(found), resource.activity(found, None)
    return await activities.list_activities(call, page, entity, number, now)


def ids_first(find: Callable[[Call], Awaitable[object]], handler: Handler) -> Handler:
    """The handler, of which ids of the path that are unknown (404: `find`) come before whatever is
    wrong with the body (400)."""

    async def handle(call: Call) -> object:
        try:
            return await handler(call)
        except Fault as fault:
            if fault.status == 400:
                await find(call)
            raise

    return handle


# -- the rows of the table ---------------------------------------------------------------


def operations(resource: Resource[Any]) -> tuple[Operation, ...]:
    """List, create, read, update, delete, a row for each step, and the list of activities."""
    name, path, item, scope = resource.name, resource.path, resource.item, resource.writes
    noun, kind, entity = f"a {resource.noun}", resource.listing.kind, resource.entity
    row = partial(operation, tag=resource.tag, access=resource.access, answer=resource.shape)
    named = partial(ids_first, resource.find)
    rows = [
        row("GET", path, partial(_list, resource.listing), "read", f"List {resource.plural}",
            name=f"list_{name}s", answer=list_of(resource.shape, kind.prefix), query=kind.query),
        row("GET", item, partial(_read, resource), "read", f"Read {noun}", name=f"get_{name}",
            answer=resource.shown or resource.shape),
        row("PUT", item, named(partial(_update, resource)), scope, f"Update {noun}",
            name=f"update_{name}", body=resource.update.shape),
        row("DELETE", item, named(partial(_remove, resource)), "admin", f"Delete {noun}",
            name=f"delete_{name}"),
        *(row("POST", f"{item}/{step.word}", named(partial(_step, resource, step)), scope,
              f"{step.summary} {noun}", name=f"{step.word}_{name}")
          for step in resource.steps),
        row("GET", f"{item}/activities", partial(_list_activities, resource), "read",
            f"List the activities of {noun}", name=f"list_{name}_activities",
            answer=list_of(entity.shape, entity.cursor), query=entity.kind.query),
    ]  # fmt: skip
    create = resource.create
    if create is not None:
        rows.append(row("POST", path, partial(_create, create), scope, f"Create {noun}",
                        name=f"create_{name}", body=create.shape, answer=create.answer,
                        access=create.access))  # fmt: skip
    return tuple(rows)
