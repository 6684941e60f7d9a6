"""EC2's security groups, and the rules that are resources of their own."""

from dataclasses import dataclass
from typing import Any

from harness.provider.engine.aws import Aws, at
from harness.provider.engine.resource import State
from harness.provider.types.ec2 import Ec2, refuse
from harness.provider.types.naming import Named
from harness.provider.values import Block

_ANYWHERE = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]


@dataclass(frozen=True, kw_only=True)
class _SecurityGroup(Ec2, Named):
    """A group without rules, as the real provider leaves it: AWS makes one that lets everything out.

    Rules inside the group (`ingress`, `egress`) are refused: rules of their own say the same. `revoke_rules_on_delete` has nothing
    to do here: the target lets a group go with its rules.
    """

    def creation(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        if planned.get("ingress") or planned.get("egress"):
            raise LookupError("rules inside a group are not made by our stand-in: use aws_vpc_security_group_*_rule")
        return super().creation(aws, block, planned)

    def created(self, aws: Aws, block: Block, made: State) -> None:
        aws.call("ec2", "RevokeSecurityGroupEgress", GroupId=made["id"], IpPermissions=_ANYWHERE)

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        refuse(changed - {"revoke_rules_on_delete"})


_SOURCES = {
    "cidr_ipv4": ("IpRanges", "CidrIp"),
    "cidr_ipv6": ("Ipv6Ranges", "CidrIpv6"),
    "prefix_list_id": ("PrefixListIds", "PrefixListId"),
    "referenced_security_group_id": ("UserIdGroupPairs", "GroupId"),
}


@dataclass(frozen=True, kw_only=True)
class _Rule(Ec2):
    """One rule, to or from one source."""

    def creation(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        said = {"Description": planned["description"]} if planned.get("description") else {}
        permission = self._protocol(planned)
        for name, (parameter, key) in _SOURCES.items():
            if planned.get(name):
                permission[parameter] = [{key: planned[name], **said}]
        return {"GroupId": planned["security_group_id"], "IpPermissions": [permission], **self.tagged(planned)}

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        seen = super().observed(aws, block, state, resource)
        seen["referenced_security_group_id"] = at("ReferencedGroupInfo.GroupId", resource)
        for port in ("from_port", "to_port"):  # AWS says -1 for all protocols, where the HCL says nothing
            if seen[port] == -1 and state.get(port) is None:
                seen[port] = None
        return seen

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        rule = {
            **self._protocol(planned),
            "Description": planned.get("description"),
            "CidrIpv4": planned.get("cidr_ipv4"),
            "CidrIpv6": planned.get("cidr_ipv6"),
            "PrefixListId": planned.get("prefix_list_id"),
            "ReferencedGroupId": planned.get("referenced_security_group_id"),
        }
        given = {name: value for name, value in rule.items() if value is not None}
        wanted = [{"SecurityGroupRuleId": planned["id"], "SecurityGroupRule": given}]
        aws.call("ec2", self.update, GroupId=planned["security_group_id"], SecurityGroupRules=wanted)

    @staticmethod
    def _protocol(state: State) -> dict[str, Any]:
        ports = {"FromPort": state.get("from_port"), "ToPort": state.get("to_port")}
        return {"IpProtocol": state["ip_protocol"], **{name: port for name, port in ports.items() if port is not None}}


def _rule(direction: str) -> _Rule:
    """The rules of a direction: Ingress or Egress."""
    return _Rule(
        kind="security-group-rule", create=f"AuthorizeSecurityGroup{direction}", read="DescribeSecurityGroupRules",
        at="SecurityGroupRules[0]", read_key={"SecurityGroupRuleIds": "id"}, update="ModifySecurityGroupRules",
        delete=f"RevokeSecurityGroup{direction}", delete_key={"GroupId": "security_group_id", "SecurityGroupRuleIds": "id"},
        names={"id": "SecurityGroupRuleId", "arn": "SecurityGroupRuleArn", "security_group_id": "GroupId", "tags": None},
        force_new=frozenset({"security_group_id"}),
        missing=("InvalidSecurityGroupRuleId.NotFound", "InvalidPermission.NotFound", "InvalidGroup.NotFound"),
    )  # fmt: skip


TYPES = {
    "aws_security_group": _SecurityGroup(
        kind="security-group", create="CreateSecurityGroup", made_at="", read="DescribeSecurityGroups", at="SecurityGroups[0]",
        read_key={"GroupIds": "id"}, delete="DeleteSecurityGroup", key={"GroupId": "id"}, arn="security-group/{id}",
        names={"id": "GroupId", "name": "GroupName", "tags": None},
        defaults={"description": "Managed by Terraform", "revoke_rules_on_delete": False},
        force_new=frozenset({"name", "name_prefix", "description", "vpc_id"}),
        missing=("InvalidGroup.NotFound", "InvalidGroupId.NotFound"),
    ),
    "aws_vpc_security_group_ingress_rule": _rule("Ingress"),
    "aws_vpc_security_group_egress_rule": _rule("Egress"),
}  # fmt: skip
