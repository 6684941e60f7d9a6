"""All resource types and data sources by name."""

from collections.abc import Mapping

from harness.provider.engine.resource import Plain
from harness.provider.types import configuration, encryption, functions, messaging

_FAMILIES = (configuration, encryption, functions, messaging)


def resource_types() -> Mapping[str, Plain]:
    """The type of each name that our provider can make."""
    return {name: each for family in _FAMILIES for name, each in family.TYPES.items()}
