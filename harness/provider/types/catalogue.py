"""All resource types and data sources by name."""

from collections.abc import Mapping

from harness.provider.engine.resource import Plain
from harness.provider.types import (
    api,
    api_stages,
    configuration,
    containers,
    database,
    delivery,
    encryption,
    events,
    function_callers,
    functions,
    identity,
    messaging,
    network,
    pipeline,
    secrets_and_logs,
    security_groups,
    storage,
    streams,
    tables,
    tasks,
)

_FAMILIES = (
    api,
    api_stages,
    configuration,
    containers,
    database,
    delivery,
    encryption,
    events,
    function_callers,
    functions,
    identity,
    messaging,
    network,
    pipeline,
    secrets_and_logs,
    security_groups,
    storage,
    streams,
    tables,
    tasks,
)


def resource_types() -> Mapping[str, Plain]:
    """The type of each name that our provider can make."""
    return {name: each for family in _FAMILIES for name, each in family.TYPES.items()}
