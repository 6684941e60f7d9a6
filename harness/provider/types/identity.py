"""IAM: roles and policies. botocore gives policy documents, which IAM answers URL-encoded, as objects."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.provider.engine.aws import Aws
from harness.provider.engine.resource import Plain, State
from harness.provider.engine.tagging import Tags
from harness.provider.types.naming import Named
from harness.provider.values import Block

_GONE = ("NoSuchEntity",)
_MOST_VERSIONS = 5  # of a policy: IAM's quota


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


def _listed(aws: Aws, operation: str, member: str, **parameters: Any) -> Iterator[Any]:
    """The items of all pages of an IAM listing."""
    page = aws.call("iam", operation, **parameters)
    yield from page[member]
    while page.get("IsTruncated"):
        page = aws.call("iam", operation, **parameters, Marker=page["Marker"])
        yield from page[member]


@dataclass(frozen=True, kw_only=True)
class _Documented(Named):
    """A type with a policy document. `document`: attribute and the member of read's answer that has it."""

    document: tuple[str, str]

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        attribute, source = self.document
        return {**super().observed(aws, block, state, resource), attribute: _text(resource[source])}


@dataclass(frozen=True, kw_only=True)
class _Role(_Documented):
    """A role: trust, boundary and the rest change by operations of their own."""

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        boundary = resource.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        seen = super().observed(aws, block, state, resource)
        return {**seen, "permissions_boundary": boundary, "create_date": f"{resource['CreateDate']:%Y-%m-%dT%H:%M:%SZ}"}

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        if "assume_role_policy" in changed:
            trust = planned["assume_role_policy"]
            aws.call("iam", "UpdateAssumeRolePolicy", **self.named(planned), PolicyDocument=trust)
        super().modify(aws, block, prior, planned, changed - {"assume_role_policy"})

    def erase(self, aws: Aws, block: Block, state: State) -> None:
        role = self.named(state)
        if state.get("force_detach_policies") and self.look(aws, block, state):
            for attached in list(_listed(aws, "ListAttachedRolePolicies", "AttachedPolicies", **role)):
                aws.call("iam", "DetachRolePolicy", **role, PolicyArn=attached["PolicyArn"])
            for name in list(_listed(aws, "ListRolePolicies", "PolicyNames", **role)):
                aws.call("iam", "DeleteRolePolicy", **role, PolicyName=name)
        super().erase(aws, block, state)


@dataclass(frozen=True, kw_only=True)
class _Policy(_Documented):
    """A managed policy: its document is that of its default version, and changes by a new version."""

    def observe(self, aws: Aws, state: State) -> Any:
        resource = super().observe(aws, state)
        version = {"PolicyArn": resource["Arn"], "VersionId": resource["DefaultVersionId"]}
        return {**resource, **aws.call("iam", "GetPolicyVersion", **version)["PolicyVersion"]}

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        if "policy" not in changed:
            return
        policy, spare = self.named(planned), self._spare_versions(aws, planned)
        if len(spare) + 1 >= _MOST_VERSIONS:
            oldest = min(spare, key=lambda version: version["CreateDate"])
            aws.call("iam", "DeletePolicyVersion", **policy, VersionId=oldest["VersionId"])
        aws.call("iam", "CreatePolicyVersion", **policy, PolicyDocument=planned["policy"], SetAsDefault=True)

    def erase(self, aws: Aws, block: Block, state: State) -> None:
        if self.look(aws, block, state):
            for version in self._spare_versions(aws, state):
                aws.call("iam", "DeletePolicyVersion", **self.named(state), VersionId=version["VersionId"])
        super().erase(aws, block, state)

    def _spare_versions(self, aws: Aws, state: State) -> list[Mapping[str, Any]]:
        versions = _listed(aws, "ListPolicyVersions", "Versions", **self.named(state))
        return [version for version in versions if not version["IsDefaultVersion"]]


@dataclass(frozen=True, kw_only=True)
class _Attachment(Plain):
    """A managed policy at a role."""

    def observe(self, aws: Aws, state: State) -> Any:
        attached = _listed(aws, self.read, "AttachedPolicies", RoleName=state["role"])
        return next((policy for policy in attached if policy["PolicyArn"] == state["policy_arn"]), None)

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        return {"policy_arn": resource["PolicyArn"]}


TYPES: dict[str, Plain] = {
    "aws_iam_role": _Role(
        service="iam", create="CreateRole", made_at="Role", read="GetRole", at="Role", update="UpdateRole", delete="DeleteRole",
        key={"RoleName": "name"}, own={"permissions_boundary": ("PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary")},
        id="{name}", names={"name": "RoleName", "unique_id": "RoleId", "assume_role_policy": "AssumeRolePolicyDocument"},
        document=("assume_role_policy", "AssumeRolePolicyDocument"), force_new=frozenset({"name", "name_prefix", "path"}),
        defaults={"force_detach_policies": False, "max_session_duration": 3600, "path": "/"}, missing=_GONE,
        unmade=frozenset({"inline_policy", "managed_policy_arns"}),  # deprecated there: types of their own have them
        tags=Tags(tag="TagRole", untag="UntagRole", key={"RoleName": "name"}),
    ),
    "aws_iam_role_policy": _Documented(
        service="iam", create="PutRolePolicy", update="PutRolePolicy", read="GetRolePolicy", delete="DeleteRolePolicy",
        key={"RoleName": "role", "PolicyName": "name"}, id="{role}:{name}", document=("policy", "PolicyDocument"),
        names={"role": "RoleName", "name": "PolicyName", "policy": "PolicyDocument"},
        force_new=frozenset({"name", "name_prefix", "role"}), missing=_GONE,
    ),
    "aws_iam_policy": _Policy(
        service="iam", create="CreatePolicy", made_at="Policy", read="GetPolicy", at="Policy", delete="DeletePolicy",
        key={"PolicyArn": "arn"}, id="{arn}", document=("policy", "Document"), names={"name": "PolicyName", "policy": "PolicyDocument"},
        force_new=frozenset({"description", "name", "name_prefix", "path"}), defaults={"path": "/"}, missing=_GONE,
        unmade=frozenset({"delay_after_policy_creation_in_ms"}), tags=Tags(tag="TagPolicy", untag="UntagPolicy", key={"PolicyArn": "arn"}),
    ),
    "aws_iam_role_policy_attachment": _Attachment(
        service="iam", create="AttachRolePolicy", read="ListAttachedRolePolicies", delete="DetachRolePolicy",
        key={"RoleName": "role", "PolicyArn": "policy_arn"}, names={"role": "RoleName"}, id="{role}/{policy_arn}",
        force_new=frozenset({"policy_arn", "role"}), missing=_GONE,
    ),
}  # fmt: skip
