"""Serves a provider over the plugin protocol: decodes each request, lets the provider answer, encodes the answer."""

import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc

from harness.provider.protocol.codec import decode, encode
from harness.provider.protocol.messages import message
from harness.provider.schema.provider_schema import schema_response
from harness.provider.service import Provider, ProviderError

ADDRESS = "registry.terraform.io/hashicorp/aws"
_SERVICE = "tfplugin6.Provider"
_MESSAGE_LIMIT = 64 * 1024 * 1024
_ERROR = 1  # Diagnostic.Severity
_LOGGER = logging.getLogger(__name__)
Fields = dict[str, Any]


@contextmanager
def serving(provider: Provider, schema: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    """Serves on a free loopback port while the block runs; yields the environment variable that attaches Terraform to it.

    Raises RuntimeError (gRPC's) when no port can be bound.
    """
    options = [("grpc.max_send_message_length", _MESSAGE_LIMIT), ("grpc.max_receive_message_length", _MESSAGE_LIMIT)]
    server = grpc.server(ThreadPoolExecutor(max_workers=16), options=options)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_SERVICE, _handlers(provider, schema)),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield {"TF_REATTACH_PROVIDERS": _reattach(port)}
    finally:
        server.stop(grace=1).wait()


def _reattach(port: int) -> str:
    address = {"Network": "tcp", "String": f"127.0.0.1:{port}"}
    return json.dumps(
        {ADDRESS: {"Protocol": "grpc", "ProtocolVersion": 6, "Pid": os.getpid(), "Test": True, "Addr": address}}
    )


class _Calls:
    """The provider's answers as fields of response messages."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def validate(self, request: Any) -> Fields:
        [config] = self._decoded(request, request.config)
        self._provider.validate(request.type_name, config or {})
        return {}

    def configure(self, request: Any) -> Fields:
        self._provider.configure(decode(request.config, self._provider.provider_block()) or {})
        return {}

    def upgrade(self, request: Any) -> Fields:
        return {"upgraded_state": encode(self._provider.upgrade(request.type_name, request.raw_state.json))}

    def read(self, request: Any) -> Fields:
        [state] = self._decoded(request, request.current_state)
        return {"new_state": encode(None if state is None else self._provider.read(request.type_name, state))}

    def plan(self, request: Any) -> Fields:
        prior, proposed = self._decoded(request, request.prior_state, request.proposed_new_state)
        planned = self._provider.plan(request.type_name, prior, proposed)
        if planned is None:
            return {"planned_state": encode(None), "legacy_type_system": True}
        replaced = [message("AttributePath")(steps=[{"attribute_name": name}]) for name in planned.requires_replace]
        return {"planned_state": encode(planned.state), "requires_replace": replaced, "legacy_type_system": True}

    def apply(self, request: Any) -> Fields:
        prior, planned, config = self._decoded(request, request.prior_state, request.planned_state, request.config)
        diagnostics = []
        try:
            state = self._provider.apply(request.type_name, prior, planned, config)
        except ProviderError as error:
            state = error.state or prior  # what exists all the same: Terraform must know of it
            diagnostics = [_diagnostic(str(error))]
        return {"new_state": encode(state), "diagnostics": diagnostics, "legacy_type_system": True}

    def imported(self, request: Any) -> Fields:
        state = self._provider.imported(request.type_name, request.id)
        return {"imported_resources": [message("Imported")(type_name=request.type_name, state=encode(state))]}

    def read_data(self, request: Any) -> Fields:
        config = decode(request.config, self._provider.data_block(request.type_name))
        return {"state": encode(self._provider.read_data(request.type_name, config or {}))}

    def _decoded(self, request: Any, *values: Any) -> list[dict[str, Any] | None]:
        block = self._provider.block(request.type_name)
        return [decode(value, block) for value in values]


def _handlers(provider: Provider, schema: Mapping[str, Any]) -> dict[str, Any]:
    calls, whole_schema = _Calls(provider), schema_response(schema)
    return {
        "GetProviderSchema": _handler("Empty", "SchemaResponse", lambda _: whole_schema),
        "ValidateProviderConfig": _handler("ValidateProviderRequest", "ValidateProviderResponse", _nothing),
        "ValidateResourceConfig": _handler("ValidateRequest", "DiagnosticsResponse", calls.validate),
        "ValidateDataResourceConfig": _handler("ValidateRequest", "DiagnosticsResponse", _nothing),
        "ConfigureProvider": _handler("ConfigureRequest", "DiagnosticsResponse", calls.configure),
        "UpgradeResourceState": _handler("UpgradeRequest", "UpgradeResponse", calls.upgrade),
        "ReadResource": _handler("ReadRequest", "ReadResponse", calls.read),
        "PlanResourceChange": _handler("PlanRequest", "PlanResponse", calls.plan),
        "ApplyResourceChange": _handler("ApplyRequest", "ApplyResponse", calls.apply),
        "ImportResourceState": _handler("ImportRequest", "ImportResponse", calls.imported),
        "ReadDataSource": _handler("DataRequest", "DataResponse", calls.read_data),
        "StopProvider": _handler("Empty", "Empty", _nothing),
    }


def _nothing(_request: Any) -> Fields:
    return {}


def _handler(request_name: str, response_name: str, answer: Callable[[Any], Any]) -> Any:
    def serve(request: Any, _context: Any) -> Any:
        try:
            fields = answer(request)
        except ProviderError as error:
            fields = {"diagnostics": [_diagnostic(str(error))]}
        except Exception as error:  # a defect of ours, said in words: Terraform would only see a broken connection
            _LOGGER.exception("%s of %s", response_name, getattr(request, "type_name", "the provider"))
            fields = {"diagnostics": [_diagnostic(f"a defect of our provider: {type(error).__name__}: {error}")]}
            if response_name == "ApplyResponse":
                fields |= {"new_state": request.prior_state, "legacy_type_system": True}
        return message(response_name)(**fields) if isinstance(fields, dict) else fields

    return grpc.unary_unary_rpc_method_handler(
        serve,
        request_deserializer=message(request_name).FromString,
        response_serializer=lambda response: response.SerializeToString(),
    )


def _diagnostic(text: str) -> Any:
    return message("Diagnostic")(severity=_ERROR, summary=text)
