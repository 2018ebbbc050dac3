"""Operations: rewards.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from typing import Unpack

from stampbook_client.models.rewards import (
    Benefit,
    Code,
    CodeCounts,
    Offer,
    Purchase,
    PurchaseRefund,
    Reward,
)
from stampbook_client.pages import Page, Pages
from stampbook_client.params.rewards import (
    AddCodesParams,
    BuyRewardParams,
    ChangeBenefitParams,
    ChangeRewardParams,
    CreateBenefitParams,
    CreateRewardParams,
    ListCodesParams,
    ListRewardsParams,
    PutOfferParams,
    RefundPurchaseParams,
)
from stampbook_client.sending import Api
from stampbook_client.values import PageParams, WriteOptions
from stampbook_client.wire import part


class BenefitsResource:
    """Goods, codes or points that rules give."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def create(self, program_id: str, **params: Unpack[CreateBenefitParams]) -> Benefit:
        """Create a benefit.

        Needs the scope admin.
        """
        return self._api.write("POST", f"/v1/programs/{part(program_id)}/benefits", params, Benefit)

    def list(self, program_id: str, **params: Unpack[PageParams]) -> Pages[Benefit]:
        """List benefits.

        Needs the scope read.
        """
        return self._api.pages(f"/v1/programs/{part(program_id)}/benefits", params, Benefit)

    def get(self, benefit_id: str) -> Benefit:
        """Read a benefit.

        Needs the scope read.
        """
        return self._api.read(f"/v1/benefits/{part(benefit_id)}", {}, Benefit)

    def update(self, benefit_id: str, **params: Unpack[ChangeBenefitParams]) -> Benefit:
        """Change a benefit.

        Needs the scope admin.
        """
        return self._api.write("PATCH", f"/v1/benefits/{part(benefit_id)}", params, Benefit)

    def activate(self, benefit_id: str, **params: Unpack[WriteOptions]) -> Benefit:
        """Let rules give a benefit.

        Needs the scope admin.
        """
        return self._api.write(
            "POST", f"/v1/benefits/{part(benefit_id)}/activate", params, Benefit, has_body=False
        )

    def draft(self, benefit_id: str, **params: Unpack[WriteOptions]) -> Benefit:
        """Make a benefit a draft.

        Needs the scope admin.
        """
        return self._api.write(
            "POST", f"/v1/benefits/{part(benefit_id)}/draft", params, Benefit, has_body=False
        )

    def delete(self, benefit_id: str, **params: Unpack[WriteOptions]) -> Benefit:
        """Delete a benefit.

        Needs the scope admin.
        """
        return self._api.write(
            "DELETE", f"/v1/benefits/{part(benefit_id)}", params, Benefit, has_body=False
        )


class RewardsResource:
    """What points buy."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def create(self, program_id: str, **params: Unpack[CreateRewardParams]) -> Reward:
        """Create a reward.

        Needs the scope admin.
        """
        return self._api.write("POST", f"/v1/programs/{part(program_id)}/rewards", params, Reward)

    def list(self, program_id: str, **params: Unpack[ListRewardsParams]) -> Pages[Reward]:
        """List rewards.

        Needs the scope read.
        """
        return self._api.pages(f"/v1/programs/{part(program_id)}/rewards", params, Reward)

    def get(self, reward_id: str) -> Reward:
        """Read a reward.

        Needs the scope read.
        """
        return self._api.read(f"/v1/rewards/{part(reward_id)}", {}, Reward)

    def update(self, reward_id: str, **params: Unpack[ChangeRewardParams]) -> Reward:
        """Change a reward.

        Needs the scope admin.
        """
        return self._api.write("PATCH", f"/v1/rewards/{part(reward_id)}", params, Reward)

    def activate(self, reward_id: str, **params: Unpack[WriteOptions]) -> Reward:
        """Put a reward on sale.

        Needs the scope admin.
        """
        return self._api.write(
            "POST", f"/v1/rewards/{part(reward_id)}/activate", params, Reward, has_body=False
        )

    def deactivate(self, reward_id: str, **params: Unpack[WriteOptions]) -> Reward:
        """Take a reward off sale.

        Needs the scope admin.
        """
        return self._api.write(
            "POST", f"/v1/rewards/{part(reward_id)}/deactivate", params, Reward, has_body=False
        )

    def draft(self, reward_id: str, **params: Unpack[WriteOptions]) -> Reward:
        """Make a reward a draft.

        Needs the scope admin.
        """
        return self._api.write(
            "POST", f"/v1/rewards/{part(reward_id)}/draft", params, Reward, has_body=False
        )

    def delete(self, reward_id: str, **params: Unpack[WriteOptions]) -> Reward:
        """Delete a reward.

        Needs the scope admin.
        """
        return self._api.write(
            "DELETE", f"/v1/rewards/{part(reward_id)}", params, Reward, has_body=False
        )

    def offer(self, program_id: str, reward_id: str, **params: Unpack[PutOfferParams]) -> Offer:
        """Offer a reward, with a stock.

        Needs the scope admin.
        """
        return self._api.write(
            "PUT", f"/v1/programs/{part(program_id)}/offers/{part(reward_id)}", params, Offer
        )

    def end_offer(self, program_id: str, reward_id: str, **params: Unpack[WriteOptions]) -> Offer:
        """End an offer.

        Needs the scope admin.
        """
        return self._api.write(
            "DELETE",
            f"/v1/programs/{part(program_id)}/offers/{part(reward_id)}",
            params,
            Offer,
            has_body=False,
        )

    def add_codes(self, reward_id: str, **params: Unpack[AddCodesParams]) -> Page[Code]:
        """Add codes to a reward's pool.

        Needs the scope admin.
        """
        return self._api.write("POST", f"/v1/rewards/{part(reward_id)}/codes", params, Page[Code])

    def codes(self, reward_id: str, **params: Unpack[ListCodesParams]) -> Pages[Code]:
        """List a reward's codes.

        Those of the pool, and those that purchases handed out. Needs the scope admin.
        """
        return self._api.pages(f"/v1/rewards/{part(reward_id)}/codes", params, Code)

    def count_codes(self, reward_id: str) -> CodeCounts:
        """Count a reward's codes by their state.

        Needs the scope read.
        """
        return self._api.read(f"/v1/rewards/{part(reward_id)}/codes/counts", {}, CodeCounts)

    def purchases(self, reward_id: str, **params: Unpack[PageParams]) -> Pages[Purchase]:
        """List a reward's purchases, newest first.

        The newest first. Needs the scope read.
        """
        return self._api.pages(f"/v1/rewards/{part(reward_id)}/purchases", params, Purchase)


class PurchasesResource:
    """What members have bought, and taking it back."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def create(self, member_id: str, **params: Unpack[BuyRewardParams]) -> Purchase:
        """Buy a reward with points.

        Needs the scope ledger:write.
        """
        return self._api.write("POST", f"/v1/members/{part(member_id)}/purchases", params, Purchase)

    def list(self, member_id: str, **params: Unpack[PageParams]) -> Pages[Purchase]:
        """List a member's purchases, newest first.

        The newest first. Needs the scope read.
        """
        return self._api.pages(f"/v1/members/{part(member_id)}/purchases", params, Purchase)

    def get(self, purchase_id: str) -> Purchase:
        """Read a purchase.

        Needs the scope read.
        """
        return self._api.read(f"/v1/purchases/{part(purchase_id)}", {}, Purchase)

    def refund(self, purchase_id: str, **params: Unpack[RefundPurchaseParams]) -> PurchaseRefund:
        """Take a purchase back, whole or in part.

        Needs the scope ledger:cancel.
        """
        return self._api.write(
            "POST", f"/v1/purchases/{part(purchase_id)}/refund", params, PurchaseRefund
        )


class CodesResource:
    """Codes that purchases and grants hand out."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def use(self, code: str, **params: Unpack[WriteOptions]) -> Code:
        """Use a code that was handed out.

        Needs the scope ledger:write.
        """
        return self._api.write("POST", f"/v1/codes/{part(code)}/use", params, Code, has_body=False)
