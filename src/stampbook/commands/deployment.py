"""What a command works on: the settings that apply, and the database that they name."""

import os
from pathlib import Path

from stampbook import settings
from stampbook.commands.terminal import WrongUse
from stampbook.settings import InForce


def in_force(**options: object | None) -> InForce:
    """The settings for these options, in this environment and working directory."""
    try:
        folder = Path.cwd()
    except OSError:
        raise WrongUse("the working directory no longer exists: change to another one") from None
    return settings.load(options, environment=os.environ, folder=folder)
