"""S3: buckets, a bucket's settings, objects."""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from botocore.exceptions import ClientError

from harness.provider.engine.aws import Aws, error_code
from harness.provider.engine.mapping import from_api, to_api
from harness.provider.engine.resource import Plain, State
from harness.provider.engine.tagging import Tags
from harness.provider.types.naming import Named
from harness.provider.values import Block

_FIRST_REGION = "us-east-1"  # the one that CreateBucket must not name
_UNVERSIONED = "null"  # the version id of an object that has no versions


def _arn(aws: Aws, path: str) -> str:
    return f"arn:{aws.client('s3').meta.partition}:s3:::{path}"


def _delete_versions(aws: Aws, bucket: str, key: str = "", bypass: bool = False) -> None:
    """Deletes all versions and delete markers of a key, or of every key."""
    more = {"BypassGovernanceRetention": True} if bypass else {}
    while True:
        page = aws.call("s3", "ListObjectVersions", Bucket=bucket, Prefix=key)
        listed = page.get("Versions", []) + page.get("DeleteMarkers", [])
        named = [{name: item[name] for name in ("Key", "VersionId")} for item in listed if key in ("", item["Key"])]
        if not named:
            return
        answer = aws.call("s3", "DeleteObjects", Bucket=bucket, Delete={"Objects": named, "Quiet": True}, **more)
        for error in answer.get("Errors", []):
            raise LookupError(f"{bucket}/{error['Key']} is not deleted: {error['Code']}: {error.get('Message')}")


@dataclass(frozen=True)
class _TagSet(Tags):
    """S3 keeps tags as one set that is put whole."""

    def observe(self, aws: Aws, service: str, state: State, answer: Any) -> dict[str, str]:
        try:
            return super().observe(aws, service, state, answer)
        except ClientError as error:
            if error_code(error) == "NoSuchTagSet":
                return {}
            raise

    def change(self, aws: Aws, service: str, state: State, before: State) -> None:
        wanted = state.get("tags_all") or {}
        named = {parameter: state[attribute] for parameter, attribute in self.key.items()}
        if wanted and wanted != before:
            aws.call(service, self.tag, **named, Tagging={"TagSet": super().to_api(wanted)})
        elif before and not wanted:
            aws.call(service, self.untag, **named)

    def to_api(self, tags: State) -> Any:
        """The form of a request's header."""
        return urlencode(sorted(tags.items()))


@dataclass(frozen=True, kw_only=True)
class _Bucket(Named):
    """A bucket; its settings are types of their own."""

    def creation(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        parameters = super().creation(aws, block, planned)
        if planned["region"] == _FIRST_REGION:
            self._refuse_existing(aws, planned["bucket"])
            return parameters
        return {**parameters, "CreateBucketConfiguration": {"LocationConstraint": planned["region"]}}

    def _refuse_existing(self, aws: Aws, bucket: str) -> None:
        """There, and only there, S3 answers that it made a bucket which the account has already."""
        if self.unless_missing(lambda: aws.call("s3", self.read, Bucket=bucket)) is not None:
            raise FileExistsError(f"the bucket {bucket} exists already")

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        bucket, region = state["id"], resource.get("BucketRegion")
        return {
            "bucket": bucket,
            "arn": _arn(aws, bucket),
            "bucket_region": region,
            "bucket_domain_name": f"{bucket}.s3.amazonaws.com",
            "bucket_regional_domain_name": f"{bucket}.s3.{region}.amazonaws.com",
        }

    def erase(self, aws: Aws, block: Block, state: State) -> None:
        try:
            super().erase(aws, block, state)
        except ClientError as error:
            if error_code(error) != "BucketNotEmpty" or not state.get("force_destroy"):
                raise
            _delete_versions(aws, state["bucket"], bypass=bool(state.get("object_lock_enabled")))
            super().erase(aws, block, state)


@dataclass(frozen=True, kw_only=True)
class _Setting(Plain):
    """A bucket's setting that is put whole, and put again to change.

    `at`: where it stands in request and answer; `put_at`: where in the request, if the answer has it bare.
    """

    put_at: str = ""

    def creation(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        put_at = self.put_at or self.at
        shape = aws.request_shape("s3", self.create).members[put_at]
        return {"Bucket": planned["bucket"], put_at: to_api(block, planned, shape, self.names)}

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        aws.call("s3", self.create, **self.creation(aws, block, planned))


@dataclass(frozen=True, kw_only=True)
class _Versioning(Plain):
    """Versioning: a bucket that never had it answers nothing, and one that had it can only suspend it."""

    def make(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        if _status(planned) == "Disabled":
            return {**planned, "id": self.identity(planned)}
        return super().make(aws, block, planned)

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        shape = aws.answer_shape("s3", self.read)
        inner = from_api(block["b"]["versioning_configuration"], resource, shape, self.names)
        return {"versioning_configuration": [{**inner, "status": inner["status"] or "Disabled"}]}

    def erase(self, aws: Aws, block: Block, state: State) -> None:
        if _status(state) == "Enabled":
            suspended = {"VersioningConfiguration": {"Status": "Suspended"}}
            aws.call("s3", self.create, Bucket=state["bucket"], **suspended)


def _status(state: State) -> Any:
    return state["versioning_configuration"][0]["status"]


@dataclass(frozen=True, kw_only=True)
class _Object(Plain):
    """An object: what is no tag changes by being put again."""

    def creation(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        return {**super().creation(aws, block, planned), "Body": _body(planned)}

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        seen = super().observed(aws, block, state, resource)
        path = f"{state['bucket']}/{state['key']}"
        storage_class = seen["storage_class"] or "STANDARD"  # the only one that S3 does not name
        return {**seen, "etag": resource["ETag"].strip('"'), "storage_class": storage_class, "arn": _arn(aws, path)}

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        if changed - {"force_destroy"}:
            aws.call("s3", self.create, **self.creation(aws, block, planned))

    def erase(self, aws: Aws, block: Block, state: State) -> None:
        if state.get("version_id") in (None, "", _UNVERSIONED):
            super().erase(aws, block, state)
        else:
            _delete_versions(aws, state["bucket"], state["key"])


def _body(planned: State) -> bytes:
    if planned.get("source"):
        return Path(planned["source"]).expanduser().read_bytes()
    if planned.get("content_base64"):
        return base64.b64decode(planned["content_base64"])
    return (planned.get("content") or "").encode()


_GONE = ("404", "NoSuchBucket", "NoSuchKey")
_CONTENT = (
    "content", "content_base64", "source", "source_hash", "etag", "bucket_key_enabled", "cache_control", "content_disposition",
    "content_encoding", "content_language", "content_type", "kms_key_id", "metadata", "server_side_encryption", "storage_class",
    "website_redirect",
)  # fmt: skip

TYPES: dict[str, Plain] = {
    "aws_s3_bucket": _Bucket(
        service="s3", create="CreateBucket", read="HeadBucket", delete="DeleteBucket", key={"Bucket": "bucket"}, id="{bucket}",
        naming="bucket", names={"object_lock_enabled": "ObjectLockEnabledForBucket"}, missing=_GONE,
        force_new=frozenset({"bucket", "bucket_prefix", "object_lock_enabled"}), defaults={"force_destroy": False},
        unmade=frozenset({  # deprecated there: types of their own have them
            "acceleration_status", "acl", "bucket_namespace", "cors_rule", "grant", "lifecycle_rule", "logging",
            "object_lock_configuration", "policy",
            "replication_configuration", "request_payer", "server_side_encryption_configuration", "versioning", "website",
        }),
        tags=_TagSet(
            tag="PutBucketTagging", untag="DeleteBucketTagging", read="GetBucketTagging", at="TagSet", create=None, key={"Bucket": "bucket"}
        ),
    ),
    "aws_s3_bucket_versioning": _Versioning(
        service="s3", create="PutBucketVersioning", update="PutBucketVersioning", read="GetBucketVersioning", key={"Bucket": "bucket"},
        id="{bucket}", force_new=frozenset({"bucket"}), missing=_GONE, unmade=frozenset({"expected_bucket_owner"}),
    ),
    "aws_s3_bucket_lifecycle_configuration": _Setting(
        service="s3", create="PutBucketLifecycleConfiguration", read="GetBucketLifecycleConfiguration", delete="DeleteBucketLifecycle",
        put_at="LifecycleConfiguration", key={"Bucket": "bucket"}, id="{bucket}", names={"rule": "Rules"},
        force_new=frozenset({"bucket"}), missing=(*_GONE, "NoSuchLifecycleConfiguration"),
        unmade=frozenset({
            "expected_bucket_owner", "rule.filter.and", "rule.filter.tag", "rule.noncurrent_version_transition", "rule.prefix",
            "rule.transition", "transition_default_minimum_object_size",
        }),
    ),
    "aws_s3_bucket_server_side_encryption_configuration": _Setting(
        service="s3", create="PutBucketEncryption", read="GetBucketEncryption", delete="DeleteBucketEncryption",
        at="ServerSideEncryptionConfiguration", key={"Bucket": "bucket"}, id="{bucket}", names={"rule": "Rules"},
        force_new=frozenset({"bucket"}), missing=(*_GONE, "ServerSideEncryptionConfigurationNotFoundError"),
        unmade=frozenset({"expected_bucket_owner", "rule.blocked_encryption_types"}),
    ),
    "aws_s3_bucket_public_access_block": _Setting(
        service="s3", create="PutPublicAccessBlock", read="GetPublicAccessBlock", delete="DeletePublicAccessBlock",
        at="PublicAccessBlockConfiguration", key={"Bucket": "bucket"}, id="{bucket}", force_new=frozenset({"bucket"}),
        defaults=dict.fromkeys(("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"), False),
        missing=(*_GONE, "NoSuchPublicAccessBlockConfiguration"),
    ),
    "aws_s3_bucket_policy": Plain(
        service="s3", create="PutBucketPolicy", update="PutBucketPolicy", read="GetBucketPolicy", delete="DeleteBucketPolicy",
        key={"Bucket": "bucket"}, id="{bucket}", force_new=frozenset({"bucket"}), missing=(*_GONE, "NoSuchBucketPolicy"),
    ),
    "aws_s3_object": _Object(
        service="s3", create="PutObject", read="HeadObject", delete="DeleteObject", key={"Bucket": "bucket", "Key": "key"}, id="{key}",
        import_id="{bucket}/{key}",
        names={"acl": "ACL", "kms_key_id": "SSEKMSKeyId", "website_redirect": "WebsiteRedirectLocation"}, missing=_GONE,
        force_new=frozenset({"bucket", "key"}), defaults={"force_destroy": False},
        recomputed={"etag": _CONTENT, "version_id": _CONTENT},
        unread=frozenset({"bucket_key_enabled"}),  # MiniStack's HeadObject never says it
        unmade=frozenset({
            "checksum_algorithm", "object_lock_legal_hold_status", "object_lock_mode", "object_lock_retain_until_date", "override_provider",
        }),
        tags=_TagSet(
            tag="PutObjectTagging", untag="DeleteObjectTagging", read="GetObjectTagging", at="TagSet", create="Tagging",
            key={"Bucket": "bucket", "Key": "key"},
        ),
    ),
}  # fmt: skip
