"""The operations on people and sessions, in the order of docs/reference/native-api-people.md."""

from dataclasses import replace

from stampbook.dialects.native.people import own, sessions, users
from stampbook.dialects.native.rows import (
    ADMIN,
    DELETE,
    GET,
    NEVER,
    PAGING,
    PATCH,
    POST,
    READ,
    row,
)
from stampbook.dialects.native.wire.pages import Page
from stampbook.dialects.native.wire.people import (
    ConfirmationBody,
    ConfirmedShape,
    OwnSessionShape,
    PasswordBody,
    SessionShape,
    SignedInShape,
    SignInBody,
    TotpShape,
    UserBody,
    UserChange,
    UserShape,
)
from stampbook.edge.operations import Operation
from stampbook.programs.roles import Role

FILTERS = {
    "q": "a part of login, name or e-mail address",
    "role": "only those of this role",
    "status": "active or disabled: only those",
}


def _real(operation: Operation) -> Operation:
    """A write that cannot be tried out."""
    return replace(operation, extra=frozenset(operation.query))


PEOPLE = (
    row(POST, "/v1/users", users.create_user, ADMIN,
        "Create a user", UserShape, 201, UserBody, role=Role.ADMIN),
    row(GET, "/v1/users", users.list_users, ADMIN,
        "List users", Page[UserShape], query={**FILTERS, **PAGING}, role=Role.ADMIN),
    row(GET, "/v1/users/{id}", users.get_user, ADMIN,
        "Read a user", UserShape, role=Role.ADMIN),
    row(PATCH, "/v1/users/{id}", users.change_user, ADMIN,
        "Change a user", UserShape, body=UserChange, role=Role.ADMIN),
    row(POST, "/v1/users/{id}/password", users.set_password, ADMIN,
        "Set a user's password", UserShape, body=PasswordBody, role=Role.ADMIN),
    row(POST, "/v1/users/{id}/disable", users.disable_user, ADMIN,
        "Disable a user", UserShape, role=Role.ADMIN),
    row(POST, "/v1/users/{id}/enable", users.enable_user, ADMIN,
        "Enable a user", UserShape, role=Role.ADMIN),
    row(POST, "/v1/users/{id}/unlock", users.unlock_user, ADMIN,
        "Let a user sign in who has failed too often", UserShape, role=Role.ADMIN),
    row(POST, "/v1/users/{id}/totp", users.create_totp, ADMIN,
        "Give a user a second factor", TotpShape, role=Role.ADMIN),
    row(DELETE, "/v1/users/{id}/totp", users.delete_totp, ADMIN,
        "Take a user's second factor away", UserShape, role=Role.ADMIN),
    _real(row(POST, "/v1/sessions", sessions.create_session, None,
              "Sign in", SignedInShape, 201, SignInBody, location="/v1/session", public=True)),
    row(GET, "/v1/session", sessions.get_session, READ,
        "Read one's own session: who am I", OwnSessionShape, aged=NEVER),
    row(DELETE, "/v1/session", sessions.delete_session, READ,
        "Sign out", OwnSessionShape),
    _real(row(POST, "/v1/session/confirmation", own.confirm_session, READ,
              "Give one's own password again", ConfirmedShape, body=ConfirmationBody)),
    row(POST, "/v1/session/password", own.change_own_password, READ,
        "Change one's own password", SignedInShape, body=PasswordBody),
    row(POST, "/v1/session/totp", own.create_own_totp, READ,
        "Give oneself a second factor", TotpShape),
    row(DELETE, "/v1/session/totp", own.delete_own_totp, READ,
        "Take one's own second factor away", UserShape),
    row(GET, "/v1/users/{id}/sessions", sessions.list_sessions, READ,
        "List a user's sessions", Page[SessionShape], query=PAGING, aged=NEVER),
    row(DELETE, "/v1/sessions/{id}", sessions.end_session, READ,
        "End a session", SessionShape),
)  # fmt: skip
