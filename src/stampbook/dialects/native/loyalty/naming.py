"""What a body names: it must be there, and be the program's."""

from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeVar

from stampbook.dialects.native import ids
from stampbook.dialects.native.problems import Failure, invalid_field


class Owned(Protocol):
    """Something of a program; None: of the whole tenant."""

    @property
    def program_id(self) -> int | None: ...


NOT_THERE: Final = "names nothing that the program has"

Found = TypeVar("Found", bound=Owned)


async def named(
    find: Callable[[int], Awaitable[Found | None]],
    prefix: str,
    text: str,
    pointer: str,
    *,
    program: int | None,
) -> Found:
    """What the id names, by `find`, which may raise Failure (404). Raises Failure (422)."""
    number, found = ids.read(prefix, text), None
    if number is not None:
        try:
            found = await find(number)
        except Failure as failure:
            if failure.status != 404:
                raise
    if found is None or found.program_id != program:
        raise invalid_field(pointer, NOT_THERE)
    return found
