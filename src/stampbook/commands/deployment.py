"""What a command works on: the settings that apply, and the database that they name."""

import os
from pathlib import Path

from stampbook import settings
from stampbook.commands.terminal import WrongUse, note
from stampbook.settings import InForce, Settings


def in_force(**options: object | None) -> InForce:
    """The settings for these options, in this environment and working directory."""
    try:
        folder = Path.cwd()
    except OSError:
        raise WrongUse("the working directory no longer exists. Change to another one") from None
    return settings.load(options, environment=os.environ, folder=folder)


def anchor_key(settings: Settings) -> bytes | None:
    """The key that signs anchors; None if the settings name no file. Raises WrongUse.

    What runs for long asks for it when it starts: the anchor of a day that cannot be signed is not
    made, and a line of a log is easily missed.
    """
    from stampbook.verifying.anchor_lines import BadKey, read_key

    try:
        return read_key(settings.anchor_key_file)
    except BadKey as error:
        raise WrongUse(f"{error}. Correct the setting, or the file") from None


def warn_of_variables() -> None:
    """Print a warning if the environment has variables that look like settings and are none."""
    unknown = settings.unknown_variables(os.environ)
    if unknown:
        noun = "is not a setting" if len(unknown) == 1 else "are not settings"
        note(f"stampbook: warning: {', '.join(unknown)} {noun}. See `stampbook settings`.")
