"""The vendor's paths. Every method is a POST; what each does stands in the module named.

A double or a trailing slash is the same path: the router sees to that.
"""

from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Stream

from stampbook.dialects.altcraft import accounts, exporting, finishing, moving, people, promotions
from stampbook.dialects.altcraft.answers import BASE, response
from stampbook.dialects.altcraft.exchange import exchange_of
from stampbook.dialects.altcraft.serving import Operation, serve

HttpRequest = Request[Any, Any, Any]
HttpResponse = Response[bytes]

READ, WRITE, CANCEL, ADMIN = "read", "ledger:write", "ledger:cancel", "admin"

TIERS = Operation(accounts.account_tiers, READ)
EXPORT = Operation(exporting.transactions_export, READ)
EXPORT_STATUS = Operation(exporting.transactions_export_status, READ)
EXPIRING = Operation(accounts.expiring_points, READ)
TRANSACTIONS = Operation(accounts.transactions, READ)
PROMOTIONS = Operation(promotions.trigger_promotions, READ)
ACCRUE = Operation(moving.accrue, WRITE)
REDEEM = Operation(moving.redeem, WRITE)
COMMIT = Operation(finishing.commit, WRITE)
ROLL_BACK = Operation(finishing.roll_back, WRITE)
CANCEL_ = Operation(finishing.cancel, CANCEL)
BALANCE = Operation(accounts.balance, READ)
REGISTER = Operation(people.register, ADMIN)
REMOVE = Operation(people.remove, ADMIN)


async def _serve(operation: Operation, request: HttpRequest) -> HttpResponse:
    exchange = exchange_of(
        request.scope["headers"],
        request.scope["query_string"],
        await request.body(),
        scheme=request.scope["scheme"],
    )
    return response(await serve(operation, request.app.state.context, exchange))


@post(f"{BASE}/loyalty/account/tiers", status_code=200)
async def account_tiers(request: HttpRequest) -> HttpResponse:
    return await _serve(TIERS, request)


@post(f"{BASE}/loyalty/transactions_export", status_code=200)
async def transactions_export(request: HttpRequest) -> HttpResponse:
    return await _serve(EXPORT, request)


@post(f"{BASE}/loyalty/transactions_export_status", status_code=200)
async def transactions_export_status(request: HttpRequest) -> HttpResponse:
    return await _serve(EXPORT_STATUS, request)


@get(exporting.FILES + "/{download_key:str}")
async def transactions_export_file(request: HttpRequest) -> Stream:
    download_key = request.path_params["download_key"]
    parts = await exporting.open_file(request.app.state.context, download_key)
    if parts is None:
        raise NotFoundException("no such file")
    disposition = 'attachment; filename="transactions.csv"'
    return Stream(
        parts,
        media_type="text/csv; charset=utf-8; header=present",
        headers={"content-disposition": disposition, "cache-control": "private, no-store"},
    )


@post(f"{BASE}/loyalty/account/expiring_points", status_code=200)
async def expiring_points(request: HttpRequest) -> HttpResponse:
    return await _serve(EXPIRING, request)


@post(f"{BASE}/loyalty/account/transactions", status_code=200)
async def account_transactions(request: HttpRequest) -> HttpResponse:
    return await _serve(TRANSACTIONS, request)


@post(f"{BASE}/loyalty/trigger_promotions", status_code=200)
async def trigger_promotions(request: HttpRequest) -> HttpResponse:
    return await _serve(PROMOTIONS, request)


@post(f"{BASE}/loyalty/accrue_points", status_code=200)
async def accrue_points(request: HttpRequest) -> HttpResponse:
    return await _serve(ACCRUE, request)


@post([f"{BASE}/loyalty/redeeme_points", f"{BASE}/loyalty/redeem_points"], status_code=200)
async def redeeme_points(request: HttpRequest) -> HttpResponse:
    """The vendor's own spelling, and the correct one."""
    return await _serve(REDEEM, request)


@post(f"{BASE}/loyalty/commit_transaction", status_code=200)
async def commit_transaction(request: HttpRequest) -> HttpResponse:
    return await _serve(COMMIT, request)


@post(f"{BASE}/loyalty/rollback_transaction", status_code=200)
async def rollback_transaction(request: HttpRequest) -> HttpResponse:
    return await _serve(ROLL_BACK, request)


@post(f"{BASE}/loyalty/cancel_transaction", status_code=200)
async def cancel_transaction(request: HttpRequest) -> HttpResponse:
    return await _serve(CANCEL_, request)


@post(f"{BASE}/loyalty/account/balance", status_code=200)
async def account_balance(request: HttpRequest) -> HttpResponse:
    return await _serve(BALANCE, request)


@post(f"{BASE}/loyalty/register_member", status_code=200)
async def register_member(request: HttpRequest) -> HttpResponse:
    return await _serve(REGISTER, request)


@post(f"{BASE}/loyalty/delete_member", status_code=200)
async def delete_member(request: HttpRequest) -> HttpResponse:
    return await _serve(REMOVE, request)


routes = [
    account_tiers,
    transactions_export,
    transactions_export_status,
    transactions_export_file,
    expiring_points,
    account_transactions,
    trigger_promotions,
    accrue_points,
    redeeme_points,
    commit_transaction,
    rollback_transaction,
    cancel_transaction,
    account_balance,
    register_member,
    delete_member,
]
