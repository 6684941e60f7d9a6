"""Settings of a function, read once from its environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class EnvironmentSettings:
    """A subclass's fields are strings, each the environment variable of the same name in capitals."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read the settings. Raises KeyError with the names of variables that are missing or empty."""
        values = {name: environment.get(name.upper(), "") for name in cls.__dataclass_fields__}
        missing = sorted(name.upper() for name, value in values.items() if not value)
        if missing:
            raise KeyError(f"environment variables missing: {', '.join(missing)}")
        return cls(**values)
