"""Style, script and icons, by names that change with their content."""

from stampbook.console import assets
from stampbook.console.faults import NotFound
from stampbook.console.view import View
from stampbook.edge.answers import Answer


async def static_file(view: View) -> Answer:
    """A file of the pages. Raises NotFound."""
    answer = assets.answer(view.path["name"])
    if answer is None:
        raise NotFound
    return answer
