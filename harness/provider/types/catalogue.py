"""All resource types by name."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules

from harness.provider import types
from harness.provider.engine.resource import Plain


def resource_types() -> Mapping[str, Plain]:
    """Return the type of each name that our provider can make, from the table TYPES of each module of this folder."""
    families = (import_module(f"{types.__name__}.{module.name}") for module in iter_modules(types.__path__))
    return {name: kind for family in families for name, kind in getattr(family, "TYPES", {}).items()}
