"""Simfra's port forwards: how a private database is reached from outside its network."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from harness.embedded import processes
from harness.embedded.run_folder import RunFolder, read_json, write_json
from harness.failure import HarnessError
from harness.targets.registry import address_of
from harness.targets.target import Target

PATH = "/_simfra/port-forwards"
SECONDS = 10
PORT_NAMES = ("localPort", "hostPort", "port")
"""Where the answer tells the port is on no page that was found: the first of these that it has."""


def forwarded(target: Target, address: tuple[str, str], rds: Any) -> tuple[str, str]:
    """Return host and port of loopback that lead to the RDS instance at `address` (host, port), by a forward made once.

    Raises HarnessError where the target refuses it or tells no port.
    """
    file = RunFolder.of_target(target.name).port_forward
    wanted = {"endpoint": target.endpoint, "targetArn": _instance_arn(address[0], rds), "targetPort": int(address[1])}
    known = read_json(file)
    host = address_of(str(target.endpoint))[0]
    port = known.pop("forwarded", None)
    if known != wanted or not processes.answers(port):
        port = _ask(target, {name: wanted[name] for name in ("targetArn", "targetPort")})
        write_json(file, {**wanted, "forwarded": port})
    return host, str(port)


def _instance_arn(address: str, rds: Any) -> str:
    instances = rds.describe_db_instances()["DBInstances"]
    arns = [
        instance["DBInstanceArn"] for instance in instances if instance.get("Endpoint", {}).get("Address") == address
    ]
    if not arns:
        raise HarnessError(f"RDS tells no instance at {address}: type `make apply`")
    return str(arns[0])


def _ask(target: Target, body: Mapping[str, Any]) -> int:
    where = f"target {target.name}: {PATH} for {body['targetArn']}"
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{target.endpoint}{PATH}", json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            said = answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        raise HarnessError(f"{where} answers {error.code}: {error.read().decode(errors='replace')[:300]}") from error
    except OSError as error:
        raise HarnessError(f"{where} does not answer ({error})") from error
    try:
        told = json.loads(said)
    except ValueError:
        told = None
    ports = [told[name] for name in PORT_NAMES if isinstance(told, dict) and isinstance(told.get(name), int)]
    if not ports:
        raise HarnessError(f"{where} tells no port ({', '.join(PORT_NAMES)}): {said[:300]}")
    return int(ports[0])
