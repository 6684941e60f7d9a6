"""KMS: key and alias."""

from dataclasses import dataclass
from typing import Any

from harness.provider.engine.aws import Aws, at
from harness.provider.engine.resource import Plain, State
from harness.provider.engine.tagging import Tags
from harness.provider.values import Block


@dataclass(frozen=True, kw_only=True)
class _Key(Plain):
    """A key: policy and rotation have operations of their own, and deletion is scheduled."""

    def observe(self, aws: Aws, state: State) -> Any:
        resource = super().observe(aws, state)
        return None if resource["KeyState"] == "PendingDeletion" else resource

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        seen = super().observed(aws, block, state, resource)
        key = {"KeyId": state["id"]}
        seen["policy"] = at("Policy", aws.call("kms", "GetKeyPolicy", **key, PolicyName="default"))
        seen["enable_key_rotation"] = at("KeyRotationEnabled", aws.call("kms", "GetKeyRotationStatus", **key))
        return seen

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        if "policy" in changed:
            aws.call("kms", "PutKeyPolicy", **self.named(planned), PolicyName="default", Policy=planned["policy"])
        super().modify(aws, block, prior, planned, changed)


TYPES = {
    "aws_kms_key": _Key(
        service="kms", create="CreateKey", made_at="KeyMetadata", read="DescribeKey", at="KeyMetadata",
        key={"KeyId": "id"}, id="{key_id}",
        delete="ScheduleKeyDeletion", delete_key={"KeyId": "id", "PendingWindowInDays": "deletion_window_in_days"},
        names={"customer_master_key_spec": "KeySpec", "is_enabled": "Enabled", "policy": "Policy"},
        force_new=frozenset({"customer_master_key_spec", "key_usage", "multi_region"}),
        defaults={"deletion_window_in_days": 30, "customer_master_key_spec": "SYMMETRIC_DEFAULT", "is_enabled": True,
                  "key_usage": "ENCRYPT_DECRYPT"},
        own={"description": ("UpdateKeyDescription", ""), "enable_key_rotation": ("EnableKeyRotation", "DisableKeyRotation"),
             "is_enabled": ("EnableKey", "DisableKey")},
        missing=("NotFoundException",),
        tags=Tags(read="ListResourceTags", key={"KeyId": "id"}, pair=("TagKey", "TagValue")),
    ),
    "aws_kms_alias": Plain(
        service="kms", create="CreateAlias", read="ListAliases", update="UpdateAlias", delete="DeleteAlias",
        at="Aliases[?AliasName=='{name}'] | [0]", key={"AliasName": "name"}, read_key={}, id="{name}",
        names={"name": "AliasName", "arn": "AliasArn", "target_key_arn": None},
        force_new=frozenset({"name"}), missing=("NotFoundException",),
    ),
}  # fmt: skip
