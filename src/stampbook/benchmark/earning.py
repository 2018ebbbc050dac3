"""The scenario of rules: what it seeds and sends, and how long many rules take to judge events."""

import asyncio
import gc
from time import thread_time
from typing import Final

from msgspec.json import decode

from stampbook.benchmark.figures import Figure
from stampbook.benchmark.loading import Post
from stampbook.benchmark.seeding import Seeder, Shop, text
from stampbook.loyalty.conditions.compiling import compiled
from stampbook.loyalty.judging.candidates import Candidates
from stampbook.loyalty.judging.paced import judge_paced
from stampbook.loyalty.judging.values import Happening
from stampbook.loyalty.model import Earning, Facts, Fixed, OrderFacts, Standing, Trigger, Version

RULES: Final = 1_000
"""Rules of a program: as many as may be active."""

POINTS: Final = "20.00"

MATCHING: Final = f"event {RULES // 2}"
"""The events that are sent: each rule has a name of its own."""

CONDITION: Final = (
    'event.metadata.sum >= 5000 && event.metadata.channel in ["web", "app"] && local.weekday < 7'
)


def seed_rules(seeder: Seeder, shop: Shop) -> None:
    """Make the rules, each for custom events of its own name, and activate them."""
    effect = {"type": "fixed", "currency_id": shop.currency, "points": POINTS}
    made = seeder.send(
        [
            (
                f"/v1/programs/{shop.program}/rules",
                text(
                    name=f"Rule {number}",
                    trigger={"type": "custom_event", "name": f"event {number}"},
                    earnings=[{"condition": CONDITION, "effects": [effect]}],
                ),
            )
            for number in range(RULES)
        ]
    )
    seeder.send([(f"/v1/rules/{each['id']}/activate", "{}") for each in made], keep=False)


def seed_events(seeder: Seeder, shop: Shop) -> None:
    """One event of each member: accounts have been used before, and so have members."""
    seeder.send(
        [
            (path, text(external_id=f"first {place}", **decode(body)))
            for place, (path, body) in enumerate(custom_events(shop))
        ],
        keep=False,
    )


def accruals(shop: Shop) -> list[Post]:
    """Accruals of as many points as the rule gives, without their external ids."""
    body = text(type="accrue", amount=POINTS)
    return [(f"/v1/accounts/{account}/transactions", body) for account in shop.accounts]


def custom_events(shop: Shop) -> list[Post]:
    """Events that one rule matches, without their external ids."""
    path = f"/v1/programs/{shop.program}/custom_events"
    metadata = {"sum": 7500, "channel": "web"}
    return [
        (path, text(member_id=member, name=MATCHING, metadata=metadata)) for member in shop.members
    ]


def judged(events: int) -> list[Figure]:
    """How long it takes to judge events by rules of one trigger, each with a condition of three
    terms, in this process: processor time of all events, and of the longest time in which others
    had no turn."""
    took, longest = asyncio.run(_judge(_candidates(), events))
    return [
        Figure(f"judging {events:,} events", "s", took),
        Figure("longest slice", "ms", longest * 1000),
    ]


async def _judge(candidates: Candidates, events: int) -> tuple[float, float]:
    """The seconds of all events, and the longest slice. What this process has loaded besides is
    no concern of the garbage collector meanwhile."""
    longest = 0.0
    gc.collect()
    gc.freeze()

    async def wait_for_turns() -> None:
        nonlocal longest
        while True:
            since = thread_time()
            await asyncio.sleep(0)
            longest = max(longest, thread_time() - since)

    since = thread_time()
    other = asyncio.get_running_loop().create_task(wait_for_turns())
    await asyncio.sleep(0)
    for number in range(events):
        await judge_paced(candidates, _happening(number), {})
        await asyncio.sleep(0)
    other.cancel()
    gc.unfreeze()
    return thread_time() - since, longest


def _candidates() -> Candidates:
    """Rules that have been used before: their conditions are compiled."""
    versions = [
        Version(
            rule=number,
            number=1,
            valid_from=0,
            trigger=Trigger.ORDER_PAID,
            trigger_name=None,
            earnings=(Earning((Fixed(1, 100),), _condition(number)),),
        )
        for number in range(1, RULES + 1)
    ]
    for version in versions:
        for earning in version.earnings:
            compiled(earning.condition or "")
    return Candidates(versions)


def _condition(number: int) -> str:
    return (
        f'order.amount >= {5000 + number} && member.tier == "gold"'
        ' && order.metadata.channel in ["web", "app"]'
    )


def _happening(number: int) -> Happening:
    """The orders of gold members; half of the rules match a middle one."""
    amount = 5000 + number % RULES
    return Happening(
        Facts(at=0, timezone="UTC", joined_at=0, standings=(Standing(1, 1, "gold"),)),
        OrderFacts(amount, 0, amount, (), metadata={"channel": "web"}),
    )
