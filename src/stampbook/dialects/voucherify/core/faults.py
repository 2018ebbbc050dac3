"""Errors in Voucherify's envelope.

`{"code", "key", "message", "details", "request_id", "resource_id"?, "resource_type"?}`.
A handler raises a `Fault`; the dialect's exception handler prints it.
"""

import secrets


class Fault(Exception):
    """A request that is answered with an error of the dialect.

    `key` is the vendor's stable word, `message` its title, `details` a sentence.
    `resource_id` and `resource_type` name the thing that the error is about.
    """

    def __init__(
        self,
        status: int,
        key: str,
        message: str,
        details: str,
        *,
        resource_id: str | None = None,
        resource_type: str | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(key)
        self.status = status
        self.key = key
        self.message = message
        self.details = details
        self.resource_id = resource_id
        self.resource_type = resource_type
        self.retry_after_s = retry_after_s

    def body(self, request_id: str) -> dict[str, object]:
        """The envelope; the resource's fields stand in it only where a resource is concerned."""
        body: dict[str, object] = {
            "code": self.status,
            "key": self.key,
            "message": self.message,
            "details": self.details,
            "request_id": request_id,
        }
        if self.resource_id is not None:
            body["resource_id"] = self.resource_id
        if self.resource_type is not None:
            body["resource_type"] = self.resource_type
        return body


def request_id() -> str:
    return f"v-{secrets.token_hex(9)}"


def invalid_payload(details: str) -> Fault:
    return Fault(400, "invalid_payload", "Invalid payload", details)


def invalid_query(details: str) -> Fault:
    return Fault(400, "invalid_query_params", "Invalid query params", details)


def invalid_step(details: str) -> Fault:
    """A state machine has no such step."""
    return Fault(400, "invalid_state_transition", "Invalid state transition", details)


def not_found(kind: str, name: str) -> Fault:
    """There is no `kind` of that name, or it is not the caller's, or it is deleted."""
    return Fault(
        404,
        "not_found",
        "Resource not found",
        f"Cannot find {kind} with id {name}",
        resource_id=name,
        resource_type=kind,
    )


def unauthorized() -> Fault:
    return Fault(
        401,
        "unauthorized",
        "Unauthorized",
        "Provide a valid X-App-Id and X-App-Token pair, or a valid bearer token",
    )


def forbidden(scope: str) -> Fault:
    return Fault(403, "forbidden", "Forbidden", f"The credentials lack the scope {scope}")
