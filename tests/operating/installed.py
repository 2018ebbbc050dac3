"""Tries an installation as a newcomer would: `python installed.py STAMPBOOK FOLDER`.

It starts the demo, pastes one of the three cancels that this prints, and verifies the database. It
needs nothing but Python, because it runs where only the wheel is installed: `make installed`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

TIMEOUT_S = 60


def main(stampbook: str, folder: str) -> None:
    """See the module. Raises if anything fails."""
    facts = Path(folder, "facts.json")
    demo = subprocess.Popen(
        [stampbook, "demo", "--port", "0", "--json", str(facts)],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
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
        answer = subprocess.run(
            ["bash", "-c", cancel.replace("curl ", "curl --fail ", 1)],
            check=True,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
        )
        json.loads(answer.stdout)
        (database,) = Path(folder, ".stampbook").glob("demo-*.sqlite")
        verified = subprocess.run(
            [stampbook, "verify", "--database", str(database)],
            check=True,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
        )
    finally:
        demo.terminate()
        demo.wait(TIMEOUT_S)
    sys.stdout.write(f"{cancel}\n{answer.stdout}\n{verified.stdout}")


if __name__ == "__main__":
    main(*sys.argv[1:])
