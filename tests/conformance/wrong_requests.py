"""Requests that are wrong in themselves, as rows: service, operation, what is wrong, and the members that make it so (None leaves one out).

{name}, {account} and {queues} are filled in; other placeholders are resources that are there (live.py).
"""

from copy import deepcopy
from typing import Any

from tests.conformance.makers import RUNTIME, pipeline_declaration, policy, zipped
from tests.conformance.requests import UUID

Row = tuple[str, str, str, dict[str, Any]]
MALFORMED = "no-arn"
QUALIFIERS = {"FunctionName": "arn:aws:lambda:us-east-1:{account}:function:{name}:$LATEST", "Qualifier": "1"}
BEYOND_HASHES = str(2**128)
RECORD = {"StreamName": "{stream}", "PartitionKey": "a", "Data": b"x"}
SHARD = {"StreamName": "{stream}", "ShardId": "shardId-000000000000"}
SYSTEM_TAG = "aws:owner"
ALIAS = "arn:aws:kms:us-east-1:{account}:alias/{name}"
NAMESPACE = "arn:aws:servicediscovery:us-east-1:{account}:namespace/ns-0123456789abcdef"
PROVIDER = "arn:aws:lambda:us-east-1:{account}:capacity-provider:{name}"
PARTIAL_ARN = "arn:aws:secretsmanager:us-east-1:{account}:secret"
CODE = {"Runtime": RUNTIME, "Handler": "handler.handle", "Role": "{lambda_role}", "Code": {"ZipFile": zipped("")}}
METHOD = {
    "restApiId": "{staged_api}",
    "resourceId": "{staged_root}",
    "httpMethod": "GET",
    "integrationHttpMethod": "GET",
}
P256 = bytes.fromhex(
    "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
    "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)
"""A public key of the curve P-256: its base point."""
LARGE = b"x" * (4 << 20)
"""Four times what AppConfig stores."""
ACCOUNT = {"Principal": {"AWS": "arn:aws:iam::{account}:root"}}
READ_POLICY = policy({**ACCOUNT, "Action": "secretsmanager:GetSecretValue"})


def _key_policy(principal: str) -> str:
    """Return a key policy for the account and for `principal`: where it is taken, the account can remove the key."""
    other = {"Principal": {"AWS": principal}, "Action": "kms:Encrypt"}
    return policy({**ACCOUNT, "Action": "kms:*"}, other)


def _pipeline(**build: Any) -> dict[str, Any]:
    """Return a pipeline's declaration with other values in its action Build; `stage` is the name of that one's stage."""
    declared = deepcopy(pipeline_declaration("{name}", "{pipeline_role}"))
    stage = declared["stages"][1]
    stage["name"] = build.pop("stage", stage["name"])
    stage["actions"][0]["actionTypeId"].update(build)
    return declared


GATEWAY: list[Row] = [
    ("apigateway", "CreateDeployment", "no-methods", {"restApiId": "{api}", "stageName": None}),
    ("apigateway", "CreateResource", "slash", {"restApiId": "{api}", "parentId": "{root}", "pathPart": "a/b"}),
    ("apigateway", "CreateRestApi", "description", {"description": ""}),
    ("apigateway", "PutMethod", "method",
     {"restApiId": "{api}", "resourceId": "{root}", "httpMethod": "WRONG", "authorizationType": "NONE"}),
    ("apigateway", "CreateStage", "deployment", {"restApiId": "{api}", "deploymentId": "absent"}),
    ("apigateway", "PutIntegration", "uri", {**METHOD, "type": "HTTP", "uri": "not-an-arn"}),
    ("apigateway", "UpdateStage", "path",
     {"restApiId": "{staged_api}", "stageName": "live", "patchOperations": [{"op": "replace", "path": "/tags/tag1", "value": "x"}]}),
    ("apigateway", "TagResource", "system-tag",
     {"resourceArn": "arn:aws:apigateway:us-east-1::/restapis/{api}", "tags": {SYSTEM_TAG: "x"}}),
]  # fmt: skip
CODE_SERVICES: list[Row] = [
    ("appconfig", "CreateHostedConfigurationVersion", "too-large",
     {"ApplicationId": "{application}", "ConfigurationProfileId": "{profile}", "Content": LARGE}),
    ("codecommit", "ListTagsForResource", "arn", {"resourceArn": MALFORMED}),
    ("codecommit", "CreateRepository", "system-tag", {"tags": {SYSTEM_TAG: "x"}}),
    ("codedeploy", "CreateApplication", "system-tag", {"tags": [{"Key": SYSTEM_TAG, "Value": "x"}]}),
    ("codedeploy", "ListTagsForResource", "arn", {"ResourceArn": MALFORMED}),
    ("codedeploy", "ListTagsForResource", "other-service", {"ResourceArn": "arn:aws:s3:::absent"}),
    ("codepipeline", "CreatePipeline", "action", {"pipeline": _pipeline(provider="Absent")}),
    ("codepipeline", "CreatePipeline", "stage-twice", {"pipeline": _pipeline(stage="Source")}),
    ("codepipeline", "CreatePipeline", "system-tag", {"pipeline": _pipeline(), "tags": [{"key": SYSTEM_TAG, "value": "x"}]}),
    ("codepipeline", "GetPipeline", "version", {"name": "{pipeline}", "version": 99}),
    ("ecr", "CreateRepository", "tag-too-long", {"tags": [{"Key": "k" * 129, "Value": "x"}]}),
    ("ecr", "DeleteLifecyclePolicy", "no-policy", {"repositoryName": "{repository}"}),
    ("ecr", "DeleteLifecyclePolicy", "name", {"repositoryName": "no name"}),
    ("ecr", "GetLifecyclePolicy", "name", {"repositoryName": "no name"}),
    ("ecr", "PutLifecyclePolicy", "policy", {"repositoryName": "{repository}", "lifecyclePolicyText": "no policy " * 20}),
    ("ecs", "CreateCluster", "namespace", {"clusterName": "{name}", "serviceConnectDefaults": {"namespace": NAMESPACE}}),
    ("ecs", "DeleteService", "no-service", {"cluster": "{cluster}"}),
    ("ecs", "ListTasks", "no-service", {"cluster": "{cluster}", "serviceName": "absent"}),
]  # fmt: skip
DATA: list[Row] = [
    ("events", "CreateEventBus", "no-source", {"Name": "aws.partner/absent/a/b", "EventSourceName": "aws.partner/absent/a/b"}),
    ("iam", "CreateRole", "tag-twice", {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]}),
    ("kinesis", "AddTagsToStream", "semicolon", {"StreamName": "{stream}", "Tags": {"a;b": "x"}}),
    ("kinesis", "AddTagsToStream", "tab", {"StreamName": "{stream}", "Tags": {"a\tb": "x"}}),
    ("kinesis", "AddTagsToStream", "percent", {"StreamName": "{stream}", "Tags": {"a%b": "x"}}),
    ("kinesis", "AddTagsToStream", "value", {"StreamName": "{stream}", "Tags": {"a": "x;y"}}),
    ("kinesis", "CreateStream", "tag", {"Tags": {"a;b": "x"}}),
    ("kinesis", "DeleteStream", "no-stream", {"StreamName": None}),
    ("kinesis", "DescribeStreamSummary", "no-stream", {"StreamName": None}),
    ("kinesis", "GetShardIterator", "no-number", {**SHARD, "ShardIteratorType": "AT_SEQUENCE_NUMBER"}),
    ("kinesis", "GetShardIterator", "no-number-after", {**SHARD, "ShardIteratorType": "AFTER_SEQUENCE_NUMBER"}),
    ("kinesis", "GetShardIterator", "no-time", {**SHARD, "ShardIteratorType": "AT_TIMESTAMP"}),
    ("kinesis", "IncreaseStreamRetentionPeriod", "less-than-a-day", {"StreamName": "{stream}", "RetentionPeriodHours": 23}),
    ("kinesis", "ListShards", "no-stream", {"StreamName": None}),
    ("kinesis", "ListTagsForStream", "no-stream", {"StreamName": None}),
    ("kinesis", "PutRecord", "hash-key", {**RECORD, "ExplicitHashKey": BEYOND_HASHES}),
    ("kinesis", "PutRecord", "sequence-number", {**RECORD, "SequenceNumberForOrdering": str(0x13BB2CC3D80000000000000000000000)}),
    ("kinesis", "PutRecords", "hash-key",
     {"StreamName": "{stream}", "Records": [{"ExplicitHashKey": BEYOND_HASHES, "PartitionKey": "a", "Data": b"x"}]}),
    ("kinesis", "RemoveTagsFromStream", "semicolon", {"StreamName": "{stream}", "TagKeys": ["a;b"]}),
    ("kinesis", "RemoveTagsFromStream", "percent", {"StreamName": "{stream}", "TagKeys": ["a%b"]}),
    ("kinesis", "StartStreamEncryption", "no-stream", {"StreamName": None}),
    ("rds", "CreateDBSubnetGroup", "subnet", {"SubnetIds": ["subnet-0123456789abcdef0"]}),
    ("rds", "CreateDBSubnetGroup", "one-zone", {"SubnetIds": ["{subnet}"]}),
    ("rds", "CreateDBSubnetGroup", "exists", {"DBSubnetGroupName": "{subnet_group}", "SubnetIds": ["{subnet}", "{other_subnet}"]}),
    ("s3", "CreateBucket", "tag-key", {"CreateBucketConfiguration": {"Tags": [{"Key": "a,b", "Value": "x"}]}}),
    ("s3", "CreateBucket", "tag-value", {"CreateBucketConfiguration": {"Tags": [{"Key": "a", "Value": "x,y"}]}}),
    ("s3", "CreateBucket", "system-tag", {"CreateBucketConfiguration": {"Tags": [{"Key": SYSTEM_TAG, "Value": "x"}]}}),
]  # fmt: skip
KMS: list[Row] = [
    ("kms", "CreateKey", "policy", {"Policy": _key_policy("arn:aws:iam::{account}:role/{name}")}),
    ("kms", "CreateKey", "policy-arn", {"Policy": _key_policy(MALFORMED)}),
    ("kms", "CreateKey", "other-region-spec", {"KeySpec": "SM2", "KeyUsage": "SIGN_VERIFY"}),
    ("kms", "CreateKey", "mac-without-usage", {"KeySpec": "HMAC_256"}),
    ("kms", "CreateKey", "agreement-of-rsa", {"KeySpec": "RSA_2048", "KeyUsage": "KEY_AGREEMENT"}),
    ("kms", "CreateKey", "spec", {"KeySpec": "HMAC_random"}),
    ("kms", "CreateKey", "usage", {"KeySpec": "HMAC_256", "KeyUsage": "RANDOM"}),
    ("kms", "CreateKey", "system-tag", {"Tags": [{"TagKey": "aws:key1", "TagValue": "x"}]}),
    ("kms", "CreateKey", "system-tag-upper", {"Tags": [{"TagKey": "AWS:key1", "TagValue": "x"}]}),
    ("kms", "CreateKey", "tag-key-too-long", {"Tags": [{"TagKey": "a" * 129, "TagValue": "x"}]}),
    ("kms", "CreateKey", "too-many-tags", {"Tags": [{"TagKey": f"key{number}", "TagValue": "x"} for number in range(51)]}),
    ("kms", "CreateAlias", "no-prefix", {"AliasName": "{name}", "TargetKeyId": "{key}"}),
    ("kms", "CreateAlias", "colon", {"AliasName": "alias/{name}:b", "TargetKeyId": "{key}"}),
    ("kms", "DescribeKey", "no-id", {"KeyId": "fake-key-id"}),
    ("kms", "DescribeKey", "no-dashes", {"KeyId": "134f2428cec14b25a1ae9048164dba47"}),
    ("kms", "DescribeKey", "no-multi-region-id", {"KeyId": "mrk-fake-key-id"}),
    ("kms", "DescribeKey", "absent-multi-region", {"KeyId": "mrk-d3b95762d3b95762d3b95762d3b95762"}),
    ("kms", "DescribeKey", "arn", {"KeyId": "arn:aws:kms:us-east-1:{account}:absent/{name}"}),
    ("kms", "DeriveSharedSecret", "signing-key", {"KeyId": "{curve_key}", "KeyAgreementAlgorithm": "ECDH", "PublicKey": P256}),
    ("kms", "DeriveSharedSecret", "symmetric-key", {"KeyId": "{key}", "KeyAgreementAlgorithm": "ECDH", "PublicKey": P256}),
    ("kms", "DeriveSharedSecret", "algorithm",
     {"KeyId": "{agreement_key}", "KeyAgreementAlgorithm": "INVALID", "PublicKey": P256}),
    ("kms", "DeriveSharedSecret", "public-key",
     {"KeyId": "{agreement_key}", "KeyAgreementAlgorithm": "ECDH", "PublicKey": b"InvalidPublicKey"}),
    ("kms", "EnableKeyRotation", "alias", {"KeyId": ALIAS}),
    ("kms", "EnableKeyRotation", "disabled", {"KeyId": "{disabled_key}"}),
    ("kms", "EnableKeyRotation", "asymmetric", {"KeyId": "{signing_key}"}),
    ("kms", "Encrypt", "rsa-sha1", {"KeyId": "{rsa_key}", "EncryptionAlgorithm": "RSAES_OAEP_SHA_1", "Plaintext": b"x" * 880}),
    ("kms", "Encrypt", "rsa-sha256", {"KeyId": "{rsa_key}", "EncryptionAlgorithm": "RSAES_OAEP_SHA_256", "Plaintext": b"x" * 880}),
    ("kms", "Encrypt", "no-material", {"KeyId": "{external_key}", "Plaintext": b"x"}),
    ("kms", "GenerateDataKeyPair", "dry-run", {"KeyId": "{key}", "KeyPairSpec": "RSA_2048", "DryRun": True}),
    ("kms", "GenerateDataKeyPairWithoutPlaintext", "dry-run", {"KeyId": "{key}", "KeyPairSpec": "RSA_2048", "DryRun": True}),
    ("kms", "GenerateMac", "no-id", {"KeyId": "key_id", "Message": b"x", "MacAlgorithm": "HMAC_SHA_224"}),
    ("kms", "GenerateMac", "symmetric-key", {"KeyId": "{key}", "Message": b"x", "MacAlgorithm": "HMAC_SHA_224"}),
    ("kms", "GenerateMac", "other-length", {"KeyId": "{mac_key}", "Message": b"x", "MacAlgorithm": "HMAC_SHA_256"}),
    ("kms", "GenerateMac", "algorithm", {"KeyId": "{mac_key}", "Message": b"x", "MacAlgorithm": "INVALID"}),
    ("kms", "GenerateRandom", "nothing", {"NumberOfBytes": 0}),
    ("kms", "GetKeyPolicy", "alias", {"KeyId": ALIAS}),
    ("kms", "GetKeyRotationStatus", "alias", {"KeyId": ALIAS}),
    ("kms", "GetParametersForImport", "own-material",
     {"KeyId": "{key}", "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}),
    ("kms", "ListAliases", "marker", {"KeyId": None, "Marker": "no marker"}),
    ("kms", "ListAliases", "arn", {"KeyId": "arn:aws:kms:us-east-1:{account}:absent/{name}"}),
    ("kms", "ListResourceTags", "alias", {"KeyId": ALIAS}),
    ("kms", "ListResourceTags", "marker", {"KeyId": "{key}", "Marker": "no marker"}),
    ("kms", "RotateKeyOnDemand", "absent", {}),
    ("kms", "RotateKeyOnDemand", "asymmetric", {"KeyId": "{rsa_key}"}),
    ("kms", "RotateKeyOnDemand", "disabled", {"KeyId": "{disabled_rsa_key}"}),
    ("kms", "RotateKeyOnDemand", "no-material", {"KeyId": "{external_key}"}),
    ("kms", "ScheduleKeyDeletion", "alias", {"KeyId": ALIAS}),
    ("kms", "Sign", "mac-key", {"KeyId": "{mac_key}", "Message": b"x", "SigningAlgorithm": "RSASSA_PSS_SHA_256"}),
    ("kms", "Sign", "short-digest",
     {"KeyId": "{curve_key}", "Message": b"x", "MessageType": "DIGEST", "SigningAlgorithm": "ECDSA_SHA_256"}),
    ("kms", "TagResource", "system-tag", {"KeyId": "{key}", "Tags": [{"TagKey": "aws:key1", "TagValue": "x"}]}),
    ("kms", "Verify", "symmetric-key",
     {"KeyId": "{key}", "Message": b"x", "Signature": b"random text", "SigningAlgorithm": "ECDSA_SHA_256"}),
    ("kms", "VerifyMac", "no-id", {"KeyId": "key_id", "Message": b"x", "Mac": b"x", "MacAlgorithm": "HMAC_SHA_224"}),
    ("kms", "VerifyMac", "algorithm", {"KeyId": "{mac_key}", "Message": b"x", "Mac": b"x", "MacAlgorithm": "INVALID"}),
]  # fmt: skip
LAMBDA: list[Row] = [
    ("lambda", "AddPermission", "latest", {"FunctionName": "{function}:$LATEST", "Qualifier": "$LATEST", "StatementId": "latest"}),
    ("lambda", "AddPermission", "principal", {"FunctionName": "{function}", "Principal": "invalid.nonaws.com", "StatementId": "principal"}),
    ("lambda", "AddPermission", "qualifiers", QUALIFIERS),
    ("lambda", "AddPermission", "revision", {"FunctionName": "{function}", "RevisionId": UUID, "StatementId": "revision"}),
    ("lambda", "CreateAlias", "version-twice",
     {"FunctionName": "{function}", "FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"1": 0.5}}}),
    ("lambda", "CreateFunction", "capacity-provider",
     {**CODE, "CapacityProviderConfig": {"LambdaManagedInstancesCapacityProviderConfig": {"CapacityProviderArn": PROVIDER}}}),
    ("lambda", "CreateFunction", "code-signing",
     {**CODE, "CodeSigningConfigArn": "arn:aws:lambda:us-east-1:{account}:code-signing-config:csc-0123456789abcdef0"}),
    ("lambda", "CreateFunction", "name-too-long", {**CODE, "FunctionName": "a" * 65}),
    ("lambda", "DeleteFunction", "qualifiers", QUALIFIERS),
    ("lambda", "GetFunction", "qualifiers", QUALIFIERS),
    ("lambda", "GetFunctionConfiguration", "qualifiers", QUALIFIERS),
    ("lambda", "GetPolicy", "qualifiers", QUALIFIERS),
    ("lambda", "ListTags", "alias", {"Resource": "arn:aws:lambda:us-east-1:{account}:function:{name}:alias"}),
    ("lambda", "RemovePermission", "qualifiers", QUALIFIERS),
    ("lambda", "RemovePermission", "revision", {"FunctionName": "{permitted_function}", "RevisionId": UUID}),
    ("lambda", "TagResource", "none", {"Resource": "arn:aws:lambda:us-east-1:{account}:function:{function}", "Tags": {}}),
]  # fmt: skip
NAMELESS = (
    "DeleteSecret",
    "GetSecretValue",
    "ListSecretVersionIds",
    "PutSecretValue",
    "TagResource",
    "UntagResource",
    "UpdateSecret",
)
"""Operations that were recorded with names that are none; CreateSecret and DescribeSecret are judged in test_secrets_refusals.py."""
SECRETS: list[Row] = [
    *[("secretsmanager", operation, "space", {"SecretId": "Inv Name"}) for operation in NAMELESS],
    *[("secretsmanager", operation, "marks", {"SecretId": " Inv*Name? "}) for operation in NAMELESS],
    ("secretsmanager", "CreateSecret", "both-values", {"SecretBinary": b"x"}),
    ("secretsmanager", "CreateSecret", "key", {"KmsKeyId": UUID}),
    ("secretsmanager", "DescribeSecret", "arn", {"SecretId": PARTIAL_ARN}),
    ("secretsmanager", "GetResourcePolicy", "arn", {"SecretId": PARTIAL_ARN}),
    ("secretsmanager", "GetResourcePolicy", "deleted", {"SecretId": "{deleted_secret}"}),
    ("secretsmanager", "GetSecretValue", "arn", {"SecretId": PARTIAL_ARN}),
    ("secretsmanager", "GetSecretValue", "other-stage",
     {"SecretId": "{secret}", "VersionId": "{secret_version}", "VersionStage": "AWSPREVIOUS"}),
    ("secretsmanager", "ListSecretVersionIds", "arn", {"SecretId": PARTIAL_ARN}),
    ("secretsmanager", "ListSecretVersionIds", "token", {"SecretId": "{secret}", "NextToken": "no token"}),
    ("secretsmanager", "PutSecretValue", "both-values", {"SecretId": "{secret}", "SecretBinary": b"x"}),
    ("secretsmanager", "ValidateResourcePolicy", "space", {"SecretId": "Inv Name", "ResourcePolicy": READ_POLICY}),
]  # fmt: skip
QUEUES: list[Row] = [
    ("sns", "DeleteTopic", "arn", {"TopicArn": MALFORMED}),
    ("sns", "GetSubscriptionAttributes", "arn", {"SubscriptionArn": MALFORMED}),
    ("sns", "GetTopicAttributes", "arn", {"TopicArn": MALFORMED}),
    ("sns", "SetTopicAttributes", "arn", {"TopicArn": MALFORMED}),
    ("sns", "Unsubscribe", "arn", {"SubscriptionArn": MALFORMED}),
    ("sqs", "ChangeMessageVisibility", "handle", {"QueueUrl": "{queue}", "ReceiptHandle": "no handle", "VisibilityTimeout": 1}),
    ("sqs", "CreateQueue", "value", {"Attributes": {"DelaySeconds": "901"}}),
    ("sqs", "DeleteMessageBatch", "empty", {"QueueUrl": "{queue}", "Entries": []}),
    ("sqs", "DeleteMessageBatch", "id", {"QueueUrl": "{queue}", "Entries": [{"Id": "a b", "ReceiptHandle": "x"}]}),
]  # fmt: skip
WRONG = [*GATEWAY, *CODE_SERVICES, *DATA, *KMS, *LAMBDA, *SECRETS, *QUEUES]
