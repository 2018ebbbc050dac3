"""Rows of the pages about members, their visits and orders, and of the search."""

from typing import Final

from stampbook.console.members import (
    changing,
    listing,
    member,
    merging,
    orders,
    personal,
    refunds,
    search,
    visits,
    withdrawals,
)
from stampbook.console.rows import act, form, page
from stampbook.programs.roles import Role

MEMBERS: Final = (
    page("/search", search.search),
    page("/members", listing.members),
    *form("/members/new", changing.new, Role.SUPPORT),
    page("/members/{mbr}", member.member),
    page("/members/{mbr}/live", member.member_live),
    *form("/members/{mbr}/edit", changing.edit, Role.SUPPORT),
    *form("/members/{mbr}/delete", changing.remove, Role.MANAGER),
    page("/members/{mbr}/export", personal.export, Role.MANAGER),
    *form("/members/{mbr}/erase", personal.erase, Role.ADMIN, confirmed=True),
    *form("/members/{mbr}/merge", merging.merge, Role.MANAGER),
    *form("/merges/{mrg}/undo", merging.undo, Role.MANAGER),
    act("/members/{mbr}/accounts", changing.open_account, Role.SUPPORT),
    page("/visits/{vis}", visits.visit),
    page("/visits/{vis}/live", visits.visit_live),
    page("/orders", orders.orders),
    page("/orders/{ord}", orders.order),
    page("/orders/{ord}/live", orders.order_live),
    *form("/orders/{ord}/refund", refunds.refund, Role.SUPPORT),
    *form("/orders/{ord}/cancel", refunds.cancel, Role.SUPPORT),
    *form("/orders/{ord}/refunds/{ref}/void", refunds.void, Role.SUPPORT),
    *form("/visits/{vis}/withdrawals/{acc}/cancel", withdrawals.cancel_withdrawal, Role.SUPPORT),
)
