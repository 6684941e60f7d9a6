"""All resource types and data sources by name."""

from collections.abc import Mapping

from harness.provider.engine.resource import Plain
from harness.provider.types import containers, database, encryption, messaging, network, security_groups

_FAMILIES = (containers, database, encryption, messaging, network, security_groups)


def resource_types() -> Mapping[str, Plain]:
    """The type of each name that our provider can make."""
    return {name: each for family in _FAMILIES for name, each in family.TYPES.items()}
