"""The commands of docs/operating/backup.md restore a PostgreSQL cluster to an instant."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from stampbook.storage.postgres.binaries import find_program
from tests.process.forking import environment_of

PAGE = Path(__file__).parents[2] / "docs" / "operating" / "backup.md"
BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ACCRUALS = 20
LOAD = f"""
load() {{
  : > serve.out
  stampbook serve --port 0 > serve.out 2> serve.err &
  until grep -q '^Stampbook serves' serve.out; do sleep 0.1; done
  url=$(grep -o 'http://[^ ]*' serve.out)
  if [ ! -f secret ]; then
    stampbook keys create --name load --scope admin > secret 2> key.err
    python "$KIT" open "$url" "$(cat secret)" > account
  fi
  python "$KIT" accrue "$url" "$(cat secret)" "$(cat account)" {ACCRUALS} "$1" > "answers.$1"
  kill %1
  wait %1
}}
"""
KIT = """
import http.client, json, sys
from urllib.parse import urlsplit

def ask(path, body):
    connection.request("POST", path, json.dumps(body), headers)
    answer = connection.getresponse()
    content = json.loads(answer.read())
    assert answer.status in (200, 201), content
    return content

what, url, secret, *rest = sys.argv[1:]
connection = http.client.HTTPConnection(urlsplit(url).netloc)
headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
if what == "open":
    program = ask("/v1/programs", {"name": "Points"})["id"]
    currency = ask(f"/v1/programs/{program}/currencies", {"name": "Points"})["id"]
    member = ask(f"/v1/programs/{program}/members", {})["id"]
    print(ask("/v1/accounts", {"member_id": member, "currency_id": currency})["id"])
else:
    account, count, reason = rest
    path = f"/v1/accounts/{account}/transactions"
    for _ in range(int(count)):
        print(ask(path, {"type": "accrue", "amount": "1", "reason": reason})["id"])
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder for a user that PostgreSQL accepts; servers that are left in it are stopped."""
    folder = Path(tempfile.mkdtemp(prefix="stampbook-pitr-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    for data in ("primary", "restored"):
        pid_file = folder / data / "postmaster.pid"
        if pid_file.exists():
            subprocess.run(["kill", "-QUIT", pid_file.read_text().splitlines()[0]], check=False)
    shutil.rmtree(folder, ignore_errors=True)


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


AS_POSTGRES = """#!/bin/sh
chown -R postgres: .
exec setpriv --reuid=postgres --regid=postgres --clear-groups {program} "$@"
"""


def programs_of(home: Path, installed: Path) -> str:
    """The path to PostgreSQL's programs. Those that refuse to be run by root are run by another."""
    if os.geteuid() == 0:
        (home / "bin").mkdir()
        for name in ("initdb", "pg_ctl"):
            program = home / "bin" / name
            program.write_text(AS_POSTGRES.format(program=installed / name), "utf-8")
            program.chmod(0o755)
    return f"{home / 'bin'}:{installed}"


@pytest.mark.postgres
def test_the_page_restores_to_an_instant(home: Path) -> None:
    program = find_program("pg_basebackup")
    assert program is not None, "install PostgreSQL's programs: this test needs pg_basebackup"
    blocks = BLOCK.findall(PAGE.read_text("utf-8"))
    assert len(blocks) == 6
    (home / "kit.py").write_text(KIT, "utf-8")
    ending = "pg_ctl --pgdata restored --mode fast stop > /dev/null"
    questions = (
        "SELECT id FROM (SELECT 'txn_' || to_hex(account_id * 8388608 + seq) AS id, seq"
        " FROM transactions) AS t ORDER BY seq"
    )
    asking = (
        "psql --host 127.0.0.1 --username points --dbname points --no-align --tuples-only"
        f' --command "{questions}" > rows'
    )
    script = "\n".join(["set -ex", LOAD, *blocks, asking, ending])
    path = (str(Path(sys.executable).parent), programs_of(home, program.parent), os.environ["PATH"])
    environment = environment_of(
        {
            "HOME": str(home),
            "KIT": str(home / "kit.py"),
            "PGPORT": free_port(),
            "PATH": os.pathsep.join(path),
        }
    )
    del environment["PYTHONWARNINGS"]
    ended = subprocess.run(
        ["bash", "-c", script],
        cwd=home,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, (ended.stdout, ended.stderr)
    before = (home / "answers.before").read_text().split()
    assert len(before) == ACCRUALS
    assert len((home / "answers.after").read_text().split()) == ACCRUALS
    assert (home / "rows").read_text().split() == before
    assert f"1 account with {ACCRUALS} transactions is sound" in ended.stdout
