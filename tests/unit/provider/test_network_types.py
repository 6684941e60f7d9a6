"""The network module itself."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from harness.embedded.ministack import REGION
from tests.unit.provider.conftest import Stack
from tests.unit.provider.lives import Life, Root

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
INTERFACE, GATEWAY = (f"module.network.aws_vpc_endpoint.{kind}" for kind in ('interface["sqs"]', 'gateway["s3"]'))
SUBNETS = [f'module.network.aws_subnet.private["{REGION}{zone}"]' for zone in ZONES]
network = Root(NETWORK, {
    "source": MODULE, "zones": "[" + ", ".join(f'"{REGION}{zone}"' for zone in ZONES) + "]", "region": REGION, "cidr": "10.42.0.0/16",
    "port": 5432, "prefix": "net",
})  # fmt: skip


class TestNetwork(Life):
    root = network
    named = {VPC: {"arn": f"arn:aws:ec2:{REGION}:000000000000:vpc/{{id}}"}}
    imported_by = dict.fromkeys((VPC, SUBNETS[0], DATABASE, INGRESS, EGRESS, GATEWAY), "{id}")
    changes = {"port": 5433}
    updated = [INGRESS, EGRESS]
    replaced = [({"cidr": "10.43.0.0/16"}, [VPC, DATABASE, INGRESS, *SUBNETS]), ({"prefix": "other"}, [DATABASE])]
    drifted = {VPC: "update", INGRESS: "create", INTERFACE: "update", **dict.fromkeys(SUBNETS, "update")}

    def applied(self, stack: Stack) -> None:
        ec2, made = stack.client("ec2"), stack.resources()
        vpc = made[VPC]["id"]
        [found] = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]
        tags = {each["Key"]: each["Value"] for each in found["Tags"]}
        assert tags == {"Application": "provider-tests", "Name": "net"}
        hostnames = ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsHostnames")
        assert hostnames["EnableDnsHostnames"]["Value"] is True
        assert made[DATABASE]["arn"].endswith(f":security-group/{made[DATABASE]['id']}")
        subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
        assert {each["AvailabilityZone"] for each in subnets} == {f"{REGION}{zone}" for zone in ZONES}
        assert [each["MapPublicIpOnLaunch"] for each in subnets] == [False] * len(ZONES)

    def changed(self, stack: Stack) -> None:
        rules = stack.client("ec2").describe_security_group_rules(
            SecurityGroupRuleIds=[stack.resources()[INGRESS]["id"]]
        )
        assert [(each["FromPort"], each["ToPort"]) for each in rules["SecurityGroupRules"]] == [(5433, 5433)]

    def drift(self, stack: Stack) -> None:
        ec2, made = stack.client("ec2"), stack.resources()
        subnet, other = (made[address]["id"] for address in SUBNETS)
        ec2.modify_vpc_attribute(VpcId=made[VPC]["id"], EnableDnsHostnames={"Value": False})
        ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
        ec2.delete_tags(Resources=[other], Tags=[{"Key": "Name"}])
        ec2.revoke_security_group_ingress(GroupId=made[DATABASE]["id"], SecurityGroupRuleIds=[made[INGRESS]["id"]])
        ec2.modify_vpc_endpoint(VpcEndpointId=made[INTERFACE]["id"], RemoveSubnetIds=[other])

    def left(self, stack: Stack) -> Iterable[Any]:
        # The groups would take their rules along: what was asked for tells that each rule was revoked.
        done = Counter(each.operation for each in stack.calls)
        assert (done["RevokeSecurityGroupIngress"], done["RevokeSecurityGroupEgress"]) == (2, 2)
        ec2 = stack.client("ec2")
        yield from (each["CidrBlock"] for each in ec2.describe_vpcs()["Vpcs"] if not each["IsDefault"])
        yield from ec2.describe_vpc_endpoints()["VpcEndpoints"]
        groups = ec2.describe_security_groups()["SecurityGroups"]
        yield from (each for each in groups if each["GroupName"] != "default")


def test_endpoints_and_groups_reach_only_what_they_are_for(stack: Stack) -> None:
    stack.apply(network())
    ec2, made = stack.client("ec2"), stack.resources()
    [main] = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [made[VPC]["id"]]}])["RouteTables"]
    assert made[VPC]["main_route_table_id"] == main["RouteTableId"]
    endpoints = {each["ServiceName"]: each for each in ec2.describe_vpc_endpoints()["VpcEndpoints"]}
    gateway, interface = endpoints[f"com.amazonaws.{REGION}.s3"], endpoints[f"com.amazonaws.{REGION}.sqs"]
    assert (gateway["VpcEndpointType"], gateway["RouteTableIds"]) == ("Gateway", [main["RouteTableId"]])
    assert (interface["VpcEndpointType"], len(interface["SubnetIds"])) == ("Interface", len(ZONES))
    assert made[GATEWAY]["prefix_list_id"].startswith("pl-")
    [group] = ec2.describe_security_groups(GroupIds=[made[DATABASE]["id"]])["SecurityGroups"]
    assert (group["GroupName"], group["IpPermissionsEgress"]) == ("net-database", [])
    [permission] = group["IpPermissions"]
    assert (permission["IpProtocol"], permission["FromPort"], permission["ToPort"]) == ("tcp", 5432, 5432)


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
