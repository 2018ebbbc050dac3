"""The facts of the demo: every id as each vendor spells it, and three requests to paste."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from stampbook.demonstration.seeding import EMAIL, Demo, Holding
from stampbook.dialects.native import ids
from stampbook.dialects.spelling.altcraft import write_transaction
from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.domain.model import transaction_number

CONSOLE = "/console"

Facts = Mapping[str, Any]


def facts_of(demo: Demo, base_url: str) -> dict[str, Any]:
    """The facts that `demo --json` writes."""
    access, coffee, points, club = demo.access, demo.coffee, demo.points, demo.club
    key = access.secret
    return {
        "base_url": base_url,
        "api_key": key,
        "console": {
            "url": base_url + CONSOLE,
            "login": access.login,
            "password": access.password,
        },
        "altegio": {
            "partner_token": key,
            "user_token": access.user_token,
            "login": access.login,
            "password": access.password,
            "location_id": coffee.location,
            "chain_id": coffee.program,
            "client_id": coffee.member,
            "card_id": coffee.account,
            "record_id": coffee.record,
            "visit_id": coffee.visit,
        },
        "voucherify": {
            "app_id": ids.write(ids.API_KEY, access.api_key_id),
            "app_token": key,
            "program_id": spell(Prefix.PROGRAM, points.program),
            "member_id": spell(Prefix.MEMBER, points.member),
            "card_id": spell(Prefix.CARD, points.account),
            "bucket_id": spell(Prefix.PENDING_BUCKET, _lot(points)),
        },
        "altcraft": {
            "token": key,
            "loyalty_program_id": club.program,
            "points_currency_iid": club.currency,
            "points_currency_eid": club.code,
            "email": EMAIL,
            "transaction_id": write_transaction(club.transaction.number),
            "transaction_eid": club.transaction.external_id,
        },
        "native": {
            "program_id": ids.write(ids.PROGRAM, demo.wallet.program),
            "currency_id": ids.write(ids.CURRENCY, demo.wallet.currency),
            "member_id": ids.write(ids.MEMBER, demo.wallet.member),
            "account_id": ids.write(ids.ACCOUNT, demo.wallet.account),
        },
    }


def _lot(points: Holding) -> int:
    """The number of the lot that the accrual made."""
    (terms,) = points.transaction.terms
    return transaction_number(account=points.account, seq=terms.lot)


def commands(facts: Facts) -> dict[str, str]:
    """A cancel in each vendor's API, ready to paste into a shell."""
    return {
        "Altegio: return what the card paid in the visit": altegio_cancel(facts),
        "Voucherify: cancel the pending points": voucherify_cancel(facts),
        "Altcraft: cancel the redemption": altcraft_cancel(facts),
    }


def altegio_cancel(facts: Facts) -> str:
    """Section 4 of the vendor's contract: location and card in the path, visit in the body.

    The path is the one on the vendor's page, so the answer has no envelope, as on that page.
    """
    at = facts["altegio"]
    return _curl(
        f"{facts['base_url']}/v1/visit/loyalty/cancel_card_withdrawal"
        f"/{at['location_id']}/{at['card_id']}",
        (
            "Accept: application/vnd.api.v2+json",
            "Content-Type: application/json",
            f"Authorization: Bearer {at['partner_token']}, User {at['user_token']}",
        ),
        f'{{"record_id":{at["record_id"]},"visit_id":{at["visit_id"]}}}',
    )


def voucherify_cancel(facts: Facts) -> str:
    """Section 3 of the vendor's contract: everything in the path, no body."""
    at = facts["voucherify"]
    return _curl(
        f"{facts['base_url']}/v2/loyalties/programs/{at['program_id']}"
        f"/members/{at['member_id']}/cards/{at['card_id']}"
        f"/pending-points/{at['bucket_id']}/cancel",
        (f"X-App-Id: {at['app_id']}", f"X-App-Token: {at['app_token']}"),
    )


def altcraft_cancel(facts: Facts) -> str:
    """Section 5 of the vendor's contract: the transaction in the body."""
    at = facts["altcraft"]
    return _curl(
        f"{facts['base_url']}/api/v1.1/loyalty/cancel_transaction",
        ("Content-Type: application/json", f"Authorization: Bearer {at['token']}"),
        f'{{"transaction_id":"{at["transaction_id"]}"}}',
    )


def _curl(url: str, headers: Sequence[str], body: str | None = None) -> str:
    lines = [f"curl -sS -X POST {shlex.quote(url)}"]
    lines += [f"-H {shlex.quote(header)}" for header in headers]
    if body is not None:
        lines.append(f"-d {shlex.quote(body)}")
    return " \\\n  ".join(lines)
