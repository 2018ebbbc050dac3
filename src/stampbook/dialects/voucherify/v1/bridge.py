"""Temporary: v1 behind the web framework (edge/framework.py) until it is a table of operations."""

from collections.abc import AsyncIterator
from typing import Any

from litestar import Request, Response
from litestar.response import Stream

from stampbook.dialects.voucherify.answers import PREFLIGHT, print_failure, print_fault
from stampbook.dialects.voucherify.answers import print_result as printed
from stampbook.dialects.voucherify.core.calls import Call, Download
from stampbook.dialects.voucherify.core.faults import fault_of
from stampbook.dialects.voucherify.core.operations import Access
from stampbook.edge.answers import Answer
from stampbook.edge.operations import Operation
from stampbook.edge.pace import Standing
from stampbook.edge.requests import Request as EdgeRequest
from stampbook.edge.routing import Route


async def _none(call: Any) -> None: ...


async def open_call(request: Request[Any, Any, Any], scope: str) -> Call:
    from stampbook.dialects.voucherify.dialect import VOUCHERIFY

    made = EdgeRequest(
        request.method,
        request.scope["raw_path"],
        request.scope["query_string"],
        dict(request.scope["headers"]),
        await request.body(),
    )
    row = Operation(
        name="", method=request.method, paths=(request.url.path,), handler=_none,
        scope=scope, extra=Access.KEY,
    )  # fmt: skip
    made.route = Route(VOUCHERIFY, row, ())
    try:
        return await VOUCHERIFY.open(request.app.state.context, made)
    finally:
        request.scope["state"]["voucherify"] = made.state


def respond(
    body: object, *, status: int = 200, standing: Standing | None = None
) -> Response[bytes]:
    answer = printed(body, status, standing)
    assert isinstance(answer, Answer)
    return _response(answer)


def respond_raw(
    body: bytes, *, media_type: str, standing: Standing | None = None, status: int = 200
) -> Response[bytes]:
    answer = printed(None, 204, standing)
    assert isinstance(answer, Answer)
    return _response(answer)


def stream(
    parts: AsyncIterator[bytes], *, media_type: str, standing: Standing | None = None
) -> Stream:
    answer = printed(Download(parts, b"text/csv; charset=utf-8"), 200, standing)
    head = {name.decode(): value.decode() for name, value in answer.headers}
    return Stream(parts, media_type=head.pop("content-type"), headers=head)


def failure(request: Request[Any, Any, Any], status: int, detail: str) -> Response[bytes]:
    return _response(print_failure(status, detail))


async def answer_preflight(request: Request[Any, Any, Any]) -> Response[bytes] | None:
    return _response(Answer(204, b"", PREFLIGHT)) if request.method == "OPTIONS" else None


def refuse(request: Request[Any, Any, Any], refusal: Exception) -> Response[bytes]:
    standing = request.scope["state"].get("voucherify")
    return _response(print_fault(fault_of(refusal), standing))


def _response(answer: Answer) -> Response[bytes]:
    head = {name.decode(): value.decode() for name, value in answer.headers}
    media_type = head.pop("content-type", "text/plain")
    return Response(answer.body, status_code=answer.status, media_type=media_type, headers=head)
