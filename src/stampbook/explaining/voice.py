"""How one account is spoken of: a language, its currency's digits, and what now is."""

from dataclasses import dataclass

from stampbook.explaining.names import Names
from stampbook.explaining.sources import Source, clipped, place_of, source_of
from stampbook.ledger.journal.briefs import Brief
from stampbook.speaking.speech import Speech, plain


@dataclass(frozen=True)
class Voice:
    """Amounts are in smallest units of a currency with `scale` decimals; days of another year than
    that of `now` are said with their year."""

    speech: Speech
    scale: int
    now: int
    names: Names

    # -- values ---------------------------------------------------------------------------------

    def amount(self, units: int) -> str:
        return self.speech.scaled(units, self.scale)

    def digits(self, units: int) -> str:
        """The amount as a plain decimal number, as plural forms are chosen by it."""
        return plain(units, self.scale)

    def day(self, at: int) -> str:
        return self.speech.day(at, self.now)

    def moment(self, at: int) -> str:
        """A time, with its day if that is another one than today."""
        time = self.speech.time(at)
        if self.speech.local(at).date() == self.speech.local(self.now).date():
            return time
        return f"{self.day(at)}, {time}"

    # -- sources and people ---------------------------------------------------------------------

    def source(self, row: Brief) -> Source:
        return source_of(row, self.names, self.speech)

    def who(self, row: Brief) -> str:
        """Who made the row, and where; empty if nobody is known."""
        user = self.names.users.get(row.user) if row.user is not None else None
        place = row.actor or place_of(row, self.names)
        if user is None:
            return place or ""
        if not place or place in user:
            return user.name
        return self.speech.gettext("%(person)s at %(place)s", person=user.name, place=place)

    def reason(self, row: Brief, *said: str) -> str:
        """The reason that the row gives, clipped; empty if it is one of those that were `said`
        already."""
        known = {text.casefold().rstrip(".") for text in said}
        reason = clipped((row.reason or "").strip().rstrip("."))
        return "" if reason.casefold() in known else reason

    # -- sentences ------------------------------------------------------------------------------

    def done(self, what: str, who: str, reason: str) -> str:
        """A whole sentence of what was done, by whom and why; who and why may be unknown."""
        gettext = self.speech.gettext
        if who and reason:
            return gettext("%(what)s by %(who)s: %(reason)s.", what=what, who=who, reason=reason)
        if who:
            return gettext("%(what)s by %(who)s.", what=what, who=who)
        if reason:
            return gettext("%(what)s: %(reason)s.", what=what, reason=reason)
        return gettext("%(what)s.", what=what)

    def beside(self, who: str, reason: str) -> list[str]:
        """A sentence of its own about who did something and why; none if neither is known."""
        gettext = self.speech.gettext
        if who and reason:
            return [gettext("By %(who)s: %(reason)s.", who=who, reason=reason)]
        if who:
            return [gettext("By %(who)s.", who=who)]
        return [gettext("Reason: %(reason)s.", reason=reason)] if reason else []
