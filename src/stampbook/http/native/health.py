"""Whether the process is alive, and whether it can work: for probes, without a key."""

from typing import Any

from litestar import Request, Response, get

from stampbook.http.context import Context
from stampbook.storage.store import NoRoom


@get("/healthz", media_type="application/json", sync_to_thread=False)
def healthz() -> Response[bytes]:
    """The process answers."""
    return _status(200, b"ok")


@get("/readyz", media_type="application/json")
async def readyz(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The database answers too, and has room for what is to be written."""
    context: Context = request.app.state.context
    try:
        await context.store.check()
    except NoRoom:
        return _status(503, b"the database has no room left on its disk")
    except Exception:  # whatever keeps the database from being used: that is the answer
        return _status(503, b"the database does not answer")
    return _status(200, b"ok")


def _status(status: int, word: bytes) -> Response[bytes]:
    headers = {"Cache-Control": "no-store"}
    if status == 503:
        headers["Retry-After"] = "1"
    return Response(
        b'{"status":"' + word + b'"}',
        status_code=status,
        media_type="application/json",
        headers=headers,
    )
