"""Where values come from, which values are refused, and that the page about settings is right."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path

import pytest

from stampbook.settings import PREFIX, SETTINGS, Settings, WrongSetting, load, waits_of
from tests.process.running import forked

PAGE = Path(__file__).parents[2] / "docs" / "operating" / "settings.md"


def test_options_win_over_environment_over_file_over_default(tmp_path: Path) -> None:
    (tmp_path / "stampbook.toml").write_text(
        'host = "1.1.1.1"\nport = 1111\nworkers = 11\n', encoding="utf-8"
    )
    environment = {"STAMPBOOK_HOST": "2.2.2.2", "STAMPBOOK_PORT": "2222", "STAMPBOOK_OTHER": "x"}
    found = load({"host": "3.3.3.3", "port": None}, environment=environment, folder=tmp_path)
    assert (found.settings.host, found.origins["host"]) == ("3.3.3.3", "option")
    assert (found.settings.port, found.origins["port"]) == (2222, "STAMPBOOK_PORT")
    assert (found.settings.workers, found.origins["workers"]) == (11, "stampbook.toml")
    assert (found.settings.drain_s, found.origins["drain_s"]) == (30, "default")


def test_nothing_given_is_the_defaults(tmp_path: Path) -> None:
    assert load({}, environment={}, folder=tmp_path).settings == Settings()


def test_a_schedule_is_a_list_or_a_text(tmp_path: Path) -> None:
    for content in ("[5, 300]", '"5, 300"'):
        (tmp_path / "stampbook.toml").write_text(f"webhook_schedule = {content}", encoding="utf-8")
        settings = load({}, environment={}, folder=tmp_path).settings
        assert waits_of(settings.webhook_schedule) == (5, 300)
    assert sum(waits_of(Settings().webhook_schedule)) == 75 * 3_600 + 35 * 60 + 5


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("port = 70000", "port"),
        ('port = "many"', "port"),
        ("port = true", "port"),
        ("workers = 0", "workers"),
        ("host = 5", "host"),
        ('log_level = "loud"', "log_level"),
        ('database_url = "mysql://host/name"', "database_url"),
        ('database_url = "sqlite:"', "database_url"),
        ('webhook_schedule = "5,,300"', "webhook_schedule"),
        ("webhook_schedule = [5, -1]", "webhook_schedule"),
        ('webhook_allow = "inside"', "webhook_allow"),
        ("prot = 8000", "prot"),
        ("port 8000", "stampbook.toml"),
    ],
)
def test_what_cannot_be_is_refused_by_name(tmp_path: Path, content: str, what: str) -> None:
    (tmp_path / "stampbook.toml").write_text(content, encoding="utf-8")
    with pytest.raises(WrongSetting, match=what):
        load({}, environment={}, folder=tmp_path)


def test_a_wrong_setting_ends_a_command_with_status_2(tmp_path: Path) -> None:
    ended = forked("settings", cwd=tmp_path, environment={"STAMPBOOK_PORT": "none"})
    assert ended.returncode == 2
    assert "port (STAMPBOOK_PORT) must be a number" in ended.stderr
    assert ended.stdout == ""


def test_the_command_tells_values_and_origins_and_hides_the_password(tmp_path: Path) -> None:
    environment = {"STAMPBOOK_DATABASE_URL": "postgresql://anna:geheim@db.example/points"}
    ended = forked("settings", "--json", cwd=tmp_path, environment=environment)
    assert ended.returncode == 0
    told = json.loads(ended.stdout)
    assert told.keys() == SETTINGS.keys()
    assert told["database_url"] == {
        "value": "postgresql://anna@db.example/points",
        "from": "STAMPBOOK_DATABASE_URL",
    }
    assert told["port"] == {"value": 8000, "from": "default"}
    table = forked("settings", cwd=tmp_path, environment=environment)
    assert "geheim" not in ended.stdout + table.stdout + table.stderr
    assert "postgresql://anna@db.example/points" in table.stdout


def test_the_page_about_settings_lists_them_as_they_are() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| `(\w+)` \| `(.*?)` \| (.*) \|$", PAGE.read_text("utf-8"), re.MULTILINE
    )
    defaults = asdict(Settings())
    assert rows == [
        (name, PREFIX + name.upper(), str(defaults[name]), setting.about)
        for name, setting in SETTINGS.items()
    ]
