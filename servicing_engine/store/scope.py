"""Which accounts a statement is about."""

from dataclasses import dataclass
from typing import Any

from servicing_engine.store.buckets import BUCKETS


@dataclass(frozen=True, slots=True)
class Scope:
    """Accounts by name, those whose bucket is in [low, high), or all."""

    accounts: tuple[str, ...] = ()
    low: int = 0
    high: int = BUCKETS

    @property
    def sql(self) -> str:
        """Return a condition on the column safekeeping_account, with the values of `values`."""
        if self.accounts:
            return "safekeeping_account = ANY(%(accounts)s)"
        if (self.low, self.high) == (0, BUCKETS):
            return "true"
        return "account_bucket(safekeeping_account) >= %(low)s AND account_bucket(safekeeping_account) < %(high)s"

    @property
    def values(self) -> dict[str, Any]:
        """Return what the condition names."""
        return {"accounts": list(self.accounts), "low": self.low, "high": self.high}
