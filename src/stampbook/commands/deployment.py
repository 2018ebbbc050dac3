"""What a command works on: the settings in force here, and the database they name."""

import os
from pathlib import Path

from stampbook import settings
from stampbook.settings import InForce


def in_force(**options: object | None) -> InForce:
    """The settings for these options, in this environment and working directory."""
    return settings.load(options, environment=os.environ, folder=Path.cwd())
