"""`python -m tests.documentation`: build the site into build/site, or fail."""

from __future__ import annotations

import subprocess
import sys

from tests.documentation.assembling import ROOT, assemble
from tests.documentation.checking import faults_of
from tests.documentation.searching import Index

BUILD = ROOT / "build"

SOUGHT = ("refund", "cancel withdrawal", "expired points")
"""What a reader may type first. The search must lead to a page."""


def main() -> int:
    """The status to exit with: 0 if every page was built without a warning and all links work."""
    source, target = BUILD / "site-source", BUILD / "site"
    assemble(source)
    for page in target.rglob("*.html"):
        if not (source / page.relative_to(target)).with_suffix(".md").exists():
            page.unlink()
    strict = ("--quiet", "--fail-on-warning", "--nitpicky", "--write-all", "--jobs", "2")
    sphinx = (sys.executable, "-m", "sphinx", *strict, "-d", BUILD / "site-doctrees")
    if subprocess.run([*sphinx, source, target], check=False).returncode:
        return 1
    faults = faults_of(target)
    index = Index(target)
    faults += [f"the search does not find {words!r}" for words in SOUGHT if not index.find(words)]
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    if not faults:
        sys.stdout.write(f"Built {target.relative_to(ROOT)}/index.html\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
