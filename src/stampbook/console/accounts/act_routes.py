"""Rows of the pages about transactions, and of what acts upon them and upon accounts."""

from typing import Final

from stampbook.console.accounts import moves, previews, transactions
from stampbook.console.rows import form, page
from stampbook.programs.roles import Role

ACTS: Final = (
    *form("/accounts/{acc}/move", moves.move, Role.SUPPORT),
    page("/transactions/{txn}", transactions.transaction),
    page("/transactions/{txn}/live", transactions.transaction_live),
    *form("/transactions/{txn}/cancel", previews.cancel, Role.SUPPORT),
    *form("/transactions/{txn}/commit", previews.commit, Role.SUPPORT),
    *form("/transactions/{txn}/release", previews.release, Role.SUPPORT),
    *form("/transactions/{txn}/activate", previews.activate, Role.SUPPORT),
    *form("/transactions/{txn}/expire", previews.expire, Role.SUPPORT),
)
