"""A story for each picture. The pages of docs/concepts tell the same in words and numbers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from stampbook.console.pictures.shapes import Element
from tests.documentation.drawings.acting import Act


async def lots(act: Act) -> Element:
    """Three lots with dates of their own, and a redemption that two of them pay."""
    await act.open()
    await act.give(100, "Welcome", expires_at=act.day(60))
    act.wait(10)
    await act.give(200, "Order A-1", activates_at=act.day(14), expires_at=act.day(120))
    act.wait(5)
    await act.give(50, "Birthday", expires_at=act.day(30))
    act.wait(15)
    await act.take(120, "Coffee beans")
    act.wait(10)
    return await act.lots(figure="lots")


async def holds(act: Act) -> Element:
    """A hold of two lots, of which a part is committed."""
    await act.open()
    await act.give(100, "Order A-1", expires_at=act.day(60))
    act.wait(10)
    await act.give(100, "Order A-2", expires_at=act.day(90))
    act.wait(5)
    hold = await act.hold(150, "Table for six", timeout_s=30 * 86_400)
    act.wait(15)
    await act.change(hold, "commit", 120)
    act.wait(10)
    return await act.lots(figure="holds", chosen=hold)


async def _spent(act: Act) -> str:
    """Two lots that have paid for one redemption; the first has expired since."""
    await act.open()
    await act.give(60, "Order A-1", expires_at=act.day(30))
    act.wait(5)
    await act.give(100, "Order A-2", expires_at=act.day(90))
    act.wait(10)
    redemption = await act.take(100, "Teapot")
    act.wait(30)
    return redemption


async def cancel(act: Act) -> Element:
    """What the cancel of a redemption would move, after one of its lots has expired."""
    redemption = await _spent(act)
    return await act.preview(redemption, figure="cancel")


async def cancelled(act: Act) -> Element:
    """The same lots over time, after that cancel."""
    redemption = await _spent(act)
    await act.change(redemption, "cancel")
    act.wait(15)
    return await act.lots(figure="cancelled", chosen=redemption)


async def debt(act: Act) -> Element:
    """The cancel of an accrual whose points are spent: another lot pays."""
    await act.open()
    wrong = await act.give(100, "Order A-1", expires_at=act.day(60))
    await act.give(80, "Order A-2", expires_at=act.day(90))
    act.wait(5)
    await act.take(70, "Teapot")
    act.wait(5)
    return await act.preview(wrong, figure="debt")


async def chain(act: Act) -> Element:
    """A redemption, its cancel, and the cancel of that cancel."""
    await act.open()
    await act.give(60, "Order A-1", expires_at=act.day(70))
    act.wait(5)
    await act.give(100, "Order A-2", expires_at=act.day(90))
    act.wait(10)
    redemption = await act.take(100, "Teapot")
    act.wait(10)
    first = await act.change(redemption, "cancel")
    act.wait(10)
    await act.change(first, "cancel")
    act.wait(10)
    return await act.lots(figure="chain", chosen=redemption)


async def rules(act: Act) -> Element:
    """Orders that a rule gives points for, a purchase, and a refund of the first order."""
    await act.open(expiry={"type": "rolling", "period": {"value": 3, "unit": "month"}})
    earning = {
        "type": "per",
        "currency_id": "cur_1",
        "basis": "order.total",
        "every": "10.00",
        "points": "3",
    }
    rule = await act.post(
        "programs/prg_1/rules",
        name="Three for ten",
        trigger={"type": "order_paid"},
        earnings=[{"effects": [earning]}],
    )
    await act.post(f"rules/{rule['id']}/activate")
    names = {}
    for name, amount in (("A-1", "199.99"), ("A-2", "80.00")):
        order = await act.post(
            "programs/prg_1/orders",
            external_id=name,
            member_id="mbr_1",
            money="EUR",
            amount=amount,
            status="paid",
        )
        names[order["awards"][0]["transaction_id"]] = f"Order {name}"
        act.wait(10)
    await act.take(30, "Teapot")
    act.wait(10)
    orders = "programs/prg_1/orders/external:A-1/refunds"
    await act.post(orders, external_id="R-1", amount="50.00")
    act.wait(10)
    return await act.lots(figure="rules", names=names)


STORIES: Mapping[str, Callable[[Act], Awaitable[Element]]] = {
    "lots": lots,
    "holds": holds,
    "cancel": cancel,
    "cancelled": cancelled,
    "debt": debt,
    "chain": chain,
    "rules": rules,
}
"""By the names of their files."""
