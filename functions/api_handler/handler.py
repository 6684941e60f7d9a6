"""Entry point: wires the router once per process."""

from functools import cache
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from functions.api_handler.routes import make_app
from functions.api_handler.settings import Settings
from sending.clients import client


@cache
def _app() -> APIGatewayRestResolver:
    return make_app(Settings.from_environment(), client("dynamodb"), client("kinesis"))


def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one API Gateway proxy request."""
    return _app().resolve(event, context)
