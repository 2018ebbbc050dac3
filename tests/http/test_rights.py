"""Every role by every operation of every API: allowed, or refused as the table of rights says."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from stampbook.dialects.altegio.dialect import ALTEGIO
from stampbook.dialects.native.dialect import NATIVE
from stampbook.dialects.native.ids import SESSION, USER
from stampbook.dialects.native.ids import write as write_id
from stampbook.dialects.table import DIALECTS
from stampbook.edge.context import Context
from stampbook.edge.operations import Operation
from stampbook.ledger.engine import Ledger
from stampbook.programs import api_keys, users
from stampbook.programs.people import sessions
from stampbook.programs.people.sessions import Lifetime
from stampbook.programs.roles import Role
from stampbook.storage.store import Store
from tests.http.in_process import InProcess, application

NOW = 1_785_931_200_000_000

LEAST_OF_SCOPE = {
    "read": Role.VIEWER,
    "ledger:write": Role.SUPPORT,
    "ledger:cancel": Role.SUPPORT,
    "admin": Role.MANAGER,
}

LEAST = {
    # looking
    "get_member": Role.VIEWER,
    "get_program_figures": Role.VIEWER,
    "get_currency_figures": Role.VIEWER,
    "list_transactions": Role.VIEWER,
    "get_explanation": Role.VIEWER,
    "get_statement": Role.VIEWER,
    "report_liability": Role.VIEWER,
    "report_expiring": Role.VIEWER,
    "report_activity": Role.VIEWER,
    "report_breakage": Role.VIEWER,
    "list_moved": Role.VIEWER,
    "list_newcomers": Role.VIEWER,
    "list_held": Role.VIEWER,
    "get_visit": Role.VIEWER,
    "get_order": Role.VIEWER,
    "search": Role.VIEWER,
    "list_timeline": Role.VIEWER,
    "list_visit_transactions": Role.VIEWER,
    "get_session": Role.VIEWER,
    "delete_session": Role.VIEWER,
    "list_sessions": Role.VIEWER,  # one's own
    "end_session": Role.VIEWER,
    "confirm_session": Role.VIEWER,
    "change_own_password": Role.VIEWER,
    "create_own_totp": Role.VIEWER,
    "delete_own_totp": Role.VIEWER,
    # the till
    "create_member": Role.SUPPORT,
    "change_member": Role.SUPPORT,
    "create_account": Role.SUPPORT,
    "create_transaction": Role.SUPPORT,
    "commit_transaction": Role.SUPPORT,
    "release_transaction": Role.SUPPORT,
    "cancel_transaction": Role.SUPPORT,
    "create_transfer": Role.SUPPORT,
    "run_bulk": Role.SUPPORT,
    "create_refund": Role.SUPPORT,
    "refund_purchase": Role.SUPPORT,
    "create_client": Role.SUPPORT,
    "change_client": Role.SUPPORT,
    "cancel_card_withdrawal": Role.SUPPORT,
    # the rules
    "delete_member": Role.MANAGER,
    "merge_member": Role.MANAGER,
    "undo_merge": Role.MANAGER,
    "export_member": Role.MANAGER,
    "create_import": Role.MANAGER,
    "list_imports": Role.MANAGER,
    "get_import": Role.MANAGER,
    "list_refused_rows": Role.MANAGER,
    "start_import": Role.MANAGER,
    "stop_import": Role.MANAGER,
    "resume_import": Role.MANAGER,
    "create_export": Role.MANAGER,
    "list_exports": Role.MANAGER,
    "get_export": Role.MANAGER,
    "download_export": Role.MANAGER,
    "create_program": Role.MANAGER,
    "change_currency": Role.MANAGER,
    "create_rule": Role.MANAGER,
    "create_reward": Role.MANAGER,
    "create_location": Role.MANAGER,
    "remove_card": Role.MANAGER,
    # the installation
    "create_user": Role.ADMIN,
    "list_users": Role.ADMIN,
    "get_user": Role.ADMIN,
    "change_user": Role.ADMIN,
    "set_password": Role.ADMIN,
    "disable_user": Role.ADMIN,
    "enable_user": Role.ADMIN,
    "unlock_user": Role.ADMIN,
    "create_totp": Role.ADMIN,
    "delete_totp": Role.ADMIN,
    "put_limits": Role.ADMIN,
    "get_limits": Role.ADMIN,
    "create_api_key": Role.ADMIN,
    "list_api_keys": Role.ADMIN,
    "get_api_key": Role.ADMIN,
    "revoke_api_key": Role.ADMIN,
    "rotate_api_key": Role.ADMIN,
    "create_webhook": Role.ADMIN,
    "list_webhooks": Role.ADMIN,
    "get_webhook": Role.ADMIN,
    "change_webhook": Role.ADMIN,
    "rotate_webhook": Role.ADMIN,
    "disable_webhook": Role.ADMIN,
    "enable_webhook": Role.ADMIN,
    "test_webhook": Role.ADMIN,
    "delete_webhook": Role.ADMIN,
    "list_deliveries": Role.ADMIN,
    "list_deliveries_of_events": Role.ADMIN,
    "get_delivery": Role.ADMIN,
    "redeliver": Role.ADMIN,
    "redeliver_range": Role.ADMIN,
    "list_anchors": Role.ADMIN,
    "erase_member": Role.ADMIN,
    "approve_request": Role.MANAGER,
    "reject_request": Role.MANAGER,
    "withdraw_request": Role.SUPPORT,
    "list_audit": Role.MANAGER,
}
"""The table of docs/reference/native-api-people.md, by operation; of what is not named here, the
right follows from the scope that a key needs."""

PUBLIC = {
    "native": {"create_session"},
    "altegio": {"sign_in"},
    "voucherify": {"create_oauth_token", "ping"},
    "altcraft": {"transactions_export_file"},
}
"""What needs no right: signing in, what only applications do, and links that are secret."""

OF_PEOPLE = (NATIVE, ALTEGIO)
"""The APIs that people can call; the others know only keys."""

RANK = {role: at for at, role in enumerate(Role)}


def least(operation: Operation) -> Role:
    return LEAST.get(operation.name) or LEAST_OF_SCOPE[operation.scope or ""]


def every() -> Iterator[tuple[str, Operation]]:
    for dialect in DIALECTS:
        for operation in dialect.operations:
            yield dialect.name, operation


def test_every_operation_has_a_right() -> None:
    for name, operation in every():
        if name == "site":
            assert operation.public
        elif name == "console":  # tests/console/test_rights.py
            assert operation.public or operation.role is not None, operation.name
        elif operation.name in PUBLIC[name]:
            assert operation.public
            assert operation.right is None
        else:
            assert not operation.public
            assert operation.scope or operation.role, (name, operation.name)
            assert operation.right is not None


def test_the_table_names_operations_that_there_are() -> None:
    assert LEAST.keys() <= {operation.name for _, operation in every()}


def test_a_key_needs_admin_to_delete_a_member() -> None:
    found = {
        (name, operation.name): operation.scope
        for name, operation in every()
        if re.search("(delete|remove).*(member$|customer|client|person)", operation.name)
    }
    assert found == {
        ("native", "delete_member"): "admin",
        ("voucherify", "delete_program_member"): "admin",
        ("altcraft", "delete_member"): "admin",
    }


class House:
    """One server, and a person of each role, with a session and a user token for each request."""

    def __init__(self, store: Store, client: httpx.AsyncClient, secret: str) -> None:
        self.store = store
        self.client = client
        self.secret = secret
        self.people: dict[Role, int] = {}

    async def ask(self, dialect: str, operation: Operation, role: Role) -> httpx.Response:
        user = self.people[role]
        async with self.store.transaction() as writing:
            session, token = await sessions.start(
                writing, user, now=NOW, lifetime=Lifetime(), address=None, user_agent=None
            )
            user_token = await sessions.issue_token(writing, user, now=NOW)
        own = {"list_sessions": write_id(USER, user)}
        own["end_session"] = write_id(SESSION, session.session_id)
        named = own.get(operation.name, "77")
        path = re.sub(r"{\w+}", named, operation.path)
        credentials = f"Bearer {token}"
        if dialect == "altegio":
            credentials = f"Bearer {self.secret}, User {user_token}"
        return await self.client.request(
            operation.method,
            path,
            headers={"Authorization": credentials, "X-App-Id": "app"},
            json={} if operation.method != "GET" else None,
        )


@pytest.fixture
async def house(sqlite_store: Store) -> AsyncIterator[House]:
    store = sqlite_store
    ledger = Ledger(store, clock=lambda: NOW)
    await ledger.start()
    client = httpx.AsyncClient(
        transport=InProcess(application(Context(store, ledger, lambda: NOW))),
        base_url="http://test",
    )
    house = House(store, client, api_keys.new_secret())
    async with store.transaction() as writing:
        await api_keys.create(
            writing, tenant=1, name="till", scopes=["read"], secret=house.secret, now=NOW
        )
        for role in Role:
            user = await users.create(
                writing, tenant=1, login=role, password_hash="none", role=role, now=NOW
            )
            house.people[role] = user.user_id
    yield house
    await client.aclose()
    await ledger.stop()


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("dialect", OF_PEOPLE, ids=lambda each: each.name)
async def test_what_people_may_do(house: House, dialect: object, role: Role) -> None:
    name = dialect.name  # type: ignore[attr-defined]
    wrong = []
    for operation in dialect.operations:  # type: ignore[attr-defined]
        if operation.name in PUBLIC[name]:
            continue
        answer = await house.ask(name, operation, role)
        expected = RANK[role] >= RANK[least(operation)]
        if (answer.status_code not in (401, 403)) != expected:
            wrong.append((operation.name, answer.status_code, answer.text))
        if not expected:
            assert answer.status_code == 403, answer.text
    assert wrong == []


@pytest.mark.parametrize("name", ["voucherify", "altcraft"])
async def test_no_other_api_takes_a_session(house: House, name: str) -> None:
    for dialect, operation in every():
        if dialect == name and operation.name not in PUBLIC[name]:
            answer = await house.ask(name, operation, Role.ADMIN)
            refusals = (answer.status_code, answer.json().get("error"))
            assert 401 in refusals, (operation.name, answer.text)
