"""A file as it comes: to the disk, and never into memory as a whole.

The body is the file, or a form (multipart/form-data) whose last part it is. Fields before it are
parameters, as those of the query are.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from typing import IO, Any, Final, NamedTuple

from stampbook.dialects.native.call import Call
from stampbook.dialects.native.problems import Failure, invalid, invalid_parameter
from stampbook.edge.uploads.parts import MAX_FILE, BadForm, Parts, boundary_of
from stampbook.edge.uploads.streaming import Source
from stampbook.files.keeping import MEGABYTE, Folder, NoRoom

AT_ONCE: Final = 4
"""Files that a process takes at the same time."""

LOOK_EVERY: Final = 16 * MEGABYTE
"""Bytes after which the disk is looked at again."""

RETRY_AFTER_S: Final = 10

COMING: Final = "files that come"


class Upload(NamedTuple):
    """What is sent: parameters, and where the file is read from."""

    query: Mapping[str, str]
    source: Source


class Content(NamedTuple):
    """A file that has come: its size, and its SHA-256."""

    size: int
    digest: bytes


async def opened(call: Call) -> Upload:
    """The parameters of the request, which come before the file. Raises Failure."""
    request = call.request
    assert request is not None
    assert request.stream is not None
    try:
        boundary = boundary_of(request.header(b"content-type"))
        if boundary is None:
            return Upload(call.query, request.stream)
        parts = Parts(request.stream, boundary)
        fields = await parts.fields()
    except BadForm as error:
        raise invalid(str(error)) from None
    for name, value in fields.items():
        if name not in call.operation.extra or name in call.query or "\0" in value:
            raise invalid_parameter(name, "is not a parameter of this request, or is there twice")
    if not parts.has_file:
        raise invalid("the form has no file")
    return Upload({**call.query, **fields}, parts)


@contextmanager
def turn(kept: dict[str, Any]) -> Iterator[None]:
    """One of the files that a process takes at once. Raises Failure."""
    if kept.get(COMING, 0) >= AT_ONCE:
        detail = f"{AT_ONCE} files are coming in already; try again later"
        raise Failure(503, "overloaded", detail, retry_after_s=RETRY_AFTER_S)
    kept[COMING] = kept.get(COMING, 0) + 1
    try:
        yield
    finally:
        kept[COMING] -= 1


def no_room(error: NoRoom) -> Failure:
    """503."""
    return Failure(503, "storage_full", str(error), retry_after_s=RETRY_AFTER_S)


def elsewhere() -> Failure:
    """409. A row names a file that is kept, but not in the folder of this server."""
    detail = (
        "this server does not have the file. It is on another one, or was lost: servers on several"
        " machines must share files_folder"
    )
    return Failure(409, "file_elsewhere", detail)


async def copied(source: Source, content: IO[bytes], folder: Folder) -> Content:
    """Write what the source has into the file. Raises Failure, NoRoom, BrokenOff."""
    hashed, size, looked_at = sha256(), 0, 0

    def write(part: bytes) -> None:
        content.write(part)
        hashed.update(part)

    while part := await _next(source):
        size += len(part)
        if size > MAX_FILE:
            raise Failure(413, "payload_too_large", f"the file may have {MAX_FILE} bytes")
        if size - looked_at >= LOOK_EVERY:
            looked_at = size
            folder.check_room(0)
        await asyncio.to_thread(write, part)
    if not size:
        raise invalid("the file is empty")
    try:
        await asyncio.to_thread(content.flush)
    except OSError as error:
        raise NoRoom(f"the file cannot be written ({error.strerror})") from error
    return Content(size, hashed.digest())


async def _next(source: Source) -> bytes:
    try:
        return await source.read()
    except BadForm as error:
        raise invalid(str(error)) from None
