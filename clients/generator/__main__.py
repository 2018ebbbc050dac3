"""Writes what is generated of both clients: `make clients`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from clients.generator.python import models, params, problems, resources
from clients.generator.reading import Api, read
from clients.generator.typescript.printing import Printer
from stampbook.dialects.describing import document
from stampbook.dialects.native.routes import OPERATIONS
from stampbook.dialects.site.descriptions import DESCRIPTIONS

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / "python" / "src" / "stampbook_client"
TYPESCRIPT = ROOT / "typescript" / "src"


def described() -> Any:
    """The description of the native API, as `/openapi.json` answers it."""
    return json.loads(json.dumps(document(DESCRIPTIONS["native"], OPERATIONS)))


def printed(api: Api) -> dict[Path, str]:
    """All generated modules, by their paths below `clients`."""
    packages = {
        "models": models.printed(api),
        "params": params.printed(api),
        "resources": resources.printed(api, is_async=False),
        "async_resources": resources.printed(api, is_async=True),
    }
    files = {
        PYTHON / package / f"{name}.py": text
        for package, modules in packages.items()
        for name, text in modules.items()
    }
    files[PYTHON / "problems.py"] = problems.printed(api)
    files |= {TYPESCRIPT / path: text for path, text in Printer(api).printed().items()}
    return files


def write(folder: Path) -> list[Path]:
    """Write everything below `folder`, as it is below `clients`; the paths of what was written."""
    written = []
    for path, text in printed(read(described())).items():
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
        written.append(target)
    _format([each for each in written if each.suffix == ".py"])
    return written


def _format(files: list[Path]) -> None:
    """As the rest of the repository is."""
    ruff = [sys.executable, "-m", "ruff"]
    names = [str(each) for each in files]
    config = ["--config", str(ROOT.parent / "pyproject.toml")]
    for words in (["format"], ["check", "--fix"], ["format"]):
        subprocess.run([*ruff, *words, "--quiet", *config, *names], check=True)


if __name__ == "__main__":
    write(ROOT)
