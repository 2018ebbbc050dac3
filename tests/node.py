"""Node programs that tests run, with the packages of their lock files."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.kept import kept

LOCKED = ("package.json", "package-lock.json")

NOT_REACHED = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH")
"""The errors of npm on a machine that cannot reach a package registry."""


def installed(source: Path, folder: Path) -> Path:
    """Fill `folder` with the files of `source` and the packages of its lock file."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("NOT RUN: node and npm are not installed, nothing for Node was tried")
    for file in source.iterdir():
        if file.is_file():
            shutil.copy(file, folder)
    locked = {name: (source / name).read_bytes() for name in LOCKED}

    def install(made: Path) -> None:
        for name, content in locked.items():
            (made / name).write_bytes(content)
        ended = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=made,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        if ended.returncode and any(word in ended.stderr for word in NOT_REACHED):
            pytest.skip("NOT RUN: npm reaches no registry, nothing for Node was tried")
        assert ended.returncode == 0, ended.stderr

    packages = kept("node", *locked.values(), install=install)
    (folder / "node_modules").symlink_to(packages / "node_modules")
    return folder
