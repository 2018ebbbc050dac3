"""Rows of the pages about rewards, purchases, promotions and benefits."""

from typing import Final

from stampbook.console.rewards import (
    benefits,
    buying,
    changing,
    listing,
    promotions,
    purchases,
    refunding,
    reward,
)
from stampbook.console.rows import act, form, page
from stampbook.programs.roles import Role

MANAGER: Final = Role.MANAGER

REWARDS: Final = (
    page("/rewards", listing.rewards),
    *form("/rewards/new", reward.new, MANAGER),
    page("/rewards/{rwd}", reward.reward),
    act("/rewards/{rwd}", reward.reward, MANAGER),
    act("/rewards/{rwd}/offer", changing.offer, MANAGER),
    act("/rewards/{rwd}/end-offer", changing.end_offer, MANAGER),
    act("/rewards/{rwd}/codes", changing.add_codes, MANAGER),
    act("/rewards/{rwd}/activate", changing.activate, MANAGER),
    act("/rewards/{rwd}/deactivate", changing.deactivate, MANAGER),
    act("/rewards/{rwd}/draft", changing.draft, MANAGER),
    *form("/rewards/{rwd}/delete", changing.delete, MANAGER),
    *form("/members/{mbr}/buy", buying.buy, Role.SUPPORT),
    page("/members/{mbr}/purchases", purchases.purchases),
    page("/purchases/{pur}", purchases.purchase),
    *form("/purchases/{pur}/refund", refunding.refund, Role.SUPPORT),
    page("/promotions", promotions.promotions),
    *form("/promotions/new", promotions.new, MANAGER),
    page("/promotions/{id}", promotions.promotion),
    act("/promotions/{id}", promotions.promotion, MANAGER),
    act("/promotions/{id}/activate", promotions.activate, MANAGER),
    act("/promotions/{id}/deactivate", promotions.deactivate, MANAGER),
    *form("/promotions/{id}/delete", benefits.delete, MANAGER),
)
