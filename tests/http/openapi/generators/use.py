"""An hour with the generated client: from nothing to a cancel of a cancel, on a real server.

Arguments: the server's address and a key's secret. test_generators.py runs it.
"""

import sys

from native_client import AuthenticatedClient
from native_client.api.accounts import create_account, create_transaction, get_balance
from native_client.api.bulk import run_bulk
from native_client.api.programs import create_currency, create_member, create_program
from native_client.api.transactions import cancel_transaction, find_transaction
from native_client.models import (
    AccountBody,
    BulkBody,
    CancelBody,
    CurrencyBody,
    MemberBody,
    Operation,
    OperationOp,
    Problem,
    ProgramBody,
    TransactionBody,
    TransactionBodyType,
)

url, secret = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=secret)

program = create_program.sync(client=client, body=ProgramBody(name="Coffee club"))
points = create_currency.sync(program.id, client=client, body=CurrencyBody(name="Points", scale=2))
anna = create_member.sync(program.id, client=client, body=MemberBody(name="Anna"))
account = create_account.sync(
    client=client, body=AccountBody(member_id=anna.id, currency_id=points.id)
)


def move(kind: TransactionBodyType, amount: str, external_id: str):
    body = TransactionBody(type_=kind, amount=amount, external_id=external_id)
    return create_transaction.sync(account.id, client=client, body=body)


move(TransactionBodyType.ACCRUE, "100.00", "welcome")
redeemed = move(TransactionBodyType.REDEEM, "60.50", "order-1")
cancelled = cancel_transaction.sync(redeemed.id, client=client, body=CancelBody(reason="returned"))
assert (cancelled.effect, cancelled.cancels) == ("60.50", redeemed.id)
again = cancel_transaction.sync(cancelled.id, client=client, body=CancelBody())
assert again.balance_after == "39.50"
assert find_transaction.sync(client=client, external_id="order-1").id == redeemed.id

refused = move(TransactionBodyType.REDEEM, "1000", "order-2")
assert isinstance(refused, Problem)
assert (refused.code, refused.active) == ("insufficient_points", "39.50")

operation = Operation(op=OperationOp.ACCRUE, account_id=account.id, amount="0.50")
(result,) = run_bulk.sync(client=client, body=BulkBody(operations=[operation])).results
assert result.transaction.balance_after == "40.00"
assert get_balance.sync(account.id, client=client).active == "40.00"
