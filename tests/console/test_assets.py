"""What pages are made of besides HTML: a browser may keep it, and never has an old one."""

from __future__ import annotations

import hashlib

import pytest

from stampbook.console import assets

NAMES = ("htmx.min.js", "icons.svg", "pico.min.css", "stampbook.css", "stampbook.js")


@pytest.mark.parametrize("name", NAMES)
def test_an_address_names_the_content(name: str) -> None:
    url = assets.url(name)
    assert url.startswith("/console/static/")
    answer = assets.answer(url.rpartition("/")[2])
    assert answer is not None
    assert hashlib.sha256(answer.body).hexdigest()[:12] in url
    assert dict(answer.headers)[b"cache-control"] == b"public, max-age=31536000, immutable"
    media_type = dict(answer.headers)[b"content-type"].partition(b";")[0]
    assert media_type == {
        "css": b"text/css",
        "js": b"text/javascript",
        "svg": b"image/svg+xml",
    }.get(name.rpartition(".")[2])


def test_a_file_of_another_version_is_not_kept() -> None:
    answer = assets.answer("stampbook.000000000000.css")
    assert answer is not None
    assert answer.body == assets.assets()["stampbook.css"].content
    assert dict(answer.headers)[b"cache-control"] == b"no-cache"


@pytest.mark.parametrize(
    "address",
    [
        "stampbook.css",
        "VENDORED.000000000000.md",
        "pico.000000000000.LICENSE",
        "../assets.000000000000.py",
        "nothing.000000000000.css",
        "",
    ],
)
def test_nothing_else_is_served(address: str) -> None:
    assert assets.answer(address) is None


def test_an_icon_that_is_missing_is_an_error() -> None:
    assert assets.icon_url("search") == f"{assets.url('icons.svg')}#search"
    with pytest.raises(KeyError):
        assets.icon_url("unicorn")
    with pytest.raises(KeyError):
        assets.url("unicorn.css")
