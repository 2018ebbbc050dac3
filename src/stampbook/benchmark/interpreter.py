"""Whether the Python that runs this was built for speed: most of a server's time is its own."""

import platform
import sys
import sysconfig
from collections.abc import Mapping

SYSTEM_PREFIX = "/usr"
"""Where distributions put their Python. Some optimise it in ways that CONFIG_ARGS does not show."""


def warning() -> str | None:
    """A sentence about the running interpreter, or None if nothing is known to be wrong with it."""
    lack = shortcoming(sysconfig.get_config_vars(), sys.base_prefix)
    if lack is None:
        return None
    return (
        f"this Python ({platform.python_version()}, {sys.base_prefix}) {lack}, so Stampbook is"
        " slower here than it could be. Use your distribution's Python, or build one with"
        " --enable-optimizations"
    )


def shortcoming(variables: Mapping[str, object], prefix: str) -> str | None:
    """What the variables of the build say against it. None: nothing, or they say too little."""
    if variables.get("Py_DEBUG"):
        return "is a debug build"
    arguments = variables.get("CONFIG_ARGS")
    if not isinstance(arguments, str) or not arguments:
        return None
    flags = f"{variables.get('OPT') or ''} {variables.get('CFLAGS') or ''}".split()
    levels = [flag for flag in flags if flag.startswith("-O")]
    if levels and levels[-1] not in ("-O2", "-O3"):
        return f"was compiled with {levels[-1]}"
    if "--enable-optimizations" not in arguments and prefix != SYSTEM_PREFIX:
        return "was built without --enable-optimizations"
    return None
