"""What is wrong with a site is found: the check itself."""

from __future__ import annotations

from pathlib import Path

from tests.documentation.checking import faults_of

PAGE = "<html><head>{head}</head><body><h1 id='top'>Top</h1>{body}</body></html>"


def write(path: Path, *, head: str = "", body: str = "") -> None:
    path.write_text(PAGE.format(head=head, body=body), "utf-8")


def test_a_site_in_order_has_no_faults(tmp_path: Path) -> None:
    (tmp_path / "style.css").write_text("body { background: url(data:image/png;base64,AA) }")
    head = (
        "<link rel='stylesheet' href='style.css'><link rel='canonical' href='https://example.com/'>"
    )
    body = "<a href='other.html#top'>x</a><a href='#top'>x</a><a href='https://example.com'>x</a>"
    write(tmp_path / "index.html", head=head, body=body)
    write(tmp_path / "other.html", body="<a href='index.html'>x</a><a href='mailto:a@b'>x</a>")
    assert faults_of(tmp_path) == []


def test_each_fault_is_found(tmp_path: Path) -> None:
    (tmp_path / "style.css").write_text("@import 'https://fonts.example/a.css';")
    head = "<script src='//cdn.example/x.js'></script>"
    body = (
        "<a href='lost.html'>x</a><a href='other.html#lost'>x</a><a href='#lost'>x</a>"
        "<img src='lost.png'><img src='https://images.example/x.png'>"
    )
    write(tmp_path / "index.html", head=head, body=body)
    write(tmp_path / "other.html", head="<link rel='preconnect' href='https://fonts.example'>")
    assert sorted(faults_of(tmp_path)) == [
        "index.html: #lost has no such anchor",
        "index.html: loads //cdn.example/x.js",
        "index.html: loads https://images.example/x.png",
        "index.html: lost.html leads nowhere",
        "index.html: lost.png leads nowhere",
        "index.html: other.html#lost has no such anchor",
        "other.html: loads https://fonts.example",
        "style.css: loads https://fonts.example/a.css",
    ]
