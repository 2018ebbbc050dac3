"""The page at /docs: its script asks `/` which APIs are described, and shows the one that is asked
for."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from stampbook.dialects.site.docs_page import STATIC

BROWSER = """
const made = { links: [], shown: null };
globalThis.location = { search: process.argv[1] };
globalThis.document = {
  createElement: () => {
    const link = { current: false, setAttribute() { this.current = true; } };
    return link;
  },
  getElementById: () => ({ replaceChildren: (...links) => { made.links = links; } }),
};
globalThis.SwaggerUIBundle = (options) => { made.shown = options.url; };
const root = { descriptions: JSON.parse(process.argv[2]) };
globalThis.fetch = async () => ({ json: async () => root });
process.on("exit", () => console.log(JSON.stringify(made)));
"""
"""What the script uses of a browser and of Swagger UI."""

DESCRIPTIONS = {"native": "/openapi.json", "altegio": "/openapi/altegio.json"}


def page(search: str) -> Any:
    node = shutil.which("node")
    if node is None:
        pytest.skip("NOT RUN: node is not installed")
    script = BROWSER + (STATIC / "start.js").read_text("utf-8")
    words = (node, "--eval", script, "--", search, json.dumps(DESCRIPTIONS))
    ended = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    return json.loads(ended.stdout)


@pytest.mark.parametrize(
    ("search", "api"),
    [
        ("", "native"),
        ("?api=native", "native"),
        ("?api=altegio", "altegio"),
        ("?api=nobody", "native"),
        ("?api=toString", "native"),
    ],
)
def test_the_page_shows_the_api_that_its_address_names(search: str, api: str) -> None:
    made = page(search)
    assert made["shown"] == DESCRIPTIONS[api]
    assert [(each["textContent"], each["href"], each["current"]) for each in made["links"]] == [
        (name, f"/docs?api={name}", name == api) for name in DESCRIPTIONS
    ]
