"""What the demo shows on the first page: a cancel in each vendor's words, to do and to undo."""

from typing import NamedTuple

from stampbook.edge.context import Context


class Card(NamedTuple):
    """One cancel to try. `transactions` are the redemptions or accruals that it cancels.

    `look` and `preview` are pages, `curl` is the command that the terminal printed. `usable_on` is
    the instant when pending points become usable, and the zone in which its day is meant.
    """

    name: str
    account: str
    transactions: tuple[str, ...]
    look: str
    preview: str
    curl: str
    usable_on: tuple[int, str] | None = None


class Guide(NamedTuple):
    """The demo's login, and its cards in their order."""

    login: str
    password: str
    cards: tuple[Card, ...]


def guide_of(context: Context) -> Guide | None:
    """The guide of a demo; None for any other server."""
    found = context.kept.get("console")
    assert found is None or isinstance(found, Guide)
    return found
