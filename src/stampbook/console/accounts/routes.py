"""Rows of the pages about accounts."""

from typing import Final

from stampbook.console.accounts import account, lots, statement
from stampbook.console.accounts.act_routes import ACTS
from stampbook.console.rows import page

ACCOUNTS: Final = (
    page("/accounts/{acc}", account.account),
    page("/accounts/{acc}/live", account.account_live),
    page("/accounts/{acc}/statement", statement.statement),
    page("/lots/{lot}", lots.lot),
    *ACTS,
)
