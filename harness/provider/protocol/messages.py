"""The messages of Terraform's plugin protocol 6 that we use, built from a table: no compiler, no generated files.

Names and field numbers are facts of the protocol (tfplugin6). A map field is, on the wire, a repeated
message with key = 1 and value = 2, and is described as such.
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_PACKAGE = "tfplugin6"
_SCALARS = {"string": 9, "bytes": 12, "bool": 8, "int64": 3, "enum": 5}
_REPEATED, _OPTIONAL, _MESSAGE = 3, 1, 11

# message: fields as "name type number"; a type with * is repeated; a type that is no scalar is another message of this table.
_FIELDS = {
    "Empty": "",
    "DynamicValue": "msgpack bytes 1, json bytes 2",
    "RawState": "json bytes 1",
    "Step": "attribute_name string 1, element_key_string string 2, element_key_int int64 3",
    "AttributePath": "steps Step* 1",
    "Diagnostic": "severity enum 1, summary string 2, detail string 3, attribute AttributePath 4",
    "Attribute": (
        "name string 1, type bytes 2, required bool 4, optional bool 5, computed bool 6, sensitive bool 7, write_only bool 11"
    ),
    "NestedBlock": "type_name string 1, block Block 2, nesting enum 3, min_items int64 4, max_items int64 5",
    "Block": "version int64 1, attributes Attribute* 2, block_types NestedBlock* 3",
    "Schema": "version int64 1, block Block 2",
    "SchemaEntry": "key string 1, value Schema 2",
    "SchemaResponse": "provider Schema 1, resource_schemas SchemaEntry* 2, data_source_schemas SchemaEntry* 3, diagnostics Diagnostic* 4",
    "ValidateRequest": "type_name string 1, config DynamicValue 2",
    "ValidateProviderRequest": "config DynamicValue 1",
    "ValidateProviderResponse": "diagnostics Diagnostic* 2",
    "DiagnosticsResponse": "diagnostics Diagnostic* 1",
    "ConfigureRequest": "terraform_version string 1, config DynamicValue 2",
    "UpgradeRequest": "type_name string 1, version int64 2, raw_state RawState 3",
    "UpgradeResponse": "upgraded_state DynamicValue 1, diagnostics Diagnostic* 2",
    "ReadRequest": "type_name string 1, current_state DynamicValue 2",
    "ReadResponse": "new_state DynamicValue 1, diagnostics Diagnostic* 2",
    "PlanRequest": "type_name string 1, prior_state DynamicValue 2, proposed_new_state DynamicValue 3, config DynamicValue 4",
    "PlanResponse": (
        "planned_state DynamicValue 1, requires_replace AttributePath* 2, diagnostics Diagnostic* 4, legacy_type_system bool 5"
    ),
    "ApplyRequest": "type_name string 1, prior_state DynamicValue 2, planned_state DynamicValue 3, config DynamicValue 4",
    "ApplyResponse": "new_state DynamicValue 1, diagnostics Diagnostic* 3, legacy_type_system bool 4",
    "ImportRequest": "type_name string 1, id string 2",
    "Imported": "type_name string 1, state DynamicValue 2",
    "ImportResponse": "imported_resources Imported* 1, diagnostics Diagnostic* 2",
    "DataRequest": "type_name string 1, config DynamicValue 2",
    "DataResponse": "state DynamicValue 1, diagnostics Diagnostic* 2",
}


def _file() -> descriptor_pb2.FileDescriptorProto:
    described = descriptor_pb2.FileDescriptorProto(name="tfplugin6.proto", package=_PACKAGE, syntax="proto3")
    for message_name, fields in _FIELDS.items():
        message = described.message_type.add(name=message_name)
        for field in filter(None, fields.split(", ")):
            name, kind, number = field.split()
            label = _REPEATED if kind.endswith("*") else _OPTIONAL
            kind = kind.rstrip("*")
            added = message.field.add(name=name, number=int(number), label=label, type=_SCALARS.get(kind, _MESSAGE))
            if kind not in _SCALARS:
                added.type_name = f".{_PACKAGE}.{kind}"
    return described


_POOL = descriptor_pool.DescriptorPool()
_POOL.Add(_file())


def message(name: str) -> Any:
    """The class of one message of the table; KeyError for a name that it does not hold."""
    return message_factory.GetMessageClass(_POOL.FindMessageTypeByName(f"{_PACKAGE}.{name}"))
