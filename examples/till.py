"""A till: finds a guest by phone, spends points on a bill, gives points for the rest, takes a sale
back. `python till.py URL KEY PROGRAM CURRENCY`, then `sale PHONE BILL POINTS` or `back SALE`."""

import sys
from decimal import Decimal

from stampbook_client import Stampbook
from stampbook_client.problems import InsufficientPointsError

EARNED = Decimal("0.05")  # of what is paid with money
url, key, program, currency = sys.argv[1:5]
client = Stampbook(url, key)


def account_of(phone: str) -> str:
    """The guest's account; a new guest is registered first."""
    for member in client.members.list(program, phone=phone):
        for account in client.members.accounts(member.id):
            if account.currency_id == currency:
                return account.id
        break
    else:
        member = client.members.create(program, phone=phone)
    return client.accounts.create(member_id=member.id, currency_id=currency).id


for number, line in enumerate(sys.stdin, 1):
    match line.split():
        case ["sale", phone, bill, points]:
            account, sale = account_of(phone), f"till-3/{number}"  # the till's own number
            try:
                if Decimal(points):
                    client.accounts.redeem(account, points, external_id=f"{sale}/spent")
            except InsufficientPointsError as refused:
                print(f"only {refused.active} points", flush=True)
                continue
            earned = ((Decimal(bill) - Decimal(points)) * EARNED).quantize(Decimal("0.01"))
            given = client.accounts.accrue(account, earned, external_id=f"{sale}/earned")
            print(f"{sale}: {given.balance_after} points", flush=True)
        case ["back", sale]:
            for part in ("earned", "spent"):
                row = client.transactions.find(external_id=f"{sale}/{part}", program_id=program)
                after = client.transactions.cancel(row.id, reason="the goods came back")
            print(f"{sale} is taken back: {after.balance_after} points", flush=True)
client.close()
