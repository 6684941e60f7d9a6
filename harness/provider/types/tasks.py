"""ECS's task definition and service."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from harness.provider.engine.aws import Aws, at, error_code, wait_until
from harness.provider.engine.mapping import emptied, from_api, to_api
from harness.provider.engine.resource import Plain, State
from harness.provider.engine.tagging import BY_ARN
from harness.provider.values import Block, canonical
from harness.terminal_states import SERVICE

ECS_TAGS = replace(BY_ARN, read="", pair=("key", "value"))
# What ECS adds to a container definition that says nothing of it.
_ASSUMED = {"cpu": 0, "essential": True, "protocol": "tcp"}
_BY_NAME = ("environment", "secrets")


def same_containers(left: str, right: str) -> bool:
    """Whether two JSON texts define the same containers: order of variables, empty lists and what ECS assumes make no difference."""
    try:
        first, second = (_reduced(json.loads(text)) for text in (left, right))
    except ValueError:
        return False
    return canonical(first) == canonical(second)


def _reduced(value: Any) -> Any:
    if isinstance(value, list):
        return [_reduced(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    reduced = {}
    for name, item in value.items():
        inner = _reduced(item)
        if name == "hostPort" and inner in (0, value.get("containerPort")):
            continue  # awsvpc: the host's port is the container's
        if inner in (None, "", [], {}) or (name in _ASSUMED and inner == _ASSUMED[name]):
            continue
        reduced[name] = sorted(inner, key=canonical) if name in _BY_NAME else inner
    return reduced


@dataclass(frozen=True, kw_only=True)
class _TaskDefinition(Plain):
    """A revision of a family: whatever changes, a new one is registered; the old one is deregistered."""

    def creation(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        parameters = super().creation(aws, block, planned)
        parameters["containerDefinitions"] = json.loads(planned["container_definitions"])
        for volume, given in zip(parameters.get("volumes", []), planned.get("volume") or [], strict=True):
            if given.get("host_path"):
                volume["host"] = {"sourcePath": given["host_path"]}
        return parameters

    def observe(self, aws: Aws, state: State) -> Any:
        which = state["family"] if state.get("track_latest") else state["arn"]
        answer = aws.call("ecs", self.read, taskDefinition=which, include=["TAGS"])
        definition = answer["taskDefinition"]
        return None if definition["status"] == "INACTIVE" else {**definition, "tags": answer.get("tags", [])}

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        seen = super().observed(aws, block, state, resource)
        told, wanted = json.dumps(resource["containerDefinitions"]), state.get("container_definitions")
        hosts = {volume["name"]: at("host.sourcePath", volume) for volume in resource.get("volumes", [])}
        seen["volume"] = [{**volume, "host_path": hosts[volume["name"]]} for volume in seen["volume"]]
        return {
            **seen,
            "id": resource["family"],
            "container_definitions": wanted if wanted and same_containers(wanted, told) else told,
            "arn_without_revision": seen["arn"].rpartition(":")[0],
        }

    def is_missing(self, error: ClientError) -> bool:
        said = error.response.get("Error", {}).get("Message", "")
        return error_code(error) == "ClientException" and ("Unable to describe" in said or "does not exist" in said)


_DEPLOYMENT = frozenset({
    "alarms", "deployment_circuit_breaker", "deployment_configuration", "deployment_maximum_percent", "deployment_minimum_healthy_percent",
})  # fmt: skip
_GONE = ("ClusterNotFoundException", "ServiceNotFoundException", "ServiceNotActiveException")


@dataclass(frozen=True, kw_only=True)
class _Service(Plain):
    """A service of a cluster. The parts of its deployment configuration stand in several places of the HCL.

    One that was deleted can still be described: as DRAINING while its tasks end, then as INACTIVE.
    """

    def creation(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        parameters = {"desiredCount": 0, **super().creation(aws, block, planned)}
        if planned.get("scheduling_strategy") == "DAEMON":
            del parameters["desiredCount"]
        return {**parameters, **self._structures(aws, block, planned, parameters)}

    def _structures(self, aws: Aws, block: Block, planned: State, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Deployment and network configuration, whole."""
        members = aws.request_shape("ecs", self.create).members
        deployment = to_api(block, planned, members["deploymentConfiguration"], self.names)
        given = {"deploymentConfiguration": {**parameters.get("deploymentConfiguration", {}), **deployment}}
        for network in planned.get("network_configuration") or []:
            shape = members["networkConfiguration"].members["awsvpcConfiguration"]
            inside = to_api(block["b"]["network_configuration"], network, shape, {})
            inside["assignPublicIp"] = "ENABLED" if network.get("assign_public_ip") else "DISABLED"
            given["networkConfiguration"] = {"awsvpcConfiguration": inside}
        return given

    def created(self, aws: Aws, block: Block, made: State) -> None:
        self._steady(aws, made)

    def observe(self, aws: Aws, state: State) -> Any:
        resource = self._described(aws, state)
        return None if resource is None or resource["status"] in ("DRAINING", "INACTIVE") else resource

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        seen = super().observed(aws, block, state, resource)
        members = aws.request_shape("ecs", self.create).members
        deployment = resource.get("deploymentConfiguration", {})
        seen |= from_api(block, deployment, members["deploymentConfiguration"], self.names)
        for name in ("deployment_configuration", "deployment_controller"):
            if not state.get(name):
                seen[name] = []  # AWS tells its own choices where nobody made any
        if network := at("networkConfiguration.awsvpcConfiguration", resource):
            shape = members["networkConfiguration"].members["awsvpcConfiguration"]
            inside = from_api(block["b"]["network_configuration"], network, shape, {})
            seen["network_configuration"] = [{**inside, "assign_public_ip": network.get("assignPublicIp") == "ENABLED"}]
        else:
            seen["network_configuration"] = []
        for name, arn in (("cluster", resource["clusterArn"]), ("task_definition", resource["taskDefinition"])):
            short = str(state.get(name) or "arn:")  # said as the HCL says it: by ARN or by name
            seen[name] = arn if short.startswith("arn:") or not state.get("arn") else arn.rpartition("/")[2]
        return seen

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        shape = aws.request_shape("ecs", self.update)
        only = {name: planned.get(name) for name in changed}
        wanted = {**emptied(planned, changed, shape, self.names), **to_api(block, only, shape, self.names)}
        whole = self._structures(aws, block, planned, to_api(block, planned, shape, self.names))
        if changed & _DEPLOYMENT:
            wanted["deploymentConfiguration"] = whole["deploymentConfiguration"]
        if "network_configuration" in changed and "networkConfiguration" in whole:
            wanted["networkConfiguration"] = whole["networkConfiguration"]
        if "triggers" in changed and planned.get("force_new_deployment"):
            wanted["forceNewDeployment"] = True
        if wanted:
            aws.call("ecs", self.update, **self.named(planned), **wanted)
            self._steady(aws, planned)

    def erase(self, aws: Aws, block: Block, state: State) -> None:
        if state.get("scheduling_strategy") != "DAEMON":
            aws.call("ecs", self.update, **self.named(state), desiredCount=0)
        aws.call("ecs", self.delete, **self.named(state), force=True)
        wait_until(  # a draining one is gone for a read, and keeps its cluster from being deleted
            f"service {state['name']} is gone",
            lambda: at("status", self._described(aws, state)),
            lambda status: status in (None, "INACTIVE"),
        )

    def _described(self, aws: Aws, state: State) -> Any:
        answer = aws.call("ecs", self.read, cluster=state["cluster"], services=[state["name"]], include=["TAGS"])
        return at(self.at, answer)

    def _steady(self, aws: Aws, state: State) -> None:
        if state.get("wait_for_steady_state"):
            wait_until(
                f"service {state['name']} is steady",
                lambda: self._described(aws, state),
                lambda seen: len(seen["deployments"]) == 1 and seen["runningCount"] == seen["desiredCount"],
                ended=SERVICE,
            )


TYPES = {
    "aws_ecs_task_definition": _TaskDefinition(
        service="ecs", create="RegisterTaskDefinition", made_at="taskDefinition", read="DescribeTaskDefinition", at="taskDefinition",
        delete="DeregisterTaskDefinition", key={"taskDefinition": "arn"}, id="{family}",
        import_id="{arn}", id_parts=r"arn:.*/(?P<family>[^/:]+):\d+",
        names={"arn": "taskDefinitionArn", "volume": "volumes", "container_definitions": None, "tags": None,
               "ephemeral_storage.size_in_gib": "sizeInGiB"},
        defaults={"skip_destroy": False, "track_latest": False},
        force_new=frozenset({
            "container_definitions", "cpu", "enable_fault_injection", "ephemeral_storage", "execution_role_arn", "family", "ipc_mode",
            "memory", "network_mode", "pid_mode", "placement_constraints", "proxy_configuration", "requires_compatibilities",
            "runtime_platform", "task_role_arn", "volume",
        }),
        alike={"container_definitions": same_containers},
        tags=ECS_TAGS,
    ),
    "aws_ecs_service": _Service(
        service="ecs", create="CreateService", made_at="service", read="DescribeServices", at="services[0]", update="UpdateService",
        delete="DeleteService", key={"cluster": "cluster", "service": "name"}, id="{arn}",
        import_id="{cluster}/{name}",
        names={
            "id": "serviceArn", "arn": "serviceArn", "name": "serviceName", "iam_role": "role", "network_configuration": None, "tags": None,
            "deployment_maximum_percent": "maximumPercent", "deployment_minimum_healthy_percent": "minimumHealthyPercent",
            "deployment_configuration.lifecycle_hook": "lifecycleHooks", "load_balancer": "loadBalancers",
            "load_balancer.elb_name": "loadBalancerName", "ordered_placement_strategy": "placementStrategy",
            "service_connect_configuration.service": "services",
            "service_connect_configuration.service.client_alias": "clientAliases",
            "service_connect_configuration.log_configuration.secret_option": "secretOptions",
            "service_connect_configuration.service.tls.issuer_cert_authority": "issuerCertificateAuthority",
            "volume_configuration": "volumeConfigurations", "volume_configuration.managed_ebs_volume.size_in_gb": "sizeInGiB",
        },
        defaults={"deployment_maximum_percent": 200, "deployment_minimum_healthy_percent": 100, "scheduling_strategy": "REPLICA",
                  "wait_for_steady_state": False},
        force_new=frozenset({"name", "cluster", "launch_type", "scheduling_strategy", "iam_role", "deployment_controller"}),
        missing=_GONE,
        tags=ECS_TAGS,
    ),
}  # fmt: skip
