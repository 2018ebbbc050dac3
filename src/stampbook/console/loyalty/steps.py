"""The steps of a rule: it counts, it counts no more, it is a draft again, it is deleted."""

from stampbook.console.api import Problem
from stampbook.console.loyalty import trying
from stampbook.console.loyalty.editor import opened
from stampbook.console.loyalty.places import placed
from stampbook.console.loyalty.sheet import field_of
from stampbook.console.results import Flash, Goto, Shown
from stampbook.console.view import View


async def activate(view: View) -> Shown | Goto:
    """Let the rule count."""
    return await _step(view, "activate", view.say("The rule counts from now on."))


async def deactivate(view: View) -> Shown | Goto:
    """Let the rule count no more."""
    return await _step(view, "deactivate", view.say("The rule counts no more."))


async def draft(view: View) -> Shown | Goto:
    """Make the rule a draft again."""
    return await _step(view, "draft", view.say("The rule is a draft again."))


async def _step(view: View, step: str, done: str) -> Shown | Goto:
    editor = await opened(view)
    try:
        await view.api.post(f"/v1/rules/{view.path['rul']}/{step}", key=view.key)
    except Problem as refused:
        editor.problem = placed(refused, field_of)
        return await editor.shown(editor.drawn, await trying.suggested(view, editor.shelf))
    return view.go(editor.path, Flash(done))


async def delete(view: View) -> Shown | Goto:
    """Delete the rule, once that was confirmed."""
    editor = await opened(view)
    assert editor.rule is not None
    problem = None
    if view.posts:
        try:
            await view.api.write("DELETE", f"/v1/rules/{editor.rule['id']}", key=view.key)
            listed = f"/console/rules?program={editor.shelf.id}"
            said = view.say("The rule “%(name)s” is deleted.", name=editor.rule["name"])
            return view.go(listed, Flash(said))
        except Problem as refused:
            problem = placed(refused, field_of)
    status = 200 if problem is None else problem.status
    return view.show("loyalty/rule_delete.html", status, editor=editor, problem=problem)
