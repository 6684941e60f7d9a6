"""What scenarios make for themselves, on Moto in this process: each is removed without a word."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from harness.aws_clients import AwsClients
from tests.conformance import makers
from tests.conformance.makers import Cleanup, Maker, new_name

NOT_IN_MOTO = {"a_deployment_application", "a_rest_api"}  # DeleteApplication of CodeDeploy; a validator of APIs
IN_TABLE = {kind for kind, maker in vars(makers).items() if isinstance(maker, Maker)} - NOT_IN_MOTO


@pytest.fixture
def aws() -> Iterator[AwsClients]:
    with mock_aws():
        yield AwsClients("moto", {"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"})


@pytest.mark.filterwarnings("error:not removed")
@pytest.mark.parametrize("kind", sorted(IN_TABLE))
def test_what_a_maker_made_is_removed_by_what_identifies_it(aws: AwsClients, kind: str) -> None:
    cleanup = Cleanup()
    getattr(makers, kind)(aws, new_name(), cleanup)
    cleanup.run()


def test_a_bucket_is_emptied_of_all_versions_before_it_is_removed(aws: AwsClients) -> None:
    cleanup, s3 = Cleanup(), aws.client("s3")
    name = makers.a_bucket(aws, new_name(), cleanup)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=name, Key="k", Body=b"x")
    s3.delete_object(Bucket=name, Key="k")
    cleanup.run()
    assert s3.list_buckets()["Buckets"] == []


def test_a_removal_that_is_refused_is_a_warning_and_the_others_are_made(aws: AwsClients) -> None:
    cleanup, iam = Cleanup(), aws.client("iam")
    user = makers.a_user(aws, new_name(), cleanup)
    role = makers.a_role(aws, new_name(), cleanup, "lambda")
    iam.put_role_policy(
        RoleName=role.rpartition("/")[2], PolicyName="more", PolicyDocument=makers.policy({"Action": "sqs:*"})
    )
    with pytest.warns(UserWarning, match="not removed"):
        cleanup.run()
    assert user not in {one["UserName"] for one in iam.list_users()["Users"]}


@pytest.mark.filterwarnings("error:not removed")
def test_what_the_scenario_removed_itself_is_no_warning(aws: AwsClients) -> None:
    cleanup = Cleanup()
    aws.client("sqs").delete_queue(QueueUrl=makers.a_queue(aws, new_name(), cleanup))
    cleanup.run()
