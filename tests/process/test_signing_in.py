"""Endless wrong passwords and tokens, over real connections."""

from __future__ import annotations

import json

from tests.process.conftest import Deployment
from tests.process.raw import RawClient, Reply, head
from tests.process.running import command


def post(client: RawClient, path: str, body: object, *headers: str) -> Reply:
    content = json.dumps(body).encode()
    client.send(head(f"POST {path}", *headers, f"Content-Length: {len(content)}"), content)
    return client.read()


def test_wrong_passwords_wait_and_lock_nobody_out(on_sqlite: Deployment) -> None:
    (on_sqlite.folder / "password").write_text("correct horse")
    for login in ("anna", "berta"):
        made = command(
            *("users", "create", "--login", login, "--password-file", "password"),
            *("--database", on_sqlite.url),
            cwd=on_sqlite.folder,
        )
        assert made.returncode == 0, made.stderr
    bearer = f"Authorization: Bearer {on_sqlite.secret}"
    russian = "Accept: application/vnd.yclients.v2+json"
    wrong = {"login": "Anna", "password": "wrong"}
    right = {"login": "anna", "password": "correct horse"}
    with on_sqlite.serve() as server:
        url = server.wait_until_ready()
        with RawClient(url) as here, RawClient(url, source="127.0.0.2") as elsewhere:
            answers = [post(here, "/api/v1/auth", wrong, bearer) for _ in range(30)]
            statuses = [answer.status for answer in answers]
            assert statuses[:10] == [401] * 10
            assert statuses.count(429) > 15
            refused = answers[statuses.index(429)]
            assert refused.body == {
                "success": False,
                "data": None,
                "meta": {"message": "Too many requests."},
            }
            assert 1 <= int(refused.headers["retry-after"]) <= 60
            # The wait grows with each attempt let through; on a slow machine one may be over.
            in_russian = [post(here, "/api/v1/auth", wrong, bearer, russian) for _ in range(10)]
            messages = [answer.body["meta"]["message"] for answer in in_russian]
            assert "Слишком много запросов." in messages
            assert post(here, "/api/v1/auth", right, bearer).status == 429
            assert post(elsewhere, "/api/v1/auth", right, bearer).status == 201
            assert post(here, "/api/v1/auth", {**right, "login": "berta"}, bearer).status == 201
        assert server.stop() == 0
        assert server.errors == ""


def test_oauth_tokens_have_a_quota(on_sqlite: Deployment) -> None:
    app = ("X-App-Id: app", f"X-App-Token: {on_sqlite.secret}")
    with on_sqlite.serve() as server, RawClient(server.wait_until_ready()) as client:
        tokens = [post(client, "/v1/oauth/token", {}, *app) for _ in range(2_010)]
        made = [answer for answer in tokens if answer.status == 200]
        # The window can end while the test runs, but only once.
        assert 1_000 <= len(made) <= 2_000
        refused = next(answer for answer in tokens if answer.status != 200)
        assert (refused.status, refused.body["key"]) == (429, "too_many_requests")
        assert 1 <= int(refused.headers["retry-after"]) <= 900
        bearer = f"Authorization: Bearer {made[-1].body['access_token']}"
        client.send(head("GET /v2/loyalties/programs", bearer))
        assert client.read().status == 200
        assert server.stop() == 0
