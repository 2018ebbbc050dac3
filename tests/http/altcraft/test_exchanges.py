"""The recorded exchanges, played again on both stores: byte for byte what the files say."""

from __future__ import annotations

import json

from stampbook.dialects.altcraft.answers import BASE
from stampbook.dialects.altcraft.routes import OPERATIONS
from tests.http.altcraft.examples import EXAMPLES, text
from tests.http.altcraft.house import House
from tests.http.altcraft.recording import FOLDER, FORMS, Player, furnish


async def test_the_recorded_day(house: House, form: str) -> None:
    await furnish(house)
    player = Player(house, form)
    requests = sorted(FOLDER.glob(f"*.{form}.request"))
    assert requests
    for request in requests:
        expected = request.with_suffix(".response").read_text()
        assert await player.answer(request.read_text()) == expected, request.name


def test_every_method_is_among_them() -> None:
    paths = {path for operation in OPERATIONS for path in operation.paths if "_file/" not in path}
    for form in FORMS:
        recorded = {
            request.read_text().partition("\n\n")[0].splitlines()[-1].removeprefix("POST ")
            for request in FOLDER.glob(f"*.{form}.request")
        }
        assert recorded == paths
        assert all(path.startswith(f"{BASE}/loyalty/") for path in recorded)


def test_the_examples_of_the_description_are_recorded() -> None:
    """If they are not: `python -m tests.http.altcraft.examples` writes them."""
    assert EXAMPLES.read_text("utf-8") == text()
    posts = {each.name for each in OPERATIONS if each.method == "POST"}
    assert json.loads(text()).keys() == posts
