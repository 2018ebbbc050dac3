"""The commands in the README, the guides and the references work as written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.process.pages import DATABASE, blocks_of, fits, follow, uses_postgres

ROOT = Path(__file__).parents[2]
FOLDERS = ("howto", "reference", "operating", "concepts")
PAGES = [
    page
    for page in (
        ROOT / "README.md",
        *sorted((ROOT / "docs").glob("*.md")),
        *(page for name in FOLDERS for page in sorted((ROOT / "docs" / name).glob("**/*.md"))),
    )
    if blocks_of(page.read_text("utf-8"))
]


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_the_page_can_be_followed(
    page: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    text = page.read_text("utf-8")
    needs_one = uses_postgres(text)
    database = request.getfixturevalue("postgres_database") if needs_one else DATABASE
    follow(text, tmp_path, database=database)


def test_a_page_that_is_wrong_is_noticed(tmp_path: Path) -> None:
    """The runner itself: a failing command, an error status, an output other than shown."""
    follow("```sh\nX=1\n```\n\n```sh\necho $X 2\n```\n\n```text\n1 …\n```\n", tmp_path)
    wrong = [
        "```sh\nfalse\ntrue\n```\n",
        "```sh\nfalse | true\n```\n",
        "```sh\nstampbook serve &\ncurl -sS --retry 30 --retry-delay 1 --retry-connrefused"
        " http://127.0.0.1:8000/v1/programs\n```\n",  # 401
        "```sh\necho 1\n```\n\n```text\n2\n```\n",
        '```sh\necho \'{"a": 1, "b": 2}\'\n```\n\n```json\n{"b": 2, "a": 1}\n```\n',
        "```python\nprint(1)\n```\n\n```text\n2\n```\n",
        "```python\nraise SystemExit(1)\n```\n",
    ]
    for page in wrong:
        with pytest.raises(AssertionError):
            follow(page, tmp_path)


def test_what_is_shown_fits_what_is_printed() -> None:
    shown = {"at": "2026-01-01T00:00:00Z", "key": "sbk_…", "rows": [{"amount": "1.00"}]}
    assert fits(
        shown, {"at": "2027-05-01T10:00:00.5Z", "key": "sbk_x", "rows": [{"amount": "1.00"}]}
    )
    assert not fits(shown, {**shown, "key": "other"})
    assert not fits(shown, {**shown, "at": "soon"})
    assert not fits(shown, {**shown, "rows": []})
    assert not fits(1, True)
    assert not fits({"a": "1"}, {"a": 1})
