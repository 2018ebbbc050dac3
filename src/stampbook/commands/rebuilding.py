"""`rebuild`: rebuild the data that is derived from the journal."""

import sys

from stampbook.commands.deployment import in_force
from stampbook.commands.terminal import DatabaseOption, JsonOption, command, run, say, say_json
from stampbook.settings import Settings


@command
def rebuild(database: DatabaseOption = None, as_json: JsonOption = False) -> None:
    """Rebuild, from the journal, the data for reports and for the clock.

    Nothing is lost. You can interrupt and repeat the command, and servers can keep running.
    """
    settings = in_force(database_url=database).settings
    done = run(_rebuild(settings, progress=sys.stderr.isatty()))
    if as_json:
        say_json(done)
    else:
        say(f"rebuilt from {done['transactions']} transactions of {done['accounts']} accounts")


async def _rebuild(settings: Settings, *, progress: bool) -> dict[str, int]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from stampbook.ledger.following.rebuilding import rebuild
    from stampbook.wiring import clock, opened_store

    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), disable=not progress, transient=True)
    done = {"transactions": 0, "accounts": 0}
    async with opened_store(settings) as store:
        with bar:
            tasks = {what: bar.add_task(what, total=None) for what in done}
            async for step in rebuild(store, now=clock()):
                done[step.what] = step.done
                bar.update(tasks[step.what], completed=step.done, total=step.total)
    return done
