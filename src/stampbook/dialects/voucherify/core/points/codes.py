"""Card codes: made from a definition's pattern, and found by without naming a program."""

import secrets
from typing import Any, Final

from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.dialects.voucherify.core import activities
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.definitions.rows import find_definition
from stampbook.dialects.voucherify.core.definitions.wire import default_parts
from stampbook.dialects.voucherify.core.rows import Card
from stampbook.programs import accounts
from stampbook.programs.faults import Taken

ATTEMPTS: Final = 10
"""Tries to find a code that is free; a pattern that fails so often is nearly used up."""


def make_code(config: dict[str, Any]) -> str:
    """A code: prefix, the pattern with a random character for each #, postfix."""
    charset = config["charset"]
    body = "".join(secrets.choice(charset) if c == "#" else c for c in config["pattern"])
    return f"{config['prefix']}{body}{config['postfix']}"


async def with_code(call: Call, card: Card) -> Card:
    """The card with its code. One that another API opened without a number gets it now.

    Of several callers at once all see the same code. A card whose definition's pattern is used up
    stays without.
    """
    if card.code is not None:
        return card
    place = card.place
    definition = await find_definition(call.store, place.definition, tenant=call.tenant)
    config = (default_parts() if definition is None else definition.body)["code_config"]
    for _ in range(ATTEMPTS):
        try:
            return card._replace(code=await _number(call, card, make_code(config)))
        except Taken:
            continue
    return card


async def _number(call: Call, card: Card, code: str) -> str:
    """Give the card the code unless it has one. Raises Taken."""
    place = card.place
    async with call.store.transaction() as writing:
        given = await accounts.give_number(
            writing,
            place.account,
            code,
            shards=call.store.shards,
            scale=card.policy.scale,
            tenant=call.tenant,
        )
        if given == code:
            data = {
                "card": {"id": spell(Prefix.CARD, place.account), "code": code},
                "member": {"id": spell(Prefix.MEMBER, place.member)},
            }
            event = "card.code_generation.succeeded"
            await activities.note(writing, call, activities.A_CARD, place.account, event, data)
    return given
