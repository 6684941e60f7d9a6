"""Resources that wrong requests are about: each is made when a request names it first, by its placeholder ({key})."""

from collections.abc import Callable, Mapping
from typing import Any

from harness.aws_clients import AwsClients
from tests.conformance.makers import (
    Cleanup,
    a_bucket,
    a_cluster,
    a_function,
    a_key,
    a_pipeline,
    a_queue,
    a_repository,
    a_rest_api,
    a_secret,
    a_stream,
    an_application,
    new_name,
)

CONTAINER = {"name": "app", "image": "public.ecr.aws/docker/library/busybox:1.36", "memory": 64, "essential": True}
NO_RESPONSE = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}


class Live:
    """Give resources by the name of their placeholder, one of each; `cleanup` removes them."""

    def __init__(self, aws: AwsClients, cleanup: Cleanup) -> None:
        self.aws, self.cleanup = aws, cleanup
        self._made: dict[str, str] = {}

    def __call__(self, placeholder: str) -> str:
        """Return what identifies the resource of a placeholder."""
        if placeholder not in self._made:
            self._made[placeholder] = MADE[placeholder](self)
        return self._made[placeholder]

    def named_in(self, members: Mapping[str, Any]) -> dict[str, str]:
        """Return the identifiers of the resources that the members of a request name."""
        return {placeholder: self(placeholder) for placeholder in MADE if f"{{{placeholder}}}" in str(members)}


def _key(**more: Any) -> Callable[[Live], str]:
    return lambda live: a_key(live.aws, new_name(), live.cleanup, **more)


def _disabled_key(live: Live) -> str:
    key = a_key(live.aws, new_name(), live.cleanup)
    live.aws.client("kms").disable_key(KeyId=key)
    return key


def _disabled_rsa_key(live: Live) -> str:
    key = a_key(live.aws, new_name(), live.cleanup, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    live.aws.client("kms").disable_key(KeyId=key)
    return key


def _version(live: Live) -> str:
    """Return the id of the current version of {secret}."""
    stages = live.aws.client("secretsmanager").describe_secret(SecretId=live("secret"))["VersionIdsToStages"]
    return next(str(version) for version, staged in stages.items() if "AWSCURRENT" in staged)


def _deleted_secret(live: Live) -> str:
    secrets, secret = live.aws.client("secretsmanager"), a_secret(live.aws, new_name(), live.cleanup)
    secrets.delete_secret(SecretId=secret, RecoveryWindowInDays=7)
    return secret


def _permitted_function(live: Live) -> str:
    """Return the name of a function that EventBridge may invoke by the statement `absent`."""
    function = a_function(live.aws, new_name(), live.cleanup)
    may = {"StatementId": "absent", "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"}
    live.aws.client("lambda").add_permission(FunctionName=function, **may)
    return function


def _lambda_role(live: Live) -> str:
    """Return the ARN of a role that Lambda knows already: that of {function}."""
    return str(live.aws.client("lambda").get_function_configuration(FunctionName=live("function"))["Role"])


def _pipeline_role(live: Live) -> str:
    """Return the ARN of a role that CodePipeline knows already: that of {pipeline}."""
    return str(live.aws.client("codepipeline").get_pipeline(name=live("pipeline"))["pipeline"]["roleArn"])


def _root(api: str) -> Callable[[Live], str]:
    return lambda live: str(live.aws.client("apigateway").get_resources(restApiId=live(api))["items"][0]["id"])


def _staged_api(live: Live) -> str:
    """Return the id of an API with a method GET, deployed to the stage `live`."""
    gateway, api = live.aws.client("apigateway"), a_rest_api(live.aws, new_name(), live.cleanup)
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    method = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    gateway.put_method(**method, authorizationType="NONE")
    gateway.put_integration(**method, **NO_RESPONSE)
    gateway.create_deployment(restApiId=api, stageName="live")
    return api


def _profile(live: Live) -> str:
    appconfig, which = live.aws.client("appconfig"), {"ApplicationId": live("application")}
    made = appconfig.create_configuration_profile(**which, Name="rules", LocationUri="hosted")["Id"]
    live.cleanup(appconfig.delete_configuration_profile, **which, ConfigurationProfileId=made)
    return str(made)


def _task_definition(live: Live) -> str:
    ecs, family = live.aws.client("ecs"), new_name()
    answer = ecs.register_task_definition(family=family, containerDefinitions=[CONTAINER])
    live.cleanup(ecs.deregister_task_definition, taskDefinition=answer["taskDefinition"]["taskDefinitionArn"])
    return family


def _service(live: Live) -> str:
    """Return the name of a service of {cluster} that wants no task."""
    ecs, name = live.aws.client("ecs"), new_name()
    wanted = {"taskDefinition": live("task_definition"), "desiredCount": 0, "launchType": "EC2"}
    ecs.create_service(cluster=live("cluster"), serviceName=name, **wanted)
    live.cleanup(ecs.delete_service, cluster=live("cluster"), service=name, force=True)
    return name


def _cluster(live: Live) -> str:
    name = new_name()
    a_cluster(live.aws, name, live.cleanup)
    return name


def _vpc(live: Live) -> str:
    ec2 = live.aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    live.cleanup(ec2.delete_vpc, VpcId=vpc)
    return str(vpc)


def _subnet(zone: str, block: str) -> Callable[[Live], str]:
    def made(live: Live) -> str:
        ec2 = live.aws.client("ec2")
        where = {"VpcId": live("vpc"), "CidrBlock": block, "AvailabilityZone": f"{live.aws.region}{zone}"}
        subnet = ec2.create_subnet(**where)["Subnet"]["SubnetId"]
        live.cleanup(ec2.delete_subnet, SubnetId=subnet)
        return str(subnet)

    return made


def _subnet_group(live: Live) -> str:
    rds, name = live.aws.client("rds"), new_name()
    subnets = [live("subnet"), live("other_subnet")]
    rds.create_db_subnet_group(DBSubnetGroupName=name, DBSubnetGroupDescription="conformance", SubnetIds=subnets)
    live.cleanup(rds.delete_db_subnet_group, DBSubnetGroupName=name)
    return name


MADE: Mapping[str, Callable[[Live], str]] = {
    "api": lambda live: a_rest_api(live.aws, new_name(), live.cleanup),
    "root": _root("api"),
    "staged_api": _staged_api,
    "staged_root": _root("staged_api"),
    "application": lambda live: an_application(live.aws, new_name(), live.cleanup),
    "profile": _profile,
    "bucket": lambda live: a_bucket(live.aws, new_name(), live.cleanup),
    "cluster": _cluster,
    "service": _service,
    "task_definition": _task_definition,
    "function": lambda live: a_function(live.aws, new_name(), live.cleanup, Publish=True),
    "permitted_function": _permitted_function,
    "lambda_role": _lambda_role,
    "pipeline_role": _pipeline_role,
    "pipeline": lambda live: a_pipeline(live.aws, new_name(), live.cleanup),
    "queue": lambda live: a_queue(live.aws, new_name(), live.cleanup),
    "repository": lambda live: a_repository(live.aws, new_name(), live.cleanup),
    "stream": lambda live: a_stream(live.aws, new_name(), live.cleanup),
    "secret": lambda live: a_secret(live.aws, new_name(), live.cleanup),
    "secret_version": _version,
    "deleted_secret": _deleted_secret,
    "key": _key(),
    "disabled_key": _disabled_key,
    "disabled_rsa_key": _disabled_rsa_key,
    "external_key": _key(Origin="EXTERNAL"),
    "rsa_key": _key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT"),
    "signing_key": _key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY"),
    "curve_key": _key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY"),
    "mac_key": _key(KeySpec="HMAC_224", KeyUsage="GENERATE_VERIFY_MAC"),
    "agreement_key": _key(KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT"),
    "vpc": _vpc,
    "subnet": _subnet("a", "10.77.1.0/24"),
    "other_subnet": _subnet("b", "10.77.2.0/24"),
    "subnet_group": _subnet_group,
}
"""By placeholder: makes the resource and returns what identifies it."""
