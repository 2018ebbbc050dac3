"""The files for deployments can be read, and name only settings, options and commands that exist.

There is no Docker daemon and no nginx on most machines that run the tests, so nobody builds the
image here: its file is read, and what it names is looked up.
"""

from __future__ import annotations

import configparser
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.core import TyperGroup

from deploy.ha.three_nodes import Node, settings_of
from stampbook.cli import app
from stampbook.settings import PREFIX, SETTINGS
from tests.process.running import command

ROOT = Path(__file__).parents[2]
SYSTEMD = ROOT / "deploy" / "systemd"
UNITS = sorted([*SYSTEMD.glob("*.service"), *SYSTEMD.glob("*.timer")])
FILES = [
    ROOT / "Dockerfile",
    ROOT / "compose.yaml",
    ROOT / ".env.example",
    ROOT / "SECURITY.md",
    ROOT / "docs" / "operating" / "deploying.md",
    ROOT / "docs" / "operating" / "backup.md",
    ROOT / "docs" / "operating" / "upgrading.md",
    ROOT / "deploy" / "nginx" / "stampbook.conf",
    *UNITS,
]
OF_COMPOSE = {"STAMPBOOK_PUBLISHED_PORT"}
"""Variables of compose.yaml itself; no command sees them."""

VARIABLE = re.compile(r"\bSTAMPBOOK_[A-Z_]+\b")


def check_command(words: Sequence[str]) -> None:
    """Check that the command exists, and each of its options."""
    found: Any = typer.main.get_command(app)
    for word in words:
        if isinstance(found, TyperGroup) and word in found.commands:
            found = found.commands[word]
    assert not isinstance(found, TyperGroup), words
    known = {option for each in found.params for option in each.opts} | {"--help"}
    assert {word for word in words if word.startswith("--")} <= known, words


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.name))
def test_every_setting_exists(file: Path) -> None:
    named = set(VARIABLE.findall(file.read_text("utf-8"))) - OF_COMPOSE
    settings = {PREFIX + name.upper() for name in SETTINGS}
    assert named - settings == set()


# -- the image and compose.yaml ----------------------------------------------------


def instructions() -> Iterator[tuple[str, str]]:
    """The instructions of the Dockerfile, each in one line."""
    text = (ROOT / "Dockerfile").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if line.strip():
            word, _, rest = line.partition(" ")
            yield word, rest.strip()


def test_the_image() -> None:
    found = list(instructions())
    words = [word for word, _ in found]
    assert set(words) <= {
        *("FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "EXPOSE"),
        *("HEALTHCHECK", "ENTRYPOINT", "CMD"),
    }
    stages = [rest for word, rest in found if word == "FROM"]
    assert len(stages) == 2
    assert all(re.match(r"python:3\.\d+-slim", stage) for stage in stages)
    last = dict(found[words.index("FROM", 1) :])
    assert last["USER"] == "10001"
    assert json.loads(last["ENTRYPOINT"]) == ["stampbook"]
    check_command(json.loads(last["CMD"]))
    health = last["HEALTHCHECK"]
    assert "/readyz" in health
    compile(json.loads(health.partition("CMD ")[2])[2], "HEALTHCHECK", "exec")
    for word, rest in found:
        if word == "COPY" and not rest.startswith("--from"):
            *sources, _ = rest.split()
            assert all((ROOT / source).exists() for source in sources), rest
            allowed = (ROOT / ".dockerignore").read_text("utf-8").split()
            assert {f"!{source}" for source in sources} <= set(allowed)


def test_compose() -> None:
    found = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    services = found["services"]
    assert list(services) == ["database", "serve", "worker"]
    for name in ("serve", "worker"):
        assert services[name]["command"][0] == name
        check_command(services[name]["command"])
        environment = services[name]["environment"]
        assert environment["STAMPBOOK_LOG_FORMAT"] == "json"
        assert environment["STAMPBOOK_ACCESS_LOG"] == "all"
        assert environment["STAMPBOOK_DATABASE_URL"].startswith("postgresql://stampbook:$")
    volumes = {each for service in services.values() for each in service.get("volumes", ())}
    assert {each.partition(":")[0] for each in volumes} == set(found["volumes"])
    waited_for = {each for name in services for each in services[name].get("depends_on", ())}
    assert waited_for <= set(services)


def test_every_secret_of_compose_is_in_the_example() -> None:
    wanted = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text("utf-8")))
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    assert {line.partition("=")[0] for line in lines if line and line[0] != "#"} == wanted
    assert ".env" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_compose_s_settings_are_taken(tmp_path: Path) -> None:
    """The program itself reads them, as it does in the container."""
    services = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]
    environment = {
        name: re.sub(r"\$\{POSTGRES_PASSWORD.*?\}", "geheim", str(value))
        for name, value in services["serve"]["environment"].items()
    }
    ended = command("settings", "--json", cwd=tmp_path, environment=environment)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout)["database_url"]["from"] == "STAMPBOOK_DATABASE_URL"


# -- systemd and nginx -------------------------------------------------------------


def unit(file: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(file.read_text("utf-8"))
    return parser


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.name)
def test_a_unit(file: Path) -> None:
    found = unit(file)
    if file.suffix == ".timer":
        assert file.with_suffix(".service").exists()
        return
    service = found["Service"]
    assert "stampbook" in service["StateDirectory"].split()
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    line = service["ExecStart"]
    words = shlex.split(line)
    if words[0] == "/bin/sh":
        words = shlex.split(words[2].removeprefix("exec ").replace("$$(", "(").replace("%%", "%"))
    assert words[0] == "/opt/stampbook/bin/stampbook"
    check_command(words[1:])


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("stampbook")
    assert program.exists()
    for file in UNITS:
        text = file.read_text("utf-8").replace("/opt/stampbook/bin/stampbook", str(program))
        (tmp_path / file.name).write_text(text, "utf-8")
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(map(str, tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    complaints = [line for line in verified.stderr.splitlines() if str(tmp_path) in line]
    assert (verified.returncode, complaints) == (0, []), verified.stderr


def test_nginx(tmp_path: Path) -> None:
    """Braces fit, each directive ends, and only known variables are used; nginx itself if here."""
    text = (ROOT / "deploy" / "nginx" / "stampbook.conf").read_text("utf-8")
    depth = 0
    for number, line in enumerate(text.splitlines(), 1):
        code = line.partition("#")[0].strip()
        if code:
            assert code[-1] in "{};", (number, line)
        depth += code.count("{") - code.count("}")
        assert depth >= 0, number
    assert depth == 0
    known = {"$host", "$request_uri", "$remote_addr", "$scheme"}
    assert set(re.findall(r"\$\w+", text)) <= known
    for name in ("X-Forwarded-For", "X-Forwarded-Proto", "Host"):
        assert f"proxy_set_header {name} " in text


def test_settings_of_nodes(tmp_path: Path) -> None:
    """Patroni's settings can be read, and nothing in them is left to be filled in."""
    node = Node("node1", tmp_path, 5440, 5450, "127.0.0.1:1", "127.0.0.1:2", ["127.0.0.1:3"])
    text = settings_of(node, "secret", Path("/programs"))
    told = yaml.safe_load(text)
    assert "$" not in text
    assert told["etcd3"] == {"hosts": ["127.0.0.1:3"], "use_proxies": False}
    assert told["postgresql"]["connect_address"] == "127.0.0.1:1"
    synchronous = told["bootstrap"]["dcs"]
    assert synchronous["synchronous_mode"] is synchronous["synchronous_mode_strict"] is True
