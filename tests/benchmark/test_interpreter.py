"""The warning about a slow interpreter, which depends on the variables of its build."""

from __future__ import annotations

import sysconfig

import pytest

from stampbook.benchmark.interpreter import shortcoming, warning

OPTIMISED = {
    "Py_DEBUG": 0,
    "CONFIG_ARGS": "'--prefix=/opt/python' '--enable-optimizations' '--with-lto'",
    "OPT": "-DNDEBUG -g -fwrapv -O3 -Wall",
    "CFLAGS": "-Wsign-compare -DNDEBUG -g -fwrapv -O3 -Wall",
}
DEBIAN = {**OPTIMISED, "CONFIG_ARGS": "'--enable-shared' '--prefix=/usr'", "CFLAGS": "-g -O2"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Py_DEBUG": 1}, "is a debug build"),
        ({"CONFIG_ARGS": "'--enable-shared'"}, "was built without --enable-optimizations"),
        ({"CFLAGS": "-O2 -g -O0"}, "was compiled with -O0"),
        ({"OPT": "-Og", "CFLAGS": None}, "was compiled with -Og"),
    ],
)
def test_what_makes_an_interpreter_slow(change: dict[str, object], words: str) -> None:
    assert shortcoming({**OPTIMISED, **change}, "/opt/python") == words


def test_an_optimised_interpreter() -> None:
    assert shortcoming(OPTIMISED, "/opt/python") is None


def test_a_distribution_optimises_in_its_own_way() -> None:
    assert shortcoming(DEBIAN, "/usr") is None
    assert shortcoming({**DEBIAN, "Py_DEBUG": 1}, "/usr") == "is a debug build"


@pytest.mark.parametrize("arguments", [None, ""])
def test_nothing_is_said_without_the_arguments_of_the_build(arguments: str | None) -> None:
    """Some distributions leave them out, and Windows has none."""
    assert shortcoming({"CONFIG_ARGS": arguments, "CFLAGS": "-O0"}, "/opt/python") is None


def test_the_warning_is_of_the_running_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sysconfig, "get_config_vars", lambda: {"Py_DEBUG": 1})
    assert "is a debug build, so Stampbook is slower" in (warning() or "")
    monkeypatch.setattr(sysconfig, "get_config_vars", lambda: OPTIMISED)
    assert warning() is None
