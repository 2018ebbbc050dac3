"""Endless wrong passwords and tokens, over real connections."""

from __future__ import annotations

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

from tests.process.conftest import Deployment
from tests.process.raw import RawClient, Reply, head
from tests.process.running import forked


def post(client: RawClient, path: str, body: object, *headers: str) -> Reply:
    content = json.dumps(body).encode()
    client.send(head(f"POST {path}", *headers, f"Content-Length: {len(content)}"), content)
    return client.read()


def people(place: Deployment) -> None:
    (place.folder / "password").write_text("correct horse")
    for login in ("anna", "berta"):
        made = forked(
            *("users", "create", "--login", login, "--password-file", "password"),
            *("--database", place.url),
            cwd=place.folder,
        )
        assert made.returncode == 0, made.stderr


def test_wrong_passwords_lock_a_login_in_the_words_of_the_door(on_sqlite: Deployment) -> None:
    people(on_sqlite)
    bearer = f"Authorization: Bearer {on_sqlite.secret}"
    russian = "Accept: application/vnd.yclients.v2+json"
    wrong = {"login": "Anna", "password": "wrong"}
    right = {"login": "anna", "password": "correct horse"}
    with on_sqlite.serve() as server:
        url = server.wait_until_ready()
        with RawClient(url) as here, RawClient(url, source="127.0.0.2") as elsewhere:
            answers = [post(here, "/api/v1/auth", wrong, bearer) for _ in range(30)]
            statuses = [answer.status for answer in answers]
            assert statuses[:5] == [401] * 5
            assert statuses.count(429) > 15
            refused = answers[statuses.index(429)]
            assert refused.body == {
                "success": False,
                "data": None,
                "meta": {"message": "Too many requests."},
            }
            assert 1 <= int(refused.headers["retry-after"]) <= 900
            # The wait grows with each attempt let through; on a slow machine one may be over.
            in_russian = [post(here, "/api/v1/auth", wrong, bearer, russian) for _ in range(10)]
            messages = [answer.body["meta"]["message"] for answer in in_russian]
            assert "Слишком много запросов." in messages
            for client in (here, elsewhere):
                native = post(client, "/v1/sessions", wrong)
                assert (native.status, native.body["code"]) == (429, "login_locked")
            assert post(here, "/v1/sessions", {**right, "login": "berta"}).status == 201
        assert server.stop() == 0
        assert server.errors == ""


def test_a_restart_forgets_nothing(on_sqlite: Deployment) -> None:
    people(on_sqlite)
    name = sha256(b"anna").digest()
    with sqlite3.connect(on_sqlite.url.removeprefix("sqlite:")) as database:
        database.execute("INSERT INTO login_failures VALUES (?, 14, 0, ?)", (name, 2**60))
    database.close()
    statuses = []
    for password in ("wrong password", "correct horse", "correct horse"):
        with on_sqlite.serve() as server:
            with RawClient(server.wait_until_ready()) as client:
                answer = post(client, "/v1/sessions", {"login": "anna", "password": password})
                statuses.append(answer.status)
            assert server.stop() == 0
    assert statuses == [401, 429, 429]
    assert 800 < int(answer.headers["retry-after"]) <= 900


def test_processes_count_together_and_hinder_nobody_else(on_postgres: Deployment) -> None:
    """Two servers, 32 attackers of one login: five passwords are looked at, others sign in."""
    people(on_postgres)
    right = {"login": "berta", "password": "correct horse"}
    with on_postgres.serve() as one, on_postgres.serve() as two:
        urls = [one.wait_until_ready(), two.wait_until_ready()]

        def attack(number: int) -> int:
            with RawClient(urls[number % 2]) as client:
                guess = {"login": "anna", "password": f"guess number {number}"}
                return post(client, "/v1/sessions", guess).status

        with ThreadPoolExecutor(33) as threads:
            attacks = [threads.submit(attack, number) for number in range(32)]
            with RawClient(urls[0], source="127.0.0.2") as berta:
                assert post(berta, "/v1/sessions", right).status == 201
            statuses = [each.result() for each in attacks]
        assert sorted(set(statuses)) == [401, 429]
        # All of them take longer than the first lock on a slow machine.
        assert 5 <= statuses.count(401) <= 7
        assert one.stop() == 0
        assert two.stop() == 0


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
