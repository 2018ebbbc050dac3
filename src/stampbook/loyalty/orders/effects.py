"""What follows from a refund: its cascade, what stays, and the balances before and after.

Stored with the refund as JSON, so names of fields stay. Amounts are points in the smallest unit.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final, Literal

import msgspec

StepWord = Literal["return", "take_back", "threshold", "discount", "grant", "code", "stock", "tier"]


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that follows. `amount` of the `was` points in force are taken back or returned,
    `shortfall` could not be collected, and `target` are left. (Steps of earlier releases count the
    shortfall in the amount, too.)

    `seq` is the movement on the account that the cancel `cancel` takes back: of an award, or of a
    payment. `event` and `rule` are those of the award or the `grant`. Of a `tier` step, the amounts
    are the points that count in the `group`; the `former` tier gives way to `tier` (0: none).
    `currency` is the account's, in whose decimals the amounts are; refunds of earlier releases do
    not name it.
    """

    step: StepWord
    account: int = 0
    seq: int = 0
    cancel: int = 0
    was: int = 0
    target: int = 0
    amount: int = 0
    shortfall: int = 0
    award: int = 0
    payment: int = 0
    grant: int = 0
    event: int = 0
    rule: int = 0
    group: int = 0
    tier: int = 0
    former: int = 0
    currency: int = 0


class Keep(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that stays although the order goes. `reason`: `on_partial`, `cascade_none`,
    `code_used`, `evaluation_failed`, `facts_frozen`, `handed_out`, `policy`."""

    what: str
    reason: str
    award: int = 0
    grant: int = 0
    event: int = 0
    rule: int = 0
    account: int = 0


class Amounts(msgspec.Struct, frozen=True):
    """Points that can be spent, and that cannot be yet."""

    active: int
    pending: int


class Balance(msgspec.Struct, frozen=True):
    """An account that the refund moves."""

    account: int
    before: Amounts
    after: Amounts


class Effects(msgspec.Struct, frozen=True):
    """All that follows from a refund. `remaining` is what is then left
    of the order's total."""

    remaining: int
    cascade: tuple[Step, ...] = ()
    kept: tuple[Keep, ...] = ()
    balances: tuple[Balance, ...] = ()

    @property
    def token(self) -> str:
        """Tells this cascade from every other one: of what is written, the numbers of the cancels
        are left out, which a preview cannot know, and currencies, which the accounts tell."""
        steps = tuple(msgspec.structs.replace(step, cancel=0, currency=0) for step in self.cascade)
        return blake2b(_encode((self.remaining, steps, self.kept)), digest_size=16).hexdigest()


def without_cancels(effects: Effects) -> Effects:
    """The same without the numbers of the cancels."""
    steps = tuple(msgspec.structs.replace(step, cancel=0) for step in effects.cascade)
    return msgspec.structs.replace(effects, cascade=steps)


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Effects).decode


def encode(effects: Effects) -> str:
    """The text to store."""
    return _encode(effects).decode()


def decode(text: str) -> Effects:
    """What was stored."""
    return _decode(text)


def accounts_of(effects: Effects) -> Iterable[int]:
    """The accounts that it moved."""
    return {step.account for step in effects.cascade if step.account}
