"""The statements that may touch several shards, each with its reason. All others name theirs."""

from __future__ import annotations

import re
from typing import Final

from tests.distribution.sent import Sent

FEED: Final = "the feed has the rows of all shards in one order"
SUMS: Final = "a sum or list over a currency, from the projections"
PROGRAM: Final = "a list over all accounts of a program"
PROJECTED: Final = "the projector writes what follows from rows of all shards, in one transaction"
EACH: Final = "what is in force of many awards or payments: with Citus, that is beside them"
CHANGES: Final = "a report of what was awarded and taken back, at its instants"
CHECKED: Final = "a check of all rows"
KEYS: Final = "an idempotency key is its tenant's: with Citus, keys are on the coordinator"

SEVERAL: Final = {
    r"\bposition (>|<=) \$1": FEED,
    r"FROM holdings\s+WHERE currency_id = \$1": SUMS,
    r"INSERT INTO (holdings|lot_births)\b|DELETE FROM holdings": PROJECTED,
    r"JOIN transactions t ON t\.shard = a\.shard": PROGRAM,
    r"t\.shard = a\.shard AND t\.account_id = a\.account_id ORDER BY": PROGRAM,
    r"\b[cx]\.at / \$4 AS slot\b": CHANGES,
    r"FROM (awards|payments) [wp]\b": EACH,
    r"FROM transactions /\* beside \*/ WHERE key_digest = ": KEYS,
    r"\bNOT EXISTS \(|p\.position >= t\.position|FROM lot_births WHERE \(shard,": CHECKED,
}


ON_COORDINATOR: Final = {EACH, KEYS}
"""With Citus, statements with these reasons are sent to no shard."""


def reason(sent: Sent) -> str | None:
    """Why the statement may touch several shards; None: it may not."""
    return next((why for text, why in SEVERAL.items() if re.search(text, sent.sql)), None)
