"""Rows of the pages about people and API keys."""

from typing import Final

from stampbook.console.people import creating, keys, me, user, users
from stampbook.console.rows import act, form, page
from stampbook.programs.roles import Role

PEOPLE: Final = (
    page("/users", users.users, Role.ADMIN),
    *form("/users/new", creating.new, Role.ADMIN, confirmed=True),
    page("/users/{usr}", user.user, Role.ADMIN),
    act("/users/{usr}", user.change, Role.ADMIN, confirmed=True),
    act("/users/{usr}/password", user.set_password, Role.ADMIN, confirmed=True),
    act("/users/{usr}/disable", user.disable, Role.ADMIN, confirmed=True),
    act("/users/{usr}/enable", user.enable, Role.ADMIN, confirmed=True),
    act("/users/{usr}/unlock", user.unlock, Role.ADMIN, confirmed=True),
    act("/users/{usr}/totp/remove", user.remove_totp, Role.ADMIN, confirmed=True),
    act("/users/{usr}/sessions/{ses}/end", user.end_session, Role.ADMIN, confirmed=True),
    page("/keys", keys.keys, Role.ADMIN),
    *form("/keys/new", keys.new, Role.ADMIN, confirmed=True),
    act("/keys/{key}/rotate", keys.rotate, Role.ADMIN, confirmed=True),
    *form("/keys/{key}/revoke", keys.revoke, Role.ADMIN, confirmed=True),
    page("/me", me.me),
    act("/me/password", me.set_password, Role.VIEWER, confirmed=True),
    act("/me/totp/add", me.add_totp, Role.VIEWER, confirmed=True),
    act("/me/totp/remove", me.remove_totp, Role.VIEWER, confirmed=True),
    act("/me/sessions/{ses}/end", me.end_session, Role.VIEWER),
)
