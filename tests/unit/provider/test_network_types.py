"""The network module itself, made, read back, drifted, changed, replaced, destroyed and imported by Terraform on the emulator."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from harness.embedded.ministack import REGION
from tests.unit.provider.conftest import Stack

MODULE = Path(__file__).parents[3] / "terraform" / "modules" / "network"
ZONES = ("a", "b")
NETWORK = """
module "network" {
  source             = "%(source)s"
  availability_zones = %(zones)s
  aws_region         = "%(region)s"
  cidr_block         = "%(cidr)s"
  database_port      = %(port)d
  endpoints_enabled  = true
  name_prefix        = "%(prefix)s"
}
"""
VPC, DATABASE = "module.network.aws_vpc.this", 'module.network.aws_security_group.this["database"]'
INGRESS = "module.network.aws_vpc_security_group_ingress_rule.database_from_engine"
EGRESS = "module.network.aws_vpc_security_group_egress_rule.engine_to_database"


def network(cidr: str = "10.42.0.0/16", port: int = 5432, prefix: str = "net") -> str:
    zones = "[" + ", ".join(f'"{REGION}{zone}"' for zone in ZONES) + "]"
    return NETWORK % {"source": MODULE, "zones": zones, "region": REGION, "cidr": cidr, "port": port, "prefix": prefix}


@pytest.fixture
def ec2(stack: Stack) -> Any:
    """The emulator's EC2 with the module applied."""
    stack.apply(network())
    return stack.client("ec2")


def test_what_was_applied_is_there_and_a_second_plan_has_no_changes(stack: Stack, ec2: Any) -> None:
    assert stack.plan() == {}
    made = stack.resources()
    vpc = made[VPC]
    [found] = ec2.describe_vpcs(VpcIds=[vpc["id"]])["Vpcs"]
    assert {each["Key"]: each["Value"] for each in found["Tags"]} == {"Application": "provider-tests", "Name": "net"}
    hostnames = ec2.describe_vpc_attribute(VpcId=vpc["id"], Attribute="enableDnsHostnames")
    assert hostnames["EnableDnsHostnames"]["Value"] is True
    assert vpc["arn"] == f"arn:aws:ec2:{REGION}:000000000000:vpc/{vpc['id']}"
    assert made[DATABASE]["arn"].endswith(f":security-group/{made[DATABASE]['id']}")
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["id"]]}])["Subnets"]
    assert {each["AvailabilityZone"] for each in subnets} == {f"{REGION}{zone}" for zone in ZONES}


def test_a_gateway_endpoint_is_on_the_main_route_table_and_an_interface_in_each_subnet(stack: Stack, ec2: Any) -> None:
    made = stack.resources()
    [main] = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [made[VPC]["id"]]}])["RouteTables"]
    assert made[VPC]["main_route_table_id"] == main["RouteTableId"]
    endpoints = {each["ServiceName"]: each for each in ec2.describe_vpc_endpoints()["VpcEndpoints"]}
    gateway, interface = endpoints[f"com.amazonaws.{REGION}.s3"], endpoints[f"com.amazonaws.{REGION}.sqs"]
    assert (gateway["VpcEndpointType"], gateway["RouteTableIds"]) == ("Gateway", [main["RouteTableId"]])
    assert interface["VpcEndpointType"] == "Interface"
    assert len(interface["SubnetIds"]) == len(ZONES)
    assert made['module.network.aws_vpc_endpoint.gateway["s3"]']["prefix_list_id"].startswith("pl-")


def test_a_security_group_lets_out_only_what_its_rules_say(stack: Stack, ec2: Any) -> None:
    groups = {
        each["GroupName"]: each
        for each in ec2.describe_security_groups(GroupIds=[stack.resources()[DATABASE]["id"]])["SecurityGroups"]
    }
    assert groups["net-database"]["IpPermissionsEgress"] == []
    [permission] = groups["net-database"]["IpPermissions"]
    assert (permission["IpProtocol"], permission["FromPort"], permission["ToPort"]) == ("tcp", 5432, 5432)


def test_another_port_changes_the_rules_in_place_and_another_range_replaces_the_network(stack: Stack, ec2: Any) -> None:
    rule = stack.resources()[INGRESS]["id"]
    assert stack.plan(network(port=5433)) == {INGRESS: "update", EGRESS: "update"}
    stack.apply(network(port=5433))
    assert stack.plan() == {}
    [found] = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule])["SecurityGroupRules"]
    assert (found["FromPort"], found["ToPort"]) == (5433, 5433)
    planned = stack.plan(network(cidr="10.43.0.0/16", port=5433))
    assert {planned[address] for address in (VPC, DATABASE, INGRESS)} == {"replace"}
    assert {action for address, action in planned.items() if "aws_subnet" in address} == {"replace"}
    planned = stack.plan(network(prefix="other", port=5433))
    assert (planned[VPC], planned[DATABASE]) == ("update", "replace")  # a tag; a name


def test_what_was_changed_behind_terraforms_back_shows_in_the_plan(stack: Stack, ec2: Any) -> None:
    made = stack.resources()
    group, endpoint = made[DATABASE]["id"], 'module.network.aws_vpc_endpoint.interface["sqs"]'
    [subnet, other] = [each for address, each in made.items() if "aws_subnet" in address]
    ec2.modify_vpc_attribute(VpcId=made[VPC]["id"], EnableDnsHostnames={"Value": False})
    ec2.modify_subnet_attribute(SubnetId=subnet["id"], MapPublicIpOnLaunch={"Value": True})
    ec2.delete_tags(Resources=[other["id"]], Tags=[{"Key": "Name"}])
    ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=[made[INGRESS]["id"]])
    ec2.modify_vpc_endpoint(VpcEndpointId=made[endpoint]["id"], RemoveSubnetIds=[other["id"]])
    subnets = {address: "update" for address in made if "aws_subnet" in address}
    assert stack.plan() == {VPC: "update", INGRESS: "create", endpoint: "update", **subnets}
    stack.apply(network())
    assert stack.plan() == {}
    [mended] = ec2.describe_subnets(SubnetIds=[subnet["id"]])["Subnets"]
    assert mended["MapPublicIpOnLaunch"] is False
    [permission] = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
    assert permission["FromPort"] == 5432


def test_after_destroy_nothing_is_left(stack: Stack, ec2: Any) -> None:
    stack.destroy()
    assert [each["CidrBlock"] for each in ec2.describe_vpcs()["Vpcs"] if not each["IsDefault"]] == []
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []
    names = {each["GroupName"] for each in ec2.describe_security_groups()["SecurityGroups"]}
    assert names == {"default"}
    # The groups would take their rules along: what was asked for tells that each rule was revoked.
    done = Counter(each.operation for each in stack.calls)
    assert (done["RevokeSecurityGroupIngress"], done["RevokeSecurityGroupEgress"]) == (2, 2)


def test_each_type_is_imported_by_its_id(stack: Stack, ec2: Any) -> None:
    made = stack.resources()
    endpoint, subnet = (next(each for each in made if kind in each) for kind in ("endpoint.gateway", "aws_subnet"))
    with stack.driver() as driver:
        for address in (VPC, subnet, DATABASE, INGRESS, EGRESS, endpoint):
            assert driver.run("state rm", address).returncode == 0
            imported = driver.run("import", address, made[address]["id"])
            assert imported.returncode == 0, imported.stderr
    assert stack.plan() == {}


def test_a_group_and_an_instance_may_have_names_that_terraform_makes_up(stack: Stack) -> None:
    body = """
    resource "aws_security_group" "g" {
      name_prefix = "made-"
    }
    resource "aws_db_instance" "i" {
      engine              = "postgres"
      instance_class      = "db.t4g.micro"
      allocated_storage   = 20
      username            = "u"
      password            = "made-password"
      skip_final_snapshot = true
    }
    """
    stack.apply(body)
    assert stack.plan() == {}
    assert stack.resources()["aws_security_group.g"]["name"].startswith("made-")
    assert stack.resources()["aws_db_instance.i"]["identifier"].startswith("terraform-")


def test_rules_inside_a_group_are_refused_in_words(stack: Stack) -> None:
    body = """
    resource "aws_security_group" "inside" {
      name   = "inside"
      egress = [{ cidr_blocks = ["0.0.0.0/0"], description = "", from_port = 0, ipv6_cidr_blocks = [], prefix_list_ids = [],
        protocol = "-1", security_groups = [], self = false, to_port = 0 }]
    }
    """
    with pytest.raises(Exception, match="aws_vpc_security_group"):
        stack.apply(body)
