"""Compares a database with anchors that were kept elsewhere (verifying/anchors.py)."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from stampbook.domain.audit import JournalFault
from stampbook.storage.store import Store
from stampbook.verifying.anchor_lines import (
    Anchor,
    AuditHead,
    BadLine,
    Head,
    Root,
    heads_of,
    is_signed,
    read_line,
)
from stampbook.verifying.anchors import hashes_of, heads_upto

CHUNK: Final = 500
"""Heads that are looked up at once."""


def lines_of(path: Path) -> Iterator[tuple[int, Anchor]]:
    """The anchors of a file, with the number of their line. Raises BadLine, OSError."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                anchor = read_line(line)
            except BadLine as error:
                raise BadLine(f"{path}, line {number} is not an anchor: {error}") from None
            yield number, anchor


async def verify_anchors(
    store: Store, path: Path, *, key: bytes | None
) -> AsyncGenerator[JournalFault, None]:
    """For each anchor the first account whose journal does not have the anchored row, and whatever
    else does not agree. Without a key, signatures are not looked at. Raises BadLine, OSError.

    `account` is 0 for what concerns no single account.
    """
    newest: dict[int, Anchor] = {}
    faulty: set[int] = set()
    present: set[tuple[int, str]] = set()
    asked: dict[tuple[int, str], str] = {}
    for _, anchor in lines_of(path):
        async for fault in _verify_one(store, anchor, key):
            faulty.add(anchor.tenant)
            yield fault
        present.add((anchor.tenant, anchor.id))
        if anchor.previous is not None:
            asked[anchor.tenant, anchor.previous] = _named(anchor)
        last = newest.get(anchor.tenant)
        if last is None or last.position <= anchor.position:
            newest[anchor.tenant] = anchor
    for place, later in asked.items():
        if place not in present:
            yield JournalFault(0, 0, f"{path} lacks anchor {place[1]}, which {later} follows")
    for tenant, anchor in newest.items():
        if tenant not in faulty and await _root_of(store, anchor) != anchor.root:
            yield JournalFault(0, 0, f"{_named(anchor)} has another root than the journals")


async def _verify_one(
    store: Store, anchor: Anchor, key: bytes | None
) -> AsyncIterator[JournalFault]:
    if key is not None and not is_signed(anchor, key):
        yield JournalFault(0, 0, f"{_named(anchor)} is not signed with the key in anchor_key_file")
        return
    fault = await _first_lacking(store, anchor)
    if fault is not None:
        yield fault
    if anchor.audit.number:
        row = await store.fetch_one(
            "SELECT hash FROM audit WHERE tenant_id = $1 AND number = $2",
            anchor.tenant,
            anchor.audit.number,
        )
        if row is None or bytes(row["hash"]).hex() != anchor.audit.hash:
            what = f"the audit log does not have row {anchor.audit.number} as {_named(anchor)} has"
            yield JournalFault(0, 0, what)


async def _first_lacking(store: Store, anchor: Anchor) -> JournalFault | None:
    heads = heads_of(anchor)
    while chunk := list(islice(heads, CHUNK)):
        places = [(head.account, head.seq) for head in chunk]
        found = await hashes_of(store, store.shards, places)
        for head in chunk:
            fault = _compared(head, found.get((head.account, head.seq)), anchor)
            if fault is not None:
                return fault
    return None


def _compared(head: Head, found: bytes | None, anchor: Anchor) -> JournalFault | None:
    if found is None:
        what = f"its journal no longer has row {head.seq}, which {_named(anchor)} has"
        return JournalFault(head.account, 0, what)
    if not found.startswith(head.prefix):
        what = f"the row is not the one that {_named(anchor)} has"
        return JournalFault(head.account, head.seq, what)
    return None


async def _root_of(store: Store, anchor: Anchor) -> str:
    """What the anchor's root would be by the journals as they are."""
    root = Root()
    async for head in heads_upto(store, anchor.position):
        if head.tenant == anchor.tenant:
            root.add(head.account, head.seq, head.hash)
    return root.end(AuditHead(anchor.audit.number, anchor.audit.hash))


def _named(anchor: Anchor) -> str:
    return f"anchor {anchor.id} of {anchor.at}"
