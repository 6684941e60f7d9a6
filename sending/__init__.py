"""What functions and engine send to queues, and what a service refuses for good.

`send_messages` sends in batches, `Quarantine` is the one dead-letter message of a record (contracts, "What becomes of a record").
`is_refusal` tells a fault of the record from a failure of the service. `embedded` makes metrics of a log line.
"""

from sending.batches import MOST_MESSAGE_BYTES, send_messages
from sending.metrics import embedded
from sending.quarantine import Quarantine, send_quarantines
from sending.refusals import REFUSED, RefusedError, SendError, code_of, is_refusal

__all__ = [
    "MOST_MESSAGE_BYTES",
    "REFUSED",
    "Quarantine",
    "RefusedError",
    "SendError",
    "code_of",
    "embedded",
    "is_refusal",
    "send_messages",
    "send_quarantines",
]
