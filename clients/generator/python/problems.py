"""An exception for each code of a problem."""

from __future__ import annotations

from clients.generator.python.types import camel, header, imports
from clients.generator.reading import Api

PACKAGE = "stampbook_client"


def printed(api: Api) -> str:
    """The module with the exceptions."""
    blocks = [f'class {error_of(code)}(ProblemError):\n    """`{code}`"""\n' for code in api.codes]
    table = "".join(f'    "{code}": {error_of(code)},\n' for code in api.codes)
    lines = {f"from {PACKAGE}.errors import ProblemError", "from typing import Final"}
    return (
        header("An exception for each code of a problem.")
        + imports(lines)
        + "\n\n".join(blocks)
        + f"\n\nBY_CODE: Final[dict[str, type[ProblemError]]] = {{\n{table}}}\n"
        + '"""All of them. A code that is not here is a plain `ProblemError`."""\n'
    )


def error_of(code: str) -> str:
    """`insufficient_points` is `InsufficientPointsError`."""
    return camel(code).removesuffix("Error") + "Error"
