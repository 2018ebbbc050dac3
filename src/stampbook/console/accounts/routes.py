"""Rows of the pages about accounts."""

from typing import Final

from stampbook.console.accounts import account, lots, previews, statement
from stampbook.console.rows import form, page
from stampbook.programs.roles import Role

ACCOUNTS: Final = (
    page("/accounts/{acc}", account.account),
    page("/accounts/{acc}/live", account.account_live),
    page("/accounts/{acc}/statement", statement.statement),
    page("/lots/{lot}", lots.lot),
    *form("/transactions/{txn}/cancel", previews.cancel, Role.SUPPORT),
    *form("/transactions/{txn}/commit", previews.commit, Role.SUPPORT),
    *form("/transactions/{txn}/release", previews.release, Role.SUPPORT),
    *form("/transactions/{txn}/activate", previews.activate, Role.SUPPORT),
    *form("/transactions/{txn}/expire", previews.expire, Role.SUPPORT),
)
