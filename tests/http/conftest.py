"""What the tests of every dialect may ask for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.http import in_process


@pytest.fixture
def ordinary(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Switches the short way off, and on again."""

    def switch(*, off: bool) -> None:
        if off:
            monkeypatch.setattr(in_process, "recognise", lambda path: None)
        else:
            monkeypatch.undo()

    return switch
