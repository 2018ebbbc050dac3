"""Every folder of code is a package: import-linter and the wheel ignore all others."""

from __future__ import annotations

from pathlib import Path

import stampbook


def test_every_folder_of_code_is_a_package() -> None:
    root = Path(stampbook.__file__).parent
    folders = {module.parent for module in root.rglob("*.py")}
    assert not [str(folder) for folder in folders if not (folder / "__init__.py").exists()]
