"""The examples of the OpenAPI description: of each method the first recorded success, in JSON.

`python -m tests.http.altcraft.examples` writes them anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from stampbook.dialects.altcraft import openapi
from stampbook.dialects.altcraft.routes import OPERATIONS
from tests.http.altcraft.recording import FOLDER

EXAMPLES = Path(openapi.__file__).with_name("examples.json")


def text() -> str:
    """The file; one line for each operation."""
    by_path = {path: each.name for each in OPERATIONS for path in each.paths}
    found: dict[str, Any] = {}
    for recorded in sorted(FOLDER.glob("*.json.request")):
        head, _, body = recorded.read_text().partition("\n\n")
        _, _, answered = recorded.with_suffix(".response").read_text().partition("\n\n")
        example = {"request": json.loads(body), "answer": json.loads(answered)}
        name = by_path[head.splitlines()[-1].removeprefix("POST ")]
        if example["answer"]["error"] == 0:
            found.setdefault(name, example)
    lines = ",\n".join(
        f"{json.dumps(name)}: {msgspec.json.encode(each).decode()}" for name, each in found.items()
    )
    return f"{{\n{lines}\n}}\n"


if __name__ == "__main__":
    EXAMPLES.write_text(text(), "utf-8")
