"""Operations: people.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from typing import Unpack

from stampbook_client.models.people import (
    ApiKey,
    Approval,
    Confirmed,
    OwnSession,
    Session,
    SignedIn,
    Totp,
    User,
    UserLimits,
)
from stampbook_client.pages import Pages
from stampbook_client.params.people import (
    ApproveRequestParams,
    ChangeOwnPasswordParams,
    ChangeUserParams,
    ConfirmSessionParams,
    CreateApiKeyParams,
    CreateSessionParams,
    CreateUserParams,
    ListApprovalsParams,
    ListUsersParams,
    PutLimitsParams,
    RejectRequestParams,
    RotateApiKeyParams,
    SetPasswordParams,
    WithdrawRequestParams,
)
from stampbook_client.sending import Api
from stampbook_client.values import PageParams, WriteOptions
from stampbook_client.wire import part


class ApiKeysResource:
    """Keys for applications."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def create(self, **params: Unpack[CreateApiKeyParams]) -> ApiKey:
        """Create an API key.

        Needs the scope admin.
        """
        return self._api.write("POST", "/v1/api_keys", params, ApiKey)

    def list(self, **params: Unpack[PageParams]) -> Pages[ApiKey]:
        """List API keys.

        Needs the scope admin.
        """
        return self._api.pages("/v1/api_keys", params, ApiKey)

    def get(self, api_key_id: str) -> ApiKey:
        """Read an API key.

        Needs the scope admin.
        """
        return self._api.read(f"/v1/api_keys/{part(api_key_id)}", {}, ApiKey)

    def rotate(self, api_key_id: str, **params: Unpack[RotateApiKeyParams]) -> ApiKey:
        """Give an API key a new secret.

        Needs the scope admin.
        """
        return self._api.write("POST", f"/v1/api_keys/{part(api_key_id)}/rotate", params, ApiKey)

    def revoke(self, api_key_id: str, **params: Unpack[WriteOptions]) -> ApiKey:
        """Revoke an API key.

        Needs the scope admin.
        """
        return self._api.write(
            "DELETE", f"/v1/api_keys/{part(api_key_id)}", params, ApiKey, has_body=False
        )


class UsersResource:
    """People: their roles, and to what they are limited."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def create(self, **params: Unpack[CreateUserParams]) -> User:
        """Create a user.

        A person who can sign in. Needs the scope admin.
        """
        return self._api.write("POST", "/v1/users", params, User)

    def list(self, **params: Unpack[ListUsersParams]) -> Pages[User]:
        """List users.

        By their ids; `q` is a part of login, name or e-mail address. Needs the scope admin.
        """
        return self._api.pages("/v1/users", params, User)

    def get(self, user_id: str) -> User:
        """Read a user.

        Needs the scope admin.
        """
        return self._api.read(f"/v1/users/{part(user_id)}", {}, User)

    def update(self, user_id: str, **params: Unpack[ChangeUserParams]) -> User:
        """Change a user.

        A new password ends every session and token of the person, as `/password` does. Needs
        the scope admin.
        """
        return self._api.write("PATCH", f"/v1/users/{part(user_id)}", params, User)

    def set_password(self, user_id: str, **params: Unpack[SetPasswordParams]) -> User:
        """Set a user's password.

        Ends every session and token of the person, in every process, within a second. Needs the
        scope admin.
        """
        return self._api.write("POST", f"/v1/users/{part(user_id)}/password", params, User)

    def disable(self, user_id: str, **params: Unpack[WriteOptions]) -> User:
        """Disable a user.

        Nobody is deleted. Ends every session and token, in every process, within a second.
        Needs the scope admin.
        """
        return self._api.write(
            "POST", f"/v1/users/{part(user_id)}/disable", params, User, has_body=False
        )

    def enable(self, user_id: str, **params: Unpack[WriteOptions]) -> User:
        """Enable a user.

        Lets a disabled person sign in again. Needs the scope admin.
        """
        return self._api.write(
            "POST", f"/v1/users/{part(user_id)}/enable", params, User, has_body=False
        )

    def unlock(self, user_id: str, **params: Unpack[WriteOptions]) -> User:
        """Let a user sign in who has failed too often.

        Forgets the failed sign-ins of the person's login. Needs the scope admin.
        """
        return self._api.write(
            "POST", f"/v1/users/{part(user_id)}/unlock", params, User, has_body=False
        )

    def create_totp(self, user_id: str, **params: Unpack[WriteOptions]) -> Totp:
        """Give a user a second factor.

        A new second factor, which every sign-in needs from now on. The secret is shown once;
        asking again makes another one. Needs the scope admin.
        """
        return self._api.write(
            "POST", f"/v1/users/{part(user_id)}/totp", params, Totp, has_body=False
        )

    def delete_totp(self, user_id: str, **params: Unpack[WriteOptions]) -> User:
        """Take a user's second factor away.

        Signing in needs no second factor any more. Needs the scope admin.
        """
        return self._api.write(
            "DELETE", f"/v1/users/{part(user_id)}/totp", params, User, has_body=False
        )

    def sessions(self, user_id: str, **params: Unpack[PageParams]) -> Pages[Session]:
        """List a user's sessions.

        A person's sessions that have not ended, newest first; one's own, or as an
        administrator. Needs the scope read.
        """
        return self._api.pages(f"/v1/users/{part(user_id)}/sessions", params, Session)

    def limits(self, login: str) -> UserLimits:
        """Read to what a user is limited.

        Needs the scope admin.
        """
        return self._api.read(f"/v1/users/{part(login)}/limits", {}, UserLimits)

    def set_limits(self, login: str, **params: Unpack[PutLimitsParams]) -> UserLimits:
        """Limit a user to programs or locations.

        Limit a user to programs or single locations, or, with an empty list, to nothing. Needs
        the scope admin.
        """
        return self._api.write("PUT", f"/v1/users/{part(login)}/limits", params, UserLimits)


class SessionsResource:
    """Signing in, and ending a session."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def create(self, **params: Unpack[CreateSessionParams]) -> SignedIn:
        """Sign in.

        Sign in. Needs no credential; the token of the answer is one, for `Authorization:
        Bearer`.
        """
        return self._api.write("POST", "/v1/sessions", params, SignedIn)

    def end(self, session_id: str, **params: Unpack[WriteOptions]) -> Session:
        """End a session.

        End a session: one's own, or as an administrator anybody's. Needs the scope read.
        """
        return self._api.write(
            "DELETE", f"/v1/sessions/{part(session_id)}", params, Session, has_body=False
        )


class SessionResource:
    """One's own session."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def get(self) -> OwnSession:
        """Read one's own session: who am I.

        The session by which the caller is known, and who that is. Needs the scope read.
        """
        return self._api.read("/v1/session", {}, OwnSession)

    def end(self, **params: Unpack[WriteOptions]) -> OwnSession:
        """Sign out.

        Sign out. Needs the scope read.
        """
        return self._api.write("DELETE", "/v1/session", params, OwnSession, has_body=False)

    def confirm(self, **params: Unpack[ConfirmSessionParams]) -> Confirmed:
        """Give one's own password again.

        The session counts as confirmed from now on. A wrong password counts as a failed
        sign-in. Needs the scope read.
        """
        return self._api.write("POST", "/v1/session/confirmation", params, Confirmed)

    def change_password(self, **params: Unpack[ChangeOwnPasswordParams]) -> SignedIn:
        """Change one's own password.

        Ends every other session and token; this session goes on under the token of the answer.
        Needs the scope read.
        """
        return self._api.write("POST", "/v1/session/password", params, SignedIn)

    def create_totp(self, **params: Unpack[WriteOptions]) -> Totp:
        """Give oneself a second factor.

        As of others (people/users.py): the secret is shown once; asking again makes another
        one. Needs the scope read.
        """
        return self._api.write("POST", "/v1/session/totp", params, Totp, has_body=False)

    def delete_totp(self, **params: Unpack[WriteOptions]) -> User:
        """Take one's own second factor away.

        Signing in needs no second factor any more. Needs the scope read.
        """
        return self._api.write("DELETE", "/v1/session/totp", params, User, has_body=False)


class ApprovalsResource:
    """What a second person must approve."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def list(self, **params: Unpack[ListApprovalsParams]) -> Pages[Approval]:
        """List what needs a second person, newest first.

        Needs the scope read.
        """
        return self._api.pages("/v1/approvals", params, Approval)

    def get(self, approval_id: str) -> Approval:
        """Read an approval, with what it would do now.

        A pending one with what it would be answered now. Needs the scope read.
        """
        return self._api.read(f"/v1/approvals/{part(approval_id)}", {}, Approval)

    def approve(self, approval_id: str, **params: Unpack[ApproveRequestParams]) -> Approval:
        """Carry out what another person has asked for.

        Carry the request out, judged anew, as the one who asked. Needs the scope admin.
        """
        return self._api.write(
            "POST", f"/v1/approvals/{part(approval_id)}/approve", params, Approval
        )

    def reject(self, approval_id: str, **params: Unpack[RejectRequestParams]) -> Approval:
        """Say no to what another person has asked for.

        Another person says no. Needs the scope admin.
        """
        return self._api.write(
            "POST", f"/v1/approvals/{part(approval_id)}/reject", params, Approval
        )

    def withdraw(self, approval_id: str, **params: Unpack[WithdrawRequestParams]) -> Approval:
        """No longer ask for an approval.

        The one who asked no longer wants it. Needs the scope ledger:write.
        """
        return self._api.write(
            "POST", f"/v1/approvals/{part(approval_id)}/withdraw", params, Approval
        )
