"""Node programs that tests run, installed from their lock files."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

NOT_REACHED = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH")
"""The errors of npm on a machine that cannot reach a package registry."""


def installed(source: Path, folder: Path) -> Path:
    """Fill `folder` with the files of `source` and the packages of its lock file."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("NOT RUN: node and npm are not installed, nothing for Node was tried")
    for file in source.iterdir():
        if file.is_file():
            shutil.copy(file, folder)
    ended = subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    if ended.returncode and any(word in ended.stderr for word in NOT_REACHED):
        pytest.skip("NOT RUN: npm reaches no registry, nothing for Node was tried")
    assert ended.returncode == 0, ended.stderr
    return folder
