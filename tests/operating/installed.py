"""Tries the wheel and the source distribution as a newcomer would: `python installed.py`.

In an empty environment of each Python it installs the locked dependencies and one of the two files.
Then it starts the demo, pastes one of the three cancels that this prints, and verifies the
database. The Python client, in an environment of its own, redeems and cancels at that demo. All
this needs nothing but Python, because `make installed` runs it where only that is there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 60

# What a newcomer writes first: points are spent, and come back exactly.
CLIENT = """
import sys
from decimal import Decimal

from stampbook_client import Stampbook

with Stampbook(*sys.argv[1:]) as client:
    program = client.programs.create(name="Coffee club")
    currency = client.currencies.create(program.id, name="Points", scale=2)
    member = client.members.create(program.id, name="Anna")
    account = client.accounts.create(member_id=member.id, currency_id=currency.id)
    client.accounts.accrue(account.id, Decimal(10))
    earned = client.accounts.balance(account.id)
    spent = client.accounts.redeem(account.id, Decimal(4))
    client.transactions.cancel(spent.id)
    after = client.accounts.balance(account.id)
    assert (after.active, after.total) == (earned.active, earned.total) == (10, 10), after
"""

VERSION = "import sys; print(*sys.version_info[:2]); print(sys.implementation.name)"


class Python(NamedTuple):
    """An interpreter of this machine."""

    version: tuple[int, int]
    path: str

    @property
    def name(self) -> str:
        return ".".join(map(str, self.version))


def supported() -> list[tuple[int, int]]:
    """The versions that the package names, oldest first."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = re.findall(r"Python :: (\d+)\.(\d+)", "\n".join(project["classifiers"]))
    return sorted((int(major), int(minor)) for major, minor in named)


def candidates() -> Iterator[Path]:
    """Where interpreters are: the path, pyenv's and uv's folders, and the one that runs this."""
    pattern = re.compile(r"python3\.\d+")
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if Path(folder).is_dir():
            yield from (each for each in Path(folder).iterdir() if pattern.fullmatch(each.name))
    for folders in (".pyenv/versions", ".local/share/uv/python"):
        yield from sorted((Path.home() / folders).glob("*/bin/python3"))
    yield Path(sys.executable)


def interpreters() -> list[Python]:
    """One CPython of each version from the oldest supported one on, oldest first."""
    oldest = supported()[0]
    found: dict[tuple[int, int], str] = {}
    for path in candidates():
        asked = subprocess.run(
            [path, "-c", VERSION], capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
        words = asked.stdout.split()
        if asked.returncode == 0 and words[2:] == ["cpython"]:
            version = (int(words[0]), int(words[1]))
            if version >= oldest:
                found.setdefault(version, str(path))
    return [Python(version, found[version]) for version in sorted(found)]


def chosen() -> list[Python]:
    """The oldest and the newest that are here."""
    found = interpreters()
    return found if len(found) == 1 else [found[0], found[-1]]


def run(*words: str | Path, cwd: Path | None = None) -> str:
    """The output of a command. Raises if it fails, with what it printed on standard error."""
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, words))}\n{done.stdout}{done.stderr}")
    return done.stdout


def environment(python: Python, folder: Path, lock: Path) -> Path:
    """An environment with what the lock file names, and nothing else. Returns its `bin`."""
    shutil.rmtree(folder, ignore_errors=True)
    run(python.path, "-m", "venv", folder)
    pip(folder / "bin", "--require-hashes", "--requirement", lock)
    return folder / "bin"


def clients(python: Python, folder: Path, wheel: Path) -> Path:
    """An environment with the client and what it says it needs, in the locked versions."""
    programs = environment(python, folder, Path(os.devnull))
    pins = re.findall(r"(?m)^[a-z].*?==[^ ]+", (ROOT / "requirements.lock").read_text("utf-8"))
    (folder / "pins.txt").write_text("\n".join(pins), "utf-8")
    pip(programs, "--constraint", folder / "pins.txt", wheel)
    return programs


def pip(programs: Path, *words: str | Path, verb: str = "install") -> None:
    quiet = ("--disable-pip-version-check", "--quiet")
    run(programs / "python", "-m", "pip", *quiet, verb, *words)


def contents(wheel: Path) -> dict[str, str]:
    """The digest of every file of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}


def built(python: Python, source: Path, folder: Path) -> Path:
    """The wheel that this Python builds of a source distribution, without the network."""
    programs = environment(python, folder / "builder", ROOT / "requirements-build.lock")
    wheels = folder / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    pip(programs, "--no-build-isolation", "--no-deps", "--wheel-dir", wheels, source, verb="wheel")
    (wheel,) = wheels.iterdir()
    return wheel


def tried(stampbook: Path, client: Path, folder: Path) -> dict[str, Any]:
    """What `verify` says after the demo's first cancel and the client's. Raises if one fails.

    `client` is the `bin` of the environment with the client.
    """
    demo = subprocess.Popen(
        [stampbook, "demo", "--port", "0"], cwd=folder, stdout=subprocess.PIPE, text=True
    )
    try:
        assert demo.stdout is not None
        lines = []
        for line in demo.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        printed = "".join(lines)
        cancel = printed[printed.index("curl ") :].partition("\n\n")[0]
        answer = run("bash", "-c", cancel.replace("curl ", "curl --fail ", 1))
        json.loads(answer)
        url, key = (
            re.search(pattern, printed)[1]  # type: ignore[index]
            for pattern in (r"demo is ready: (\S+)", r"Admin's API key: (\S+)")
        )
        run(client / "python", "-c", CLIENT, url, key)
        (database,) = (folder / ".stampbook").glob("demo-*.sqlite")
        verified: dict[str, Any] = json.loads(
            run(stampbook, "verify", "--json", "--database", str(database))
        )
    finally:
        demo.terminate()
        demo.wait(TIMEOUT_S)
    assert verified["sound"], verified
    return verified


def main() -> None:
    """See the module."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("wheel", type=Path)
    words.add_argument("source", type=Path, help="the source distribution")
    words.add_argument("client", type=Path, help="the wheel of the Python client")
    words.add_argument("folder", type=Path, help="where environments are made")
    given = words.parse_args()
    pythons = chosen()
    for python in pythons:
        folder = given.folder.resolve() / python.name
        from_source = built(python, given.source.resolve(), folder)
        assert contents(from_source) == contents(given.wheel), "the two files differ"
        programs = environment(python, folder / "empty", ROOT / "requirements.lock")
        client = clients(python, folder / "client", given.client)
        for what, file in (("wheel", given.wheel), ("source distribution", from_source)):
            pip(programs, "--no-deps", "--force-reinstall", file)
            version = run(programs / "stampbook", "--version").strip()
            verified = tried(programs / "stampbook", client, folder)
            sys.stdout.write(
                f"Python {python.name}, {what}: {version} runs; after the demo's first cancel,"
                f" {verified['transactions']} transactions are sound\n"
            )
    here = {python.version for python in pythons}
    for missing in {supported()[0], supported()[-1]} - here:
        name = ".".join(map(str, missing))
        sys.stdout.write(f"NOT TRIED: Python {name} is not on this machine\n")


if __name__ == "__main__":
    main()
