"""What functions and engine send to queues, and what a service refuses for good.

`send_messages` sends in batches, `Quarantine` is the one dead-letter message of a record (contracts, "What becomes of a record").
`transact` writes to DynamoDB, all or nothing; `transact_where_due` leaves out what a condition keeps from being written.
`is_refusal` tells a fault of the record from a failure of the service; `attempts` and `pause_seconds` say when the latter is tried again.
`embedded` makes metrics of a log line. `sending.clients`, which is imported by itself, makes AWS clients.
"""

from sending.batches import MOST_MESSAGE_BYTES, send_messages
from sending.metrics import embedded
from sending.pauses import attempts, pause_seconds
from sending.quarantine import Quarantine, send_quarantines
from sending.refusals import REFUSED, RefusedError, SendError, cancellations, code_of, is_refusal
from sending.transactions import CONDITION_FAILED, MOST_WRITES, transact, transact_where_due

__all__ = [
    "CONDITION_FAILED",
    "MOST_MESSAGE_BYTES",
    "MOST_WRITES",
    "REFUSED",
    "Quarantine",
    "RefusedError",
    "SendError",
    "attempts",
    "cancellations",
    "code_of",
    "embedded",
    "is_refusal",
    "pause_seconds",
    "send_messages",
    "send_quarantines",
    "transact",
    "transact_where_due",
]
