"""What resource policies and security groups let in: whom each part of the system expects, and nobody else."""

from typing import Any

from harness.scenarios.scenario import scenario
from harness.system import System
from tests.resources import ALIAS, account_id, database, listed, rest_api, service, statements

pytestmark = scenario(service="ec2", lane="security", aws="ec2:DescribeSecurityGroupRules")


def _ingress_of_database(system: System) -> list[dict[str, Any]]:
    groups = [group["VpcSecurityGroupId"] for group in database(system)["VpcSecurityGroups"]]
    names = [{"Name": "group-id", "Values": groups}]
    pages = system.client("ec2").get_paginator("describe_security_group_rules").paginate(Filters=names)
    return [rule for page in pages for rule in page["SecurityGroupRules"] if not rule["IsEgress"]]


@scenario("ec2.database-reach.sources", feature="security groups")
def test_the_database_is_reached_from_engine_tasks_only(system: System) -> None:
    sources = [rule.get("ReferencedGroupInfo", {}).get("GroupId") for rule in _ingress_of_database(system)]
    assert sources == service(system)["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"]


@scenario("ec2.database-reach.port", feature="security groups")
def test_the_database_is_reached_at_its_port_only(system: System) -> None:
    port = int(system.outputs["database_port"])
    ports = [(rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) for rule in _ingress_of_database(system)]
    assert ports == [("tcp", port, port)]


@scenario("ec2.database-reach.no-gateway", feature="internet gateways", aws="ec2:DescribeInternetGateways")
def test_the_databases_network_has_no_way_to_the_internet(system: System) -> None:
    attached = [{"Name": "attachment.vpc-id", "Values": [database(system)["DBSubnetGroup"]["VpcId"]]}]
    assert system.client("ec2").describe_internet_gateways(Filters=attached)["InternetGateways"] == []


@scenario("lambda.api-reach.caller", feature="resource policy", aws="lambda:GetPolicy", service="lambda")
def test_the_api_handler_is_called_by_our_api_only(system: System) -> None:
    name, region = system.outputs["function_names"]["api_handler"], system.outputs["aws_region"]
    partition = system.outputs["kms_key_arn"].split(":")[1]
    api = f"arn:{partition}:execute-api:{region}:{account_id(system)}:{rest_api(system)['id']}/*/*/*"
    policy = system.client("lambda").get_policy(FunctionName=name, Qualifier=ALIAS)["Policy"]
    callers = [
        (s["Principal"], listed(s["Action"]), s["Condition"].get("ArnLike", {}).get("AWS:SourceArn"))
        for s in statements(policy)
    ]
    assert callers == [({"Service": "apigateway.amazonaws.com"}, ["lambda:InvokeFunction"], api)]
