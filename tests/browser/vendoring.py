"""The libraries of the console that lie in the repository, and how they come there: `make vendor`.

Each is one version of an npm package, whose hash is pinned here. A file is the package's own, byte
for byte, except the sprite: it has only those icons that the console uses. VENDORED.md beside the
files says what they are.
"""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "src/stampbook/console/static/vendor"
FOR_TESTS = ROOT / "tests/browser/vendor"

ICONS = (
    *("arrow-right", "ban", "chart-column", "check", "circle-check", "clock"),
    *("coins", "contact", "copy", "download", "footprints", "gift", "house", "info"),
    *("key-round", "layers", "log-out", "megaphone", "minus", "pencil", "plus", "printer"),
    *("scroll-text", "search", "triangle-alert", "undo-2", "upload", "users", "webhook", "x"),
)
"""The icons of the sprite, by the names of lucide."""

SPRITE = "icons.svg"


class Package(NamedTuple):
    """One version of an npm package, and the files that are taken: ours by theirs."""

    name: str
    version: str
    licence: str
    integrity: str
    files: Mapping[str, str]

    @property
    def spec(self) -> str:
        return f"{self.name}@{self.version}"


SERVED = (
    Package(
        "htmx.org",
        "4.0.1",
        "0BSD",
        "sha512-oF7JgXhDW9UXCy/k1ZYFUQgzu/rm19ORWPSPNL91vPluB2PB9+MV55tyQdH/w7o2EAbTYUG5SDW1R60mdkdqGg==",
        {"htmx.min.js": "dist/htmx.min.js", "htmx.LICENSE": "LICENSE"},
    ),
    Package(
        "@picocss/pico",
        "2.1.1",
        "MIT",
        "sha512-kIDugA7Ps4U+2BHxiNHmvgPIQDWPDU4IeU6TNRdvXQM1uZX+FibqDQT2xUOnnO2yq/LUHcwnGlu1hvf4KfXnMg==",
        {"pico.min.css": "css/pico.min.css", "pico.LICENSE": "LICENSE.md"},
    ),
    Package(
        "lucide-static",
        "1.62.0",
        "ISC, MIT",
        "sha512-WBZA/m2PvkFpMGHDtsBck5P2A9G4ehLlYu4GwwICcmEm1BvYVgj00lCDxKRWLlbMlOibLaiwdQ88G5pHkSWgwA==",
        {SPRITE: "sprite.svg", "icons.LICENSE": "LICENSE"},
    ),
)
TESTING = (
    Package(
        "axe-core",
        "4.14.1",
        "MPL-2.0",
        "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
        {
            "axe.min.js": "axe.min.js",
            "axe.LICENSE": "LICENSE",
            "axe.LICENSE-3RD-PARTY": "LICENSE-3RD-PARTY.txt",
        },
    ),
)
FOLDERS = {STATIC: SERVED, FOR_TESTS: TESTING}


def sprite(whole: str) -> str:
    """A sprite with nothing but ICONS. Raises KeyError if one of them is not in the whole."""
    symbols = dict(re.findall(r'<symbol id="([\w-]+)" (.+?</symbol>)', whole, re.DOTALL))
    kept = (f'<symbol id="{name}" {symbols[name]}' for name in ICONS)
    licence = "<!-- lucide-static, ISC and MIT: icons.LICENSE -->"
    lines = (re.sub(r"\s*\n\s*", "", symbol).replace(" />", "/>") for symbol in kept)
    start = '<svg xmlns="http://www.w3.org/2000/svg">'
    return "\n".join((licence, start, *lines, "</svg>\n"))


def described(folder: Path, packages: tuple[Package, ...]) -> str:
    """What VENDORED.md says of the files that lie in the folder."""
    lines = [
        "# Files of others",
        "",
        "`make vendor` writes them. The versions and the hashes of the packages are in"
        " `tests/browser/vendoring.py`.",
        "",
        "| file | npm package | version | licence | SHA-256 |",
        "|---|---|---|---|---|",
    ]
    for package in packages:
        for name in package.files:
            digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
            lines.append(
                f"| {name} | {package.name} | {package.version} | {package.licence} | `{digest}` |"
            )
    return "\n".join((*lines, ""))


def fetched(package: Package, folder: Path) -> dict[str, bytes]:
    """The files of a package by our names. Raises ValueError if its hash is not the pinned one."""
    ended = subprocess.run(
        ["npm", "pack", "--silent", package.spec],
        cwd=folder,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    archive = folder / ended.stdout.strip()
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != package.integrity:
        raise ValueError(f"{package.spec} has the hash sha512-{digest}, not {package.integrity}")
    found: dict[str, bytes] = {}
    with tarfile.open(archive) as packed:
        for ours, theirs in package.files.items():
            member = packed.extractfile(f"package/{theirs}")
            assert member is not None, theirs
            found[ours] = member.read()
    if SPRITE in found:
        found[SPRITE] = sprite(found[SPRITE].decode()).encode()
    return found


def main() -> None:
    """Write all files anew."""
    for target, packages in FOLDERS.items():
        target.mkdir(parents=True, exist_ok=True)
        for old in target.iterdir():
            old.unlink()
        for package in packages:
            with tempfile.TemporaryDirectory() as folder:
                for name, content in fetched(package, Path(folder)).items():
                    (target / name).write_bytes(content)
        (target / "VENDORED.md").write_text(described(target, packages), "utf-8")


if __name__ == "__main__":
    main()
