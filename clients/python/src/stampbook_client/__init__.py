"""A client of Stampbook's native API: typed, for threads and for asyncio.

```python
with Stampbook("https://points.example", "sbk_…") as client:
    client.accounts.redeem("acc_7f", "60.50", external_id="order-1001")
```
"""

from stampbook_client.client import AsyncStampbook, Stampbook
from stampbook_client.errors import (
    ApprovalPendingError,
    NoAnswerError,
    ProblemError,
    StampbookError,
    TimedOutError,
    UnexpectedAnswerError,
)
from stampbook_client.events import Event, EventPage
from stampbook_client.pages import AsyncPages, Page, Pages
from stampbook_client.retrying import Retries
from stampbook_client.version import VERSION as __version__
from stampbook_client.webhooks import Webhook, WebhookVerificationError

__all__ = [
    "ApprovalPendingError",
    "AsyncPages",
    "AsyncStampbook",
    "Event",
    "EventPage",
    "NoAnswerError",
    "Page",
    "Pages",
    "ProblemError",
    "Retries",
    "Stampbook",
    "StampbookError",
    "TimedOutError",
    "UnexpectedAnswerError",
    "Webhook",
    "WebhookVerificationError",
    "__version__",
]
