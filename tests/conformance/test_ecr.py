"""ECR: images and their tags, immutability, lifecycle policies, scanning, and how a wrong request is refused."""

import base64
import hashlib
import json
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_key, a_repository, account
from tests.conformance.refusing import each_operation, refusal

pytestmark = scenario(service="ecr", lane="control plane")
NOT_FOUND = ("RepositoryNotFoundException", 400)
TYPE = "application/vnd.docker.distribution.manifest.v2+json"
UNTAGGED = {
    "rulePriority": 1,
    "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 7},
    "action": {"type": "expire"},
}
SCANNED = {"imageTagMutability": "IMMUTABLE", "imageScanningConfiguration": {"scanOnPush": True}}


@pytest.fixture
def repository(aws: AwsClients, name: str, cleanup: Cleanup) -> str:
    """The name of a repository whose tags do not move and whose images are scanned."""
    return a_repository(aws, name, cleanup, **SCANNED)


def uploaded(ecr: Any, repository: str, content: bytes) -> str:
    """The digest of a layer of this content."""
    upload, digest = (
        ecr.initiate_layer_upload(repositoryName=repository)["uploadId"],
        f"sha256:{hashlib.sha256(content).hexdigest()}",
    )
    part = {"partFirstByte": 0, "partLastByte": len(content) - 1, "layerPartBlob": content}
    ecr.upload_layer_part(repositoryName=repository, uploadId=upload, **part)
    ecr.complete_layer_upload(repositoryName=repository, uploadId=upload, layerDigests=[digest])
    return digest


def manifest(ecr: Any, repository: str, word: str) -> str:
    """The manifest of an image whose layers have been uploaded."""
    config, layer = (
        json.dumps({"architecture": "amd64", "os": "linux", "word": word}).encode(),
        f"layer of {word}".encode(),
    )
    described = [
        {"mediaType": media, "size": len(content), "digest": uploaded(ecr, repository, content)}
        for media, content in (
            ("application/vnd.docker.container.image.v1+json", config),
            ("application/vnd.docker.image.rootfs.diff.tar.gzip", layer),
        )
    ]
    return json.dumps({"schemaVersion": 2, "mediaType": TYPE, "config": described[0], "layers": [described[1]]})


def pushed(ecr: Any, repository: str, tag: str, word: str) -> str:
    """The manifest of an image pushed under `tag`."""
    text = manifest(ecr, repository, word)
    ecr.put_image(repositoryName=repository, imageManifest=text, imageManifestMediaType=TYPE, imageTag=tag)
    return text


@scenario("ecr.images.read-back", feature="images", lane="data plane", aws="ecr:BatchGetImage")
def test_an_image_comes_back_as_it_was_pushed_under_the_digest_of_its_manifest(ecr: Any, repository: str) -> None:
    text = pushed(ecr, repository, "v1", "one")
    [found] = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageTag": "v1"}])["images"]
    digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    assert (found["imageManifest"], found["imageId"]) == (text, {"imageDigest": digest, "imageTag": "v1"})


@scenario("ecr.images.listed", feature="images", aws="ecr:DescribeImages")
def test_every_image_is_listed_and_described_under_its_tag(ecr: Any, repository: str) -> None:
    for tag in ("v1", "v2"):
        pushed(ecr, repository, tag, tag)
    listed = ecr.list_images(repositoryName=repository)["imageIds"]
    described = ecr.describe_images(repositoryName=repository)["imageDetails"]
    assert sorted(one["imageTag"] for one in listed) == ["v1", "v2"]
    assert sorted(one["imageTags"] for one in described) == [["v1"], ["v2"]]


@scenario("ecr.images.immutable-tag", feature="tag immutability", lane="data plane", aws="ecr:PutImage")
def test_a_tag_that_does_not_move_is_refused_for_another_image(ecr: Any, repository: str) -> None:
    first = pushed(ecr, repository, "v1", "one")
    other = manifest(ecr, repository, "two")
    again = refusal(
        ecr.put_image, repositoryName=repository, imageManifest=other, imageManifestMediaType=TYPE, imageTag="v1"
    )
    assert again == ("ImageTagAlreadyExistsException", 400)
    [kept] = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageTag": "v1"}])["images"]
    assert kept["imageManifest"] == first


@scenario("ecr.images.mutable-tag", feature="tag immutability", lane="data plane", aws="ecr:PutImageTagMutability")
def test_a_tag_made_movable_moves_to_another_image(ecr: Any, repository: str) -> None:
    pushed(ecr, repository, "v1", "one")
    ecr.put_image_tag_mutability(repositoryName=repository, imageTagMutability="MUTABLE")
    second = pushed(ecr, repository, "v1", "two")
    [found] = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageTag": "v1"}])["images"]
    assert found["imageManifest"] == second


@scenario("ecr.images.untagged", feature="tag immutability", lane="data plane", aws="ecr:ListImages")
def test_an_image_whose_tag_moved_on_is_listed_without_one(ecr: Any, repository: str) -> None:
    ecr.put_image_tag_mutability(repositoryName=repository, imageTagMutability="MUTABLE")
    for word in ("one", "two"):
        pushed(ecr, repository, "v1", word)
    identities = ecr.list_images(repositoryName=repository)["imageIds"]
    assert sorted(one.get("imageTag", "untagged") for one in identities) == ["untagged", "v1"]


@scenario("ecr.images.same-again", feature="images", lane="data plane", aws="ecr:PutImage")
def test_an_image_pushed_again_under_its_tag_exists_already(ecr: Any, repository: str) -> None:
    ecr.put_image_tag_mutability(repositoryName=repository, imageTagMutability="MUTABLE")
    text = pushed(ecr, repository, "v1", "one")
    again = refusal(
        ecr.put_image, repositoryName=repository, imageManifest=text, imageManifestMediaType=TYPE, imageTag="v1"
    )
    assert again == ("ImageAlreadyExistsException", 400)


@scenario("ecr.images.deleted", feature="images", lane="data plane", aws="ecr:BatchDeleteImage")
def test_an_image_that_is_deleted_or_never_was_is_a_failure_of_the_answer(ecr: Any, repository: str) -> None:
    pushed(ecr, repository, "v1", "one")
    deleted = ecr.batch_delete_image(repositoryName=repository, imageIds=[{"imageTag": "v1"}, {"imageTag": "never"}])
    assert [one["imageTag"] for one in deleted["imageIds"]] == ["v1"]
    assert [one["failureCode"] for one in deleted["failures"]] == ["ImageNotFound"]
    assert ecr.list_images(repositoryName=repository)["imageIds"] == []


@scenario("ecr.images.not-found", feature="error codes", aws="ecr:DescribeImages")
def test_an_image_that_is_not_there_is_not_found(ecr: Any, repository: str) -> None:
    assert refusal(ecr.describe_images, repositoryName=repository, imageIds=[{"imageTag": "v1"}]) == (
        "ImageNotFoundException",
        400,
    )


@scenario("ecr.repositories.exists", feature="error codes", aws="ecr:CreateRepository")
def test_a_repositorys_name_is_given_once(ecr: Any, repository: str) -> None:
    assert refusal(ecr.create_repository, repositoryName=repository) == ("RepositoryAlreadyExistsException", 400)


@scenario("ecr.repositories.not-found", feature="error codes")
@each_operation("ecr", "list_images", "get_lifecycle_policy", "get_repository_policy", "delete_repository")
def test_a_repository_that_is_not_there_is_not_found(ecr: Any, name: str, operation: str) -> None:
    assert refusal(getattr(ecr, operation), repositoryName=name) == NOT_FOUND


@scenario("ecr.repositories.not-described", feature="error codes", aws="ecr:DescribeRepositories")
def test_a_repository_that_is_not_there_is_not_described(ecr: Any, name: str) -> None:
    assert refusal(ecr.describe_repositories, repositoryNames=[name]) == NOT_FOUND


@scenario("ecr.repositories.not-empty", feature="error codes", aws="ecr:DeleteRepository")
def test_a_repository_with_an_image_is_not_deleted(ecr: Any, repository: str) -> None:
    pushed(ecr, repository, "v1", "one")
    assert refusal(ecr.delete_repository, repositoryName=repository) == ("RepositoryNotEmptyException", 400)


@scenario("ecr.repositories.forced", feature="deletion", aws="ecr:DeleteRepository")
def test_a_repository_with_an_image_is_deleted_by_force(ecr: Any, repository: str) -> None:
    pushed(ecr, repository, "v1", "one")
    ecr.delete_repository(repositoryName=repository, force=True)
    assert refusal(ecr.list_images, repositoryName=repository) == NOT_FOUND


@scenario("ecr.lifecycle.life", feature="lifecycle policy", aws="ecr:PutLifecyclePolicy")
def test_a_lifecycle_policy_is_read_as_it_was_put_until_it_is_deleted(ecr: Any, repository: str) -> None:
    text = json.dumps({"rules": [UNTAGGED]})
    ecr.put_lifecycle_policy(repositoryName=repository, lifecyclePolicyText=text)
    found = ecr.get_lifecycle_policy(repositoryName=repository)["lifecyclePolicyText"]
    assert json.loads(found) == {"rules": [UNTAGGED]}
    ecr.delete_lifecycle_policy(repositoryName=repository)
    assert refusal(ecr.get_lifecycle_policy, repositoryName=repository) == ("LifecyclePolicyNotFoundException", 400)


@scenario("ecr.lifecycle.invalid", feature="lifecycle policy", aws="ecr:PutLifecyclePolicy")
@pytest.mark.parametrize("text", ["no JSON", '{"rules": [{"rulePriority": 1}]}'], ids=["text", "half"])
def test_a_lifecycle_policy_that_is_none_is_refused(ecr: Any, repository: str, text: str) -> None:
    refused = refusal(ecr.put_lifecycle_policy, repositoryName=repository, lifecyclePolicyText=text.ljust(100))
    assert refused == ("InvalidParameterException", 400)


@scenario("ecr.updates.scanning", feature="updates", aws="ecr:PutImageScanningConfiguration")
def test_scanning_switched_off_leaves_immutability_and_encryption_as_they_were(
    aws: AwsClients, ecr: Any, name: str, cleanup: Cleanup
) -> None:
    encryption = {"encryptionType": "KMS", "kmsKey": a_key(aws, name, cleanup)}
    a_repository(aws, name, cleanup, **SCANNED, encryptionConfiguration=encryption)
    ecr.put_image_scanning_configuration(repositoryName=name, imageScanningConfiguration={"scanOnPush": False})
    [found] = ecr.describe_repositories(repositoryNames=[name])["repositories"]
    assert found["imageScanningConfiguration"] == {"scanOnPush": False}
    assert (found["imageTagMutability"], found["encryptionConfiguration"]) == ("IMMUTABLE", encryption)


@scenario("ecr.policies.life", feature="repository policy", aws="ecr:SetRepositoryPolicy")
def test_a_repository_policy_is_read_as_it_was_set_until_it_is_deleted(
    aws: AwsClients, ecr: Any, repository: str
) -> None:
    statement = {
        "Sid": "Pull",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account(aws)}:root"},
        "Action": "ecr:BatchGetImage",
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    assert refusal(ecr.get_repository_policy, repositoryName=repository) == ("RepositoryPolicyNotFoundException", 400)
    ecr.set_repository_policy(repositoryName=repository, policyText=json.dumps(document))
    assert json.loads(ecr.get_repository_policy(repositoryName=repository)["policyText"]) == document
    ecr.delete_repository_policy(repositoryName=repository)
    assert refusal(ecr.get_repository_policy, repositoryName=repository) == ("RepositoryPolicyNotFoundException", 400)


@scenario("ecr.authorization.token", feature="authorization token", lane="security", aws="ecr:GetAuthorizationToken")
def test_an_authorization_token_is_a_password_for_the_user_aws(ecr: Any) -> None:
    [given] = ecr.get_authorization_token()["authorizationData"]
    user, _, password = base64.b64decode(given["authorizationToken"]).decode().partition(":")
    assert (user, bool(password), given["proxyEndpoint"].startswith("http")) == ("AWS", True, True)
