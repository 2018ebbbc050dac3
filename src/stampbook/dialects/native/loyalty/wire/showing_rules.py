"""Shows rules, their versions and awards as the API answers them."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from msgspec import Raw, convert
from msgspec.structs import asdict

from stampbook.dialects import amounts, instants
from stampbook.dialects.native import ids
from stampbook.dialects.native.loyalty.wire.rules import (
    MONEY_BASES,
    MONEY_SCALE,
    VERSION_BITS,
    AppliesToBody,
    AwardShape,
    BudgetBody,
    EarningBody,
    EarningRuleShape,
    EffectBody,
    FixedBody,
    GivenBenefitBody,
    PerBody,
    ProportionalBody,
    RuleLimitsBody,
    TierNeedBody,
    TriggerBody,
    VersionShape,
)
from stampbook.dialects.native.loyalty.wire.times import (
    cooldown_shape,
    frequency_shape,
    hours_shape,
)
from stampbook.dialects.native.wire.values import (
    write_optional,
)
from stampbook.loyalty.judging.values import Held
from stampbook.loyalty.model import (
    Earning,
    Effect,
    Fixed,
    Given,
    Per,
    Version,
)
from stampbook.loyalty.rules.storing import Rule
from stampbook.storage.policy_rows import ExpiryShape, PendingShape


def content_of(version: Version, scales: Mapping[int, int]) -> dict[str, Any]:
    """The fields of ContentShape. `scales`: of the version's currencies."""
    limits = version.limits
    first = next(
        (
            effect.currency
            for earning in version.earnings
            for effect in earning.effects
            if not isinstance(effect, Given)
        ),
        None,
    )
    budget = None
    if limits.budget is not None:
        points = limits.budget.points
        scale = scales[first] if first is not None else 0
        budget = BudgetBody(
            limits.budget.period,  # type: ignore[arg-type]
            None if points is None else amounts.write(points, scale),
            limits.budget.triggers,
        )
    return {
        "trigger": TriggerBody(version.trigger, version.trigger_name),
        "earnings": [_earning_shape(each, scales) for each in version.earnings],
        "priority": version.priority,
        "exclusive_group": version.exclusive_group,
        "keeps": "best" if version.keeps_best else "first",
        "starts_at": write_optional(version.starts_at),
        "ends_at": write_optional(version.ends_at),
        "hours": hours_shape(version.hours),
        "limits": RuleLimitsBody(
            cooldown_shape(limits.cooldown),
            frequency_shape(limits.frequency),
            budget,
        ),
        "on_partial": version.on_partial,
    }


def _earning_shape(earning: Earning, scales: Mapping[int, int]) -> EarningBody:
    return EarningBody(
        effects=[_effect_shape(each, scales) for each in earning.effects],
        name=earning.name,
        tiers=[
            TierNeedBody(
                ids.write(ids.TIER_GROUP, need.group),
                [ids.write(ids.TIER, tier) for tier in sorted(need.any_of)],
            )
            for need in earning.tiers
        ],
        condition=earning.condition,
    )


def _effect_shape(effect: Effect, scales: Mapping[int, int]) -> EffectBody:
    if isinstance(effect, Given):
        return GivenBenefitBody(ids.write(ids.BENEFIT, effect.benefit))
    currency = ids.write(ids.CURRENCY, effect.currency)
    scale = scales[effect.currency]
    pending: PendingShape | None = None
    if effect.pending is not None:
        pending = convert(effect.pending, PendingShape)
    expiry: ExpiryShape | None = None
    if effect.expiry is not None:
        expiry = convert(effect.expiry, ExpiryShape)
    if isinstance(effect, Fixed):
        return FixedBody(currency, amounts.write(effect.points, scale), pending, expiry)
    return PerBody(**asdict(per_shape(effect, scales)), pending=pending, expiry=expiry)


def per_shape(effect: Per, scales: Mapping[int, int]) -> ProportionalBody:
    """Points in proportion. `scales`: of their currency."""
    is_money = effect.basis in MONEY_BASES
    named = effect.applies_to
    return ProportionalBody(
        currency_id=ids.write(ids.CURRENCY, effect.currency),
        basis=effect.basis,
        every=_decimal(effect.every, MONEY_SCALE if is_money else 0),
        points=_decimal(effect.points, scales[effect.currency]),
        mode=effect.mode,
        round=effect.rounding,
        by="line" if effect.by_line else "order",
        applies_to=None
        if named is None
        else AppliesToBody(sorted(named.items), sorted(named.skus), sorted(named.categories)),
    )


def _decimal(value: Fraction, scale: int) -> str:
    """A fraction in smallest units as a decimal number of whole ones; exact where it can be."""
    whole = value / 10**scale
    text = format(Decimal(whole.numerator) / Decimal(whole.denominator), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    digits = len(text.partition(".")[2])
    return text if digits >= scale or not scale else amounts.write(int(value), scale)


def rule_shape(rule: Rule, scales: Mapping[int, int]) -> EarningRuleShape:
    program = rule.program_id
    return EarningRuleShape(
        id=ids.write(ids.RULE, rule.rule_id),
        program_id=None if program is None else ids.write(ids.PROGRAM, program),
        name=rule.name,
        status=rule.status.value,
        version=rule.newest.number,
        metadata=Raw(rule.metadata.encode()),
        created_at=instants.write(rule.created_at),
        updated_at=instants.write(rule.updated_at),
        **content_of(rule.newest, scales),
    )


def version_shape(version: Version, scales: Mapping[int, int]) -> VersionShape:
    return VersionShape(
        id=ids.write(ids.VERSION, version.rule << VERSION_BITS | version.number),
        rule_id=ids.write(ids.RULE, version.rule),
        version=version.number,
        valid_from=instants.write(version.valid_from),
        **content_of(version, scales),
    )


def award_shape(held: Held, scale: int) -> AwardShape:
    award = held.award
    amount = amounts.write(award.amount, scale)
    is_whole = held.in_force == award.amount == award.calculated
    return AwardShape(
        id=ids.write(ids.AWARD, award.award_id),
        event_id=ids.write(ids.EVENT, award.event_id),
        rule_id=ids.write(ids.RULE, award.rule),
        version=award.version,
        earning=award.earning,
        effect=award.effect,
        account_id=ids.write(ids.ACCOUNT, award.account) if award.account else None,
        currency_id=ids.write(ids.CURRENCY, award.currency),
        transaction_id=ids.write(ids.TRANSACTION, award.award_id) if award.account else None,
        calculated=amount if is_whole else amounts.write(award.calculated, scale),
        amount=amount,
        in_force=amount if is_whole else amounts.write(held.in_force, scale),
    )
