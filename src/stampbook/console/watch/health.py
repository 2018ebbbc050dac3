"""How the server is: the checks of `/readyz`, how far the worker is behind, the last `verify`."""

from typing import Final

from stampbook import __version__
from stampbook.console.results import Shown
from stampbook.console.values import text_of
from stampbook.console.view import View
from stampbook.console.watch.checks import READERS, in_words
from stampbook.domain.model import MICROSECONDS
from stampbook.edge.checking import checked
from stampbook.ledger.following import lags
from stampbook.verifying import results
from stampbook.webhooks.backlog import backlog, endpoints_by_status

MOST: Final = 10_000
"""How far due accounts are counted."""


async def health(view: View) -> Shown:
    """The page; it needs no right but to be signed in."""
    await view.in_common_zone()
    store, now = view.context.store, view.now
    checks = await checked(view.context)
    due = await lags.due(store, now, limit=MOST)
    readers = {
        name: (
            view.say(READERS[name]) if name in READERS else name,
            0 if oldest is None else max(0, now - oldest) // MICROSECONDS,
        )
        for name, oldest in (await lags.unread(store)).items()
    }
    verified = await results.last(store)
    sound_at = None if verified is None else verified.sound_at
    behind, endpoints = await backlog(store, now=now), await endpoints_by_status(store)
    return view.show(
        "watch/health.html",
        undelivered=behind.pending,
        undelivered_s=0 if behind.oldest_at is None else (now - behind.oldest_at) // MICROSECONDS,
        endpoints=endpoints,
        checks=in_words(view.speech, checks),
        due=due.accounts,
        due_s=max(0, now - due.since) // MICROSECONDS if due.accounts else 0,
        readers=readers,
        verified=verified,
        sound_at=None if sound_at is None else text_of(sound_at),
        version=__version__,
    )
