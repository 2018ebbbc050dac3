"""`/search`: whatever a person knows of a member, a card, an order, a visit or a movement.

An id of any dialect, and a word with a number, name one thing and find it alone. Any other text is
looked for in all ways at once.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call
from stampbook.dialects.native.lookup import spelled as kinds
from stampbook.dialects.native.lookup.endings import ending
from stampbook.dialects.native.lookup.spelled import Spelled, Worded, spelled, worded
from stampbook.dialects.native.lookup.wire import HitKind, HitShape, Matched, SearchShape
from stampbook.dialects.native.problems import Failure, invalid_parameter
from stampbook.domain.model import split_number, transaction_number
from stampbook.ledger.journal import lots, names, rows
from stampbook.loyalty.orders import storing
from stampbook.loyalty.orders.model import Order
from stampbook.programs import members
from stampbook.programs.members import Member
from stampbook.programs.searching import people
from stampbook.programs.searching.people import Card
from stampbook.programs.searching.scope import Within
from stampbook.visits import reading

DEFAULT_LIMIT: Final = 20
MAX_TEXT: Final = 255

ORDER: Final[tuple[HitKind, ...]] = (
    "member", "account", "order", "visit", "transaction", "lot", "program", "currency",
)  # fmt: skip


async def search(call: Call) -> SearchShape:
    text = " ".join(call.query.get("q", "").split())
    if not 1 <= len(text) <= MAX_TEXT:
        raise invalid_parameter("q", f"must be a text of 1 to {MAX_TEXT} characters")
    limit = finding.limit(call) if "limit" in call.query else DEFAULT_LIMIT
    within = await _within(call)
    looking = Looking(call, within, limit + 1)
    named, said = spelled(text), worded(text)
    found = [] if named is None else await looking.numbered(named)
    if not found and said is not None:
        found = await looking.called(said)
    if not found:
        found = await looking.anyhow(text)
    shown: list[HitShape] = []
    more: list[HitKind] = []
    for kind in ORDER:
        of_kind = _once(each for each in found if each.kind == kind)
        shown += of_kind[:limit]
        if len(of_kind) > limit:
            more.append(kind)
    return SearchShape(shown, more)


async def _within(call: Call) -> Within:
    asked = finding.asked_id(call, "program_id", ids.PROGRAM)
    if asked is None:
        return Within(call.caller.tenant, call.caller.programs)
    program = await finding.program(call, call.context.store, asked)
    return Within(call.caller.tenant, frozenset({program.program_id}))


def _once(hits: Iterable[HitShape]) -> list[HitShape]:
    """The hits without what was found in another way before."""
    first: dict[str, HitShape] = {}
    for each in hits:
        first.setdefault(each.id, each)
    return list(first.values())


class Looking:
    """One search: at most `limit` of each kind and way."""

    def __init__(self, call: Call, within: Within, limit: int) -> None:
        self._call = call
        self._store = call.context.store
        self._within = within
        self._limit = limit

    async def numbered(self, sought: Spelled, matched: Matched = "id") -> list[HitShape]:
        """What has that number, if it may be seen."""
        number = sought.number
        match sought.kind:
            case kinds.MEMBER:
                member = await members.get(self._store, number, tenant=self._within.tenant)
                gone = member is None or member.deleted_at is not None
                return [] if gone or member is None else self._members([member], matched)
            case kinds.CUSTOMER:
                of_customer = people.of_customer(
                    self._store, number, self._within, limit=self._limit
                )
                return self._members(await of_customer, matched)
            case kinds.ACCOUNT:
                card = await people.card(self._store, number, self._within)
                return [] if card is None else [_account(card, matched)]
            case kinds.TRANSACTION:
                return await self._transaction(number, matched)
            case kinds.LOT:
                return await self._lot(number, matched)
            case kinds.VISIT:
                return await self._visit(number, matched)
            case kinds.APPOINTMENT:
                tenant = self._within.tenant
                visit = await reading.visit_of_record(self._store, number, tenant=tenant)
                return [] if visit is None else await self._visit(visit, matched)
            case kinds.ORDER:
                order = await storing.get(self._store, number, tenant=self._within.tenant)
                return [] if order is None else await self._orders([order], matched)
            case _:
                return await self._place(sought, matched)

    async def called(self, sought: Worded) -> list[HitShape]:
        """What a word and a number or a name mean: our number of it, or the name that it has."""
        kind, name, found = sought.kind, sought.name, list[HitShape]()
        if sought.number is not None and kind != kinds.ORDER:
            found += await self.numbered(Spelled(kind, sought.number))
        match kind:
            case kinds.ACCOUNT:
                found += await self._cards(name)
            case kinds.MEMBER:
                found += await self._by_external_id(name)
            case kinds.ORDER:
                found += await self._orders_called(name)
                for spelling in (name, f"order-{name}", f"order {name}", f"order_{name}"):
                    found += await self._transactions_called(spelling)
            case kinds.TRANSACTION:
                found += await self._transactions_called(name)
        return found

    async def anyhow(self, text: str) -> list[HitShape]:
        """What the text may be: an address, a phone, a card, a name, somebody's id of something."""
        store, within, limit = self._store, self._within, self._limit
        found = await self._by_external_id(text)
        digits = people.digits_of(text)
        if digits is not None:
            on_phone = await people.by_phone(store, text, within, limit=limit)
            found += self._members(on_phone, "phone")
        elif "@" in text:
            with_email = await people.by_email(store, text, within, limit=limit)
            found += self._members(with_email, "email")
        if digits is None:
            with_name = await people.by_words(store, text, within, limit=limit)
            found += self._members(with_name, "name")
        found += await self._cards(text)
        orders, transactions = await ending(store, text, within, limit=limit)
        for name in (text, *orders):
            found += await self._orders_called(name)
        for name in (text, *transactions):
            found += await self._transactions_called(name)
        return found

    def _members(self, found: Sequence[Member], matched: Matched) -> list[HitShape]:
        programs = self._within.programs
        return [
            HitShape(
                "member",
                ids.write(ids.MEMBER, each.member_id),
                matched,
                ids.write(ids.PROGRAM, each.program_id),
                member_id=ids.write(ids.MEMBER, each.member_id),
                name=each.name,
                email=each.email,
                phone=each.phone,
                external_id=each.external_id,
            )
            for each in found
            if programs is None or each.program_id in programs
        ]

    async def _by_external_id(self, name: str) -> list[HitShape]:
        found = await people.by_external_id(self._store, name, self._within, limit=self._limit)
        return self._members(found, "external_id")

    async def _cards(self, number: str) -> list[HitShape]:
        found = await people.cards_by_number(self._store, number, self._within, limit=self._limit)
        return [_account(each, "number") for each in found]

    async def _orders_called(self, name: str) -> list[HitShape]:
        found = await storing.all_by_external_id(
            self._store, name, tenant=self._within.tenant, limit=self._limit
        )
        return await self._orders(found, "external_id")

    async def _orders(self, found: Sequence[Order], matched: Matched) -> list[HitShape]:
        hits: list[HitShape] = []
        for order in found:
            if order.program is None or not self._sees(order.program):
                continue
            hits.append(
                HitShape(
                    "order",
                    ids.write(ids.ORDER, order.number),
                    matched,
                    ids.write(ids.PROGRAM, order.program),
                    external_id=order.external_id,
                    **await self._whose(order.member),
                )
            )
        return hits

    async def _visit(self, number: int, matched: Matched) -> list[HitShape]:
        visit = await reading.head(self._store, number, tenant=self._within.tenant)
        if visit is None or not self._sees(visit.program):
            return []
        if not self._call.caller.enters(visit.program, visit.location):
            return []
        whose = await self._whose(visit.member or None)
        program = ids.write(ids.PROGRAM, visit.program)
        return [HitShape("visit", ids.write(ids.VISIT, number), matched, program, **whose)]

    async def _transactions_called(self, name: str) -> list[HitShape]:
        found = await names.by_external_id(
            self._store,
            name,
            tenant=self._within.tenant,
            program=None,
            deleted=True,
            limit=self._limit,
        )
        hits: list[HitShape] = []
        for account, seq in found:
            hits += await self._transaction(
                transaction_number(account=account, seq=seq), "external_id"
            )
        return hits

    async def _transaction(self, number: int, matched: Matched) -> list[HitShape]:
        account, seq = split_number(number)
        card = await people.card(self._store, account, self._within)
        found = None if card is None else await rows.current(self._store, account, seq)
        if card is None or found is None:
            return []
        return [
            HitShape(
                "transaction",
                ids.write(ids.TRANSACTION, number),
                matched,
                ids.write(ids.PROGRAM, card.program),
                member_id=ids.write(ids.MEMBER, card.member),
                name=card.name,
                external_id=found.row.external_id,
            )
        ]

    async def _lot(self, number: int, matched: Matched) -> list[HitShape]:
        account, seq = split_number(number)
        card = await people.card(self._store, account, self._within)
        if card is None:
            return []
        newest = await lots.newest_lots(self._store, account, before=seq + 1, state=None, limit=1)
        if not any(each.lot.seq == seq for each in newest):
            return []
        member, program = ids.write(ids.MEMBER, card.member), ids.write(ids.PROGRAM, card.program)
        lot = ids.write(ids.LOT, number)
        return [HitShape("lot", lot, matched, program, member_id=member, name=card.name)]

    async def _place(self, sought: Spelled, matched: Matched) -> list[HitShape]:
        """A program or a currency."""
        try:
            if sought.kind == kinds.PROGRAM:
                program = await finding.program(self._call, self._store, sought.number)
                number, name, kind = program.program_id, program.name, "program"
            else:
                currency = await finding.currency(self._call, self._store, sought.number)
                number, name, kind = currency.program_id, currency.name, "currency"
        except Failure:
            return []
        if not self._sees(number):
            return []
        prefix: str = ids.PROGRAM if kind == "program" else ids.CURRENCY
        word: HitKind = "program" if kind == "program" else "currency"
        own = ids.write(prefix, sought.number)
        return [HitShape(word, own, matched, ids.write(ids.PROGRAM, number), name=name)]

    async def _whose(self, member: int | None) -> dict[str, str | None]:
        """The member's id and name, as fields of a hit."""
        if member is None:
            return {}
        found = await members.get(self._store, member, tenant=self._within.tenant)
        name = None if found is None else found.name
        return {"member_id": ids.write(ids.MEMBER, member), "name": name}

    def _sees(self, program: int) -> bool:
        return self._within.programs is None or program in self._within.programs


def _account(card: Card, matched: Matched) -> HitShape:
    return HitShape(
        "account",
        ids.write(ids.ACCOUNT, card.account),
        matched,
        ids.write(ids.PROGRAM, card.program),
        member_id=ids.write(ids.MEMBER, card.member),
        name=card.name,
        number=card.number,
    )
