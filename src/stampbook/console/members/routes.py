"""Rows of the pages about members, their visits and orders, and of the search."""

from typing import Final

from stampbook.console.members import changing, member, search, visits, withdrawals
from stampbook.console.rows import act, form, page
from stampbook.programs.roles import Role

MEMBERS: Final = (
    page("/search", search.search),
    *form("/members/new", changing.new, Role.SUPPORT),
    page("/members/{mbr}", member.member),
    *form("/members/{mbr}/edit", changing.edit, Role.SUPPORT),
    *form("/members/{mbr}/delete", changing.remove, Role.MANAGER),
    act("/members/{mbr}/accounts", changing.open_account, Role.SUPPORT),
    page("/visits/{vis}", visits.visit),
    page("/visits/{vis}/live", visits.visit_live),
    *form("/visits/{vis}/withdrawals/{acc}/cancel", withdrawals.cancel_withdrawal, Role.SUPPORT),
)
