"""Rows of the pages about webhooks, deliveries and events."""

from typing import Final

from stampbook.console.rows import act, form, page
from stampbook.console.webhooks import events, listing, sent, webhook
from stampbook.programs.roles import Role

WEBHOOKS: Final = (
    page("/webhooks", listing.webhooks, Role.ADMIN),
    *form("/webhooks/new", listing.new, Role.ADMIN),
    page("/webhooks/{whk}", webhook.webhook, Role.ADMIN),
    page("/webhooks/{whk}/live", sent.deliveries_live, Role.ADMIN),
    act("/webhooks/{whk}", webhook.change, Role.ADMIN),
    # A secret is the answer to its form: at the same address there is the page without it.
    page("/webhooks/{whk}/rotate", webhook.webhook, Role.ADMIN),
    act("/webhooks/{whk}/rotate", webhook.rotate, Role.ADMIN, confirmed=True),
    act("/webhooks/{whk}/test", webhook.test, Role.ADMIN),
    act("/webhooks/{whk}/disable", webhook.disable, Role.ADMIN),
    act("/webhooks/{whk}/enable", webhook.enable, Role.ADMIN),
    *form("/webhooks/{whk}/redeliver", webhook.redeliver_range, Role.ADMIN),
    *form("/webhooks/{whk}/delete", webhook.delete, Role.ADMIN),
    page("/deliveries/{dlv}", sent.delivery, Role.ADMIN),
    page("/deliveries/{dlv}/live", sent.delivery_live, Role.ADMIN),
    act("/deliveries/{dlv}/redeliver", sent.redeliver, Role.ADMIN),
    page("/events", events.events),
    page("/events/live", events.events_live),
    page("/transactions/{txn}/events", events.transaction_events),
)
