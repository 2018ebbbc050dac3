"""A nightly import: sends a file of balances, waits for its end, and says which rows were refused.

Run it again after a failure: rows are known by their ids, so none counts twice.
`python nightly.py URL KEY PROGRAM FILE`
"""

import sys
import time
from pathlib import Path

from stampbook_client import Stampbook

LOOK_EVERY_S = 0.5
url, key, program, file = sys.argv[1:]

with Stampbook(url, key) as client:

    def finished(dry_run: bool) -> int:
        """The rows that were refused, once the whole file was read."""
        sent = client.imports.create(
            Path(file), kind="balances", program_id=program, source="nightly", dry_run=dry_run
        )
        assert sent.id is not None
        while (run := client.imports.get(sent.id)).status == "running":
            time.sleep(LOOK_EVERY_S)
        words = "would be new" if dry_run else "new"
        print(f"{run.status}: {run.created} {words}, {run.unchanged} known, {run.refused} refused")
        if run.refused:
            print(client.imports.refused_rows(sent.id).decode(), end="")
        return run.refused if run.status == "done" else 1

    if finished(dry_run=True):
        sys.exit("nothing was imported: mend the file first")
    sys.exit(finished(dry_run=False))
