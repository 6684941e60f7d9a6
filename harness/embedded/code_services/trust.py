"""Reading a role's trust policy."""

from collections.abc import Mapping
from typing import Any


def trusted_services(document: Mapping[str, Any]) -> list[str]:
    """Every service principal of an assume-role policy document, whether a statement names one or several."""
    services: list[str] = []
    for statement in document["Statement"]:
        named = statement.get("Principal", {}).get("Service", [])
        services += [named] if isinstance(named, str) else named
    return services
