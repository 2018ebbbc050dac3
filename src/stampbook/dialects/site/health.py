"""Whether the process is alive, and whether it can work: for probes, without a key."""

from stampbook.dialects.site.call import PageCall
from stampbook.edge.answers import JSON, Answer
from stampbook.storage.store import NoRoom


async def healthz(call: PageCall) -> Answer:
    """The process answers."""
    return _status(200, b"ok")


async def readyz(call: PageCall) -> Answer:
    """The database answers too, and has room for what is to be written."""
    try:
        await call.context.store.check()
    except NoRoom:
        return _status(503, b"the database has no room left on its disk")
    except Exception:  # whatever keeps the database from being used: that is the answer
        return _status(503, b"the database does not answer")
    return _status(200, b"ok")


def _status(status: int, word: bytes) -> Answer:
    retry = ((b"retry-after", b"1"),) if status == 503 else ()
    headers = (JSON, (b"cache-control", b"no-store"), *retry)
    return Answer(status, b'{"status":"' + word + b'"}', headers)
