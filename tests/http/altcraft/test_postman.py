"""The collection of the repository is the one that the module makes, and its requests work."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from stampbook.dialects.altcraft.postman import VARIABLES, text
from stampbook.dialects.altcraft.routes import OPERATIONS
from tests.http.altcraft.house import TOKEN, House, from_xml
from tests.http.altcraft.recording import furnish

FILE = Path(__file__).parents[3] / "docs" / "postman" / "altcraft.json"


def folders() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(FILE.read_text())["item"]
    return found


def test_the_file_is_up_to_date() -> None:
    assert FILE.read_text() == text()


def test_every_method_is_in_it() -> None:
    paths = {path for operation in OPERATIONS for path in operation.paths if "_file/" not in path}
    for folder in folders():
        found = {f"/{'/'.join(item['request']['url']['path'])}" for item in folder["item"]}
        assert found == paths


async def test_its_requests_work_in_their_order(house: House) -> None:
    """As Postman runs it: variables filled in, ids remembered from one answer to the next."""
    await furnish(house)
    for number, folder in enumerate(folders()):
        variables = {
            **VARIABLES,
            "url": "http://stampbook.test",
            "email": f"{number}@example.com",
            "transaction_eid": f"order-{number}",
        }
        for item in folder["item"]:
            request = item["request"]
            answer = await house.client.post(
                filled(request["url"]["raw"], variables),
                content=filled(request["body"]["raw"], variables),
                headers={
                    "authorization": f"Bearer {TOKEN}",
                    **{each["key"]: each["value"] for each in request["header"]},
                },
            )
            xml = folder["name"] == "XML"
            envelope = from_xml(answer.content) if xml else answer.json()
            assert str(envelope["error"]) == "0", (item["name"], envelope)
            if "event" in item:
                variables |= {
                    name: value for name, value in envelope["data"].items() if name in variables
                }


def filled(text: str, variables: dict[str, str]) -> str:
    for name, value in variables.items():
        text = text.replace(f"{{{{{name}}}}}", value)
    assert "{{" not in text
    return text
