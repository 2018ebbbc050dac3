"""The vendor's package, and the server that its clients ask."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from tests.process.api import Api

NODE = Path(__file__).parent / "node"


class Vendor:
    """The vendor's package. To import it takes seconds, in each process of a test run."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # what pytest asks of everything in a module
            raise AttributeError(name)
        return getattr(import_module("voucherify"), name)


voucherify: Any = Vendor()
"""Every field of its models may be absent: their types would hide what is tested here."""


class Live(NamedTuple):
    """A server, and an application that may do everything."""

    api: Api
    secret: str


def v2(client: Any, method: str, path: str, body: Any = None, **params: str) -> tuple[int, Any]:
    """A call of v2, which this client has no methods for."""
    arguments = client.param_serialize(
        method=method,
        resource_path="/v2" + path,
        query_params=list(params.items()),
        header_params={"Accept": "application/json", "Content-Type": "application/json"},
        body=body,
        auth_settings=["X-App-Id", "X-App-Token"],
    )
    response = client.call_api(*arguments)
    response.read()
    return response.status, json.loads(response.data)
