"""Serves the schema and validation over the plugin protocol. Planning and applying are not there yet, and are refused by name."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc

from harness.provider.protocol.messages import message

ADDRESS = "registry.terraform.io/hashicorp/aws"
_SERVICE = "tfplugin6.Provider"
_MESSAGE_LIMIT = 64 * 1024 * 1024
_ERROR = 1  # Diagnostic.Severity
_NOT_YET = "our provider only validates so far; plan and apply with PROVIDER=registry"


@contextmanager
def serving(schema_response: Any) -> Iterator[Mapping[str, str]]:
    """Serves on a free loopback port while the block runs; yields the environment variable that attaches Terraform to it.

    Raises RuntimeError (gRPC's) when no port can be bound.
    """
    options = [("grpc.max_send_message_length", _MESSAGE_LIMIT), ("grpc.max_receive_message_length", _MESSAGE_LIMIT)]
    server = grpc.server(ThreadPoolExecutor(max_workers=10), options=options)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_SERVICE, _handlers(schema_response)),))
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


def _handlers(schema_response: Any) -> dict[str, Any]:
    return {
        "GetProviderSchema": _handler("Empty", lambda request, context: schema_response),
        "ValidateProviderConfig": _handler("ValidateProviderRequest", _answer("ValidateProviderResponse")),
        "ValidateResourceConfig": _handler("ValidateRequest", _answer("DiagnosticsResponse")),
        "ValidateDataResourceConfig": _handler("ValidateRequest", _answer("DiagnosticsResponse")),
        "ConfigureProvider": _handler("Empty", _refuse),
        "StopProvider": _handler("Empty", _answer("Empty")),
    }


def _handler(request_name: str, serve: Callable[[Any, Any], Any]) -> Any:
    return grpc.unary_unary_rpc_method_handler(
        serve,
        request_deserializer=message(request_name).FromString,
        response_serializer=lambda response: response.SerializeToString(),
    )


def _answer(response_name: str) -> Callable[[Any, Any], Any]:
    return lambda request, context: message(response_name)()


def _refuse(_request: Any, _context: Any) -> Any:
    diagnostic = message("Diagnostic")(severity=_ERROR, summary=_NOT_YET)
    return message("DiagnosticsResponse")(diagnostics=[diagnostic])
