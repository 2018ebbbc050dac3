"""Pages of the reference that are made from the code, so that nothing is missing or out of date."""

from __future__ import annotations


def made_pages() -> dict[str, str]:
    """All of them, by their paths below the repository, without `.md`."""
    from tests.documentation.reference import apis, commands, refusals, tables

    return {**apis.pages(), **commands.pages(), **refusals.pages(), **tables.pages()}
