"""Whether the process is alive, and whether it can work: for probes, without a key."""

from msgspec.json import encode

from stampbook.dialects.site.call import PageCall
from stampbook.edge.answers import JSON, Answer
from stampbook.edge.checking import checked

UNKEPT = (b"cache-control", b"no-store")


async def healthz(call: PageCall) -> Answer:
    """The process answers."""
    return Answer(200, encode({"status": "ok"}), (JSON, UNKEPT))


async def readyz(call: PageCall) -> Answer:
    """The database answers too, takes writes and has room, and the queues have places."""
    checks = await checked(call.context)
    is_ready = all(check.is_ok for check in checks.values())
    said = {
        "status": _word(is_ready),
        "checks": {
            name: {"status": _word(check.is_ok), "detail": check.detail}
            for name, check in checks.items()
        },
    }
    retry = () if is_ready else ((b"retry-after", b"1"),)
    return Answer(200 if is_ready else 503, encode(said), (JSON, UNKEPT, *retry))


def _word(is_ok: bool) -> str:
    return "ok" if is_ok else "failing"
