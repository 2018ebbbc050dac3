"""People who sign in at the native API."""

from __future__ import annotations

from typing import Any

import httpx

from tests.http.native.asking import Api, fine, made

PASSWORD = "correct horse"


async def person(api: Api, login: str, **fields: Any) -> Any:
    """A new user, made by an administrator."""
    return made(await api.post("/users", {"login": login, "password": PASSWORD, **fields}))


async def sign_in(api: Api, login: str, password: str = PASSWORD, **more: Any) -> httpx.Response:
    """The answer to an attempt without any credential."""
    headers = more.pop("headers", {})
    body = {"login": login, "password": password, **more}
    return await api.client.post("/v1/sessions", json=body, headers=headers)


async def signed_in(api: Api, login: str) -> Api:
    """A client with a new session of the person."""
    return Api(api.client, made(await sign_in(api, login))["token"], api.clock)


async def as_person(api: Api, login: str, **fields: Any) -> Api:
    """A client with the session of a new user."""
    await person(api, login, **fields)
    return await signed_in(api, login)


async def who(api: Api) -> Any:
    return fine(await api.get("/session"))["user"]
