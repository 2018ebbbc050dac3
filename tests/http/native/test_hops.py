"""How many functions of ours a cancel goes through before the ledger has it."""

from __future__ import annotations

from stampbook.edge.context import Context
from tests.compiled import interpreted
from tests.http.hops import hops, request_of
from tests.http.in_process import application
from tests.http.native.asking import Api

FUNCTIONS, FILES, PATH = 25, 10, 6
"""What a cancel goes through today. What makes it more must be worth it."""


@interpreted
async def test_a_cancel_has_few_hops(api: Api, context: Context) -> None:
    account = await api.account()
    await api.accrue(account, "100")
    bearer = f"Authorization: Bearer {api.secret}"
    requests = []
    for _ in range(3):
        spent = await api.redeem(account, "1")
        path = f"/v1/transactions/{spent['id']}/cancel"
        key = f"Idempotency-Key: {spent['id']}"
        more = (bearer, key, "Content-Type: application/json")
        requests.append(request_of("POST", path, b'{"reason":"returned"}', *more))
    found = await hops(application(context), *requests)
    assert b"HTTP/1.1 200 " in found.answer
    assert b'"type":"cancel"' in found.answer
    assert len(found.functions) <= FUNCTIONS, str(found)
    assert len(found.files) <= FILES, str(found)
    assert len(found.path) <= PATH, str(found)
