"""Only its owner can read a SQLite database, whatever the umask."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.process.api import Api
from tests.process.running import Running, forked


@pytest.fixture(autouse=True)
def _open_handed() -> Iterator[None]:
    """The default umask of most machines, which the commands inherit."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    """The modes of the folder and of each file in it."""
    places = {".": folder, **{place.name: place for place in folder.iterdir()}}
    return {name: stat.S_IMODE(place.stat().st_mode) for name, place in places.items()}


def serve_once(folder: Path, *more: str) -> tuple[dict[str, int], str]:
    """The modes while a server that has written something runs, and what it logged."""
    data = folder / ".stampbook" if not more else folder / "data" / "points"
    with Running("serve", "--port", "0", *more, cwd=folder) as server:
        url = server.wait_until_ready()
        made = forked("keys", "create", "--name", "a", "--scope", "admin", *more, cwd=folder)
        Api(url, made.stdout.strip()).open_accounts(1)
        found = modes(data)
        assert server.stop() == 0
        return found, server.errors


PRIVATE = {
    ".": 0o700,
    "stampbook.sqlite": 0o600,
    "stampbook.sqlite-wal": 0o600,
    "stampbook.sqlite-shm": 0o600,
}


def test_what_serve_makes(tmp_path: Path) -> None:
    assert serve_once(tmp_path) == (PRIVATE, "")


def test_a_folder_of_an_older_version(tmp_path: Path) -> None:
    assert forked("migrate", cwd=tmp_path).returncode == 0
    data = tmp_path / ".stampbook"
    data.chmod(0o755)
    (data / "stampbook.sqlite").chmod(0o644)
    assert serve_once(tmp_path) == (PRIVATE, "")


def test_a_place_that_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "points"
    folder.mkdir(parents=True)
    place = ("--database", f"sqlite:{folder}/stampbook.sqlite")
    assert serve_once(tmp_path, *place) == ({**PRIVATE, ".": 0o755}, "")


def test_what_people_have_opened_to_others_is_said(tmp_path: Path) -> None:
    file = tmp_path / "data" / "points" / "stampbook.sqlite"
    file.parent.mkdir(parents=True)
    place = ("--database", f"sqlite:{file}")
    assert forked("migrate", *place, cwd=tmp_path).returncode == 0
    file.chmod(0o640)
    file.parent.chmod(0o750)
    found, logged = serve_once(tmp_path, *place)
    assert (found["."], found[file.name]) == (0o750, 0o640)
    assert f"{file} can be read by other users of this machine" in logged


def test_the_demo(tmp_path: Path) -> None:
    with Running("demo", "--port", "0", "--json", "facts.json", cwd=tmp_path) as demo:
        demo.wait_for("Press Ctrl-C to end the demo")
        found = modes(tmp_path / ".stampbook")
        assert found.pop(".") == 0o700
        assert set(found.values()) == {0o600}
        assert demo.stop() == 0


def test_whatever_a_command_writes_is_its_owners(tmp_path: Path) -> None:
    """Also what it does not know to be private, such as a file that a library makes."""
    program = (
        "import os, sys\n"
        "from stampbook.cli import main\n"
        "sys.argv = ['stampbook', '--version']\n"
        "try:\n"
        "    main()\n"
        "except SystemExit:\n"
        "    open('made', 'w').close()\n"
        "    os.mkdir('folder')\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
    assert modes(tmp_path) == {".": modes(tmp_path)["."], "made": 0o600, "folder": 0o700}
