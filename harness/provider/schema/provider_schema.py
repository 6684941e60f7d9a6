"""Reads the compact schema (README.md has its form) and turns it into the protocol's SchemaResponse."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.provider.protocol.messages import message

_FILE = Path(__file__).with_name("aws_provider_6.62.json")


def load() -> dict[str, Any]:
    """The compact schema: maps `resources` and `data` by type name, and `provider`."""
    loaded: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return loaded


def schema_response(schema: Mapping[str, Any]) -> Any:
    """The answer to GetProviderSchema: every resource type and data source of the compact schema."""
    entry = message("SchemaEntry")
    return message("SchemaResponse")(
        provider=_schema(schema["provider"]),
        resource_schemas=[entry(key=name, value=_schema(block)) for name, block in schema["resources"].items()],
        data_source_schemas=[entry(key=name, value=_schema(block)) for name, block in schema["data"].items()],
    )


_NESTING = {"single": 1, "list": 2, "set": 3, "map": 4}  # the protocol's NestedBlock.NestingMode
# The reading of the schema does not say what is sensitive: these are, in every type that has them.
_SENSITIVE = {"password", "password_wo", "secret_string", "secret_string_wo", "secret_binary", "master_password"}
_META_ARGUMENTS = {"alias"}  # Terraform's own, of every provider block: a provider may not declare it


def _schema(block: Mapping[str, Any]) -> Any:
    return message("Schema")(block=_block(block))


def _block(block: Mapping[str, Any]) -> Any:
    return message("Block")(
        attributes=[
            _attribute(name, *given) for name, given in block.get("a", {}).items() if name not in _META_ARGUMENTS
        ],
        block_types=[_nested_block(name, nested) for name, nested in block.get("b", {}).items()],
    )


def _attribute(name: str, cty_type: Any, flags: str) -> Any:
    return message("Attribute")(
        name=name,
        type=json.dumps(cty_type).encode(),
        required="r" in flags,
        optional="o" in flags,
        computed="c" in flags,
        write_only="w" in flags,
        sensitive=name in _SENSITIVE,
    )


def _nested_block(name: str, nested: Mapping[str, Any]) -> Any:
    return message("NestedBlock")(
        type_name=name,
        block=_block(nested),
        nesting=_NESTING[nested["n"]],
        min_items=nested.get("min") or 0,
        max_items=nested.get("max") or 0,
    )
