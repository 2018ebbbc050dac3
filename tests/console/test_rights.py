"""Every page by every role: opened, or refused as its row in the table says."""

from __future__ import annotations

import re

import pytest

from stampbook.console.routes import OPERATIONS
from stampbook.programs.roles import RANKS, Role
from tests.console.desk import Desk, token_of

PUBLIC = {"/console", "/console/login", "/console/logout", "/console/static/{name}"}
PUBLIC |= {"/console/me/theme", "/console/me/language"}


def test_only_the_way_in_is_public() -> None:
    assert {each.path for each in OPERATIONS if each.public} == PUBLIC


@pytest.mark.parametrize("role", Role)
async def test_what_people_may_open(desk: Desk, role: Role) -> None:
    clerk = await desk.clerk(role)
    token = token_of(await clerk.get("/console"))
    clerk.client.follow_redirects = False
    for operation in OPERATIONS:
        if operation.public:
            continue
        path = re.sub(r"{\w+}", "77", operation.path)
        data = {"csrf_token": token} if operation.method == "POST" else None
        answer = await clerk.client.request(operation.method, path, data=data)
        assert operation.right is not None
        if RANKS[role] < RANKS[operation.right]:
            assert answer.status_code == 403, (path, answer.status_code)
            assert 'data-page="forbidden"' in answer.text
        else:
            assert answer.status_code < 500, (path, answer.text)
            assert answer.status_code != 403, path
