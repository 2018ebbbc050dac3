"""The parts of the campaign, in the order in which `all` plays them."""

from __future__ import annotations

from tests.campaign.clocks import CLOCKS
from tests.campaign.cuts import CUTS
from tests.campaign.deliveries import DELIVERIES
from tests.campaign.disks import DISKS
from tests.campaign.feed import FEED
from tests.campaign.hostile import HOSTILE
from tests.campaign.imports import IMPORT
from tests.campaign.long_account import LONG_ACCOUNT
from tests.campaign.model import MODEL
from tests.campaign.races import RACES
from tests.campaign.rules import RULES

PARTS = {
    each.name: each
    for each in (
        DELIVERIES,
        FEED,
        IMPORT,
        LONG_ACCOUNT,
        MODEL,
        RULES,
        RACES,
        HOSTILE,
        CLOCKS,
        CUTS,
        DISKS,
    )
}
