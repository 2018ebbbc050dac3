"""`settings`: the settings that apply, and where each value comes from."""

from dataclasses import asdict

from stampbook.commands.deployment import in_force, warn_of_variables
from stampbook.commands.terminal import JsonOption, command, say_json, say_table
from stampbook.settings import SETTINGS
from stampbook.storage.address import without_password


@command
def settings(as_json: JsonOption = False) -> None:
    """Print the settings that apply here, and where each comes from. Passwords are hidden."""
    found, origins = in_force()
    warn_of_variables()
    values = asdict(found)
    for name in ("database_url", "replica_url"):
        values[name] = without_password(values[name]) if values[name] else ""
    if as_json:
        say_json({name: {"value": values[name], "from": origins[name]} for name in SETTINGS})
        return
    say_table(
        ("setting", "value", "from", "what it is for"),
        [(name, str(values[name]), origins[name], each.about) for name, each in SETTINGS.items()],
    )
