"""Adding operations to a response class of Moto's."""

from typing import Any


def add_operations(response: Any, additions: type) -> None:
    """Gives `response` every method of `additions`; call it before the first request."""
    for name, operation in vars(additions).items():
        if callable(operation):
            setattr(response, name, operation)
