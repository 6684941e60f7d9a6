"""Terraform's DynamicValue: MessagePack with an extension for what is unknown (cty's encoding)."""

from collections.abc import Mapping
from typing import Any

import msgpack

from harness.provider.protocol.messages import message
from harness.provider.values import UNKNOWN, Block, complete

_UNKNOWN_TYPES = (0, 12)  # cty's extension types: unknown, and unknown with refinements
_UNKNOWN_WIRE = msgpack.ExtType(0, b"\x00")


def decode(value: Any, block: Block) -> dict[str, Any] | None:
    """The object of a DynamicValue, whole by the block; None for null."""
    if not value.msgpack:
        return None
    raw = msgpack.unpackb(value.msgpack, ext_hook=_extension, strict_map_key=False)
    return None if raw is None else complete(block, raw)


def encode(value: Mapping[str, Any] | None) -> Any:
    """A DynamicValue of an object, or of null."""
    return message("DynamicValue")(msgpack=msgpack.packb(value, default=_default))


def _extension(code: int, data: bytes) -> Any:
    if code not in _UNKNOWN_TYPES:
        raise ValueError(f"MessagePack extension {code} with {len(data)} bytes is none of Terraform's")
    return UNKNOWN


def _default(value: Any) -> Any:
    if value is UNKNOWN:
        return _UNKNOWN_WIRE
    raise TypeError(f"{value!r} has no form in Terraform's protocol")
