"""Every refusal, with the words of every dialect."""

from __future__ import annotations

from stampbook.dialects.altcraft.answers import REFUSALS as ALTCRAFT
from stampbook.dialects.altegio.answers import REFUSALS as ALTEGIO
from stampbook.dialects.altegio.faults import Fault
from stampbook.dialects.altegio.texts import MESSAGES
from stampbook.dialects.native.problems import CODE_OF_STATUS, STATUS_OF
from stampbook.dialects.voucherify.core.faults import KEYS
from stampbook.dialects.voucherify.core.faults import REFUSALS as VOUCHERIFY
from stampbook.domain.refusals import Code
from stampbook.explaining.refusals import SENTENCES
from stampbook.loyalty.faults import Code as LoyaltyCode
from tests.documentation.reference.markdown import cell, code, table

PAGE = "docs/reference/refusals"

INTRODUCTION = """# Refusals

A refusal has no effect: nothing was written, and neither the idempotency key nor the external id is
used up. The same request can be sent again and is decided anew. This page is made from the
program's own tables.

Codes are stable; sentences for people may change. The native API answers `application/problem+json`
with the `code`; the console says the sentence, in English or in Russian.
"""

LEDGER = """
## What the ledger refuses

Every movement of points, through any API, can be refused for one of these reasons. If several
apply, the first in this order is answered. [What the ledger promises](../concepts/semantics.md)
explains the rules behind them.
"""

WORDS = """
## The same in the vendors' words

Altegio's API answers with the HTTP status and `meta.message`; Voucherify's with the status, `key`
and `message`; Altcraft's with HTTP status 200 and `error` and `error_text`. A cancel of what is
cancelled already is no refusal in Altegio's API: it answers the state as it is.
"""

LOYALTY = """
## Of rules, orders, tiers and rewards

The native API answers 409. Altegio's API answers 422 with the code as its message. Voucherify's
words are in [its reference](voucherify.md).
"""

OTHERS = """
## Other codes of the native API

Of requests that are not about points: people, keys, files, webhooks, and what never reached an
operation.
"""


def pages() -> dict[str, str]:
    """The one page."""
    ledger = [
        (code(each.value), str(STATUS_OF[each]), cell(SENTENCES[each.value])) for each in Code
    ]
    words = [
        (
            code(each.value),
            _altegio(ALTEGIO[each]),
            _voucherify(each),
            f"{ALTCRAFT[each][0]}: {cell(ALTCRAFT[each][1])}",
        )
        for each in Code
    ]
    of_ledger = {each.value for each in Code}
    known = of_ledger | {each.value for each in LoyaltyCode}
    loyalty = [
        (code(each.value), cell(SENTENCES[each.value]))
        for each in LoyaltyCode
        if each.value not in of_ledger
    ]
    statuses = {word: str(status) for status, word in CODE_OF_STATUS.items()}
    others = [
        (code(word), statuses.get(word, ""), cell(text))
        for word, text in SENTENCES.items()
        if word not in known
    ]
    others += [
        (code(word), status, cell(word.replace("_", " ").capitalize() + "."))
        for word, status in statuses.items()
        if word not in SENTENCES
    ]
    vendors = ("code", "Altegio", "Voucherify", "Altcraft")
    text = [
        *(INTRODUCTION, LEDGER, table(("code", "native API", "the console's words"), ledger)),
        *(WORDS, table(vendors, words)),
        *(LOYALTY, table(("code", "the console's words"), loyalty)),
        *(OTHERS, table(("code", "status", "the console's words"), others)),
    ]
    return {PAGE: "\n".join(text)}


def _voucherify(refused: Code) -> str:
    status, message = VOUCHERIFY[refused]
    return f"{status} {code(KEYS.get(refused, refused.value))}: {cell(message)}"


def _altegio(fault: Fault) -> str:
    if fault.message is None:
        return f"{fault.status}"
    if fault.literal:
        return f"{fault.status} {code(fault.message)}"
    said = [MESSAGES[fault.message][0]]
    said += [f"{code(field)}: {MESSAGES[text][0]}" for field, text in fault.errors]
    return f"{fault.status} {cell(' '.join(said))}"
