"""Card codes: made from a definition's pattern, unique in their program."""

import secrets
from typing import Any

ATTEMPTS = 10
"""Tries to find a code that is free; a pattern that fails so often is nearly used up."""


def make_code(config: dict[str, Any]) -> str:
    """A code: prefix, the pattern with a random character for each #, postfix."""
    charset = config["charset"]
    body = "".join(secrets.choice(charset) if c == "#" else c for c in config["pattern"])
    return f"{config['prefix']}{body}{config['postfix']}"
