"""RDS and Secrets Manager: PostgreSQL and the credentials for it."""

import socket

import psycopg2
import pytest

from harness.scenarios.scenario import scenario
from harness.system import System
from tests.resources import database, database_credentials

pytestmark = scenario(service="rds", lane="control plane", aws="rds:DBInstance")


@scenario("rds.database.engine", feature="instance attributes")
def test_the_database_is_postgresql(system: System) -> None:
    assert database(system)["Engine"] == "postgres"


@scenario("rds.database.available", feature="instance status")
def test_the_database_is_available(system: System) -> None:
    assert database(system)["DBInstanceStatus"] == "available"


@scenario("rds.database.private", feature="network")
def test_the_database_is_private(system: System) -> None:
    assert database(system)["PubliclyAccessible"] is False


@scenario("rds.database.two-zones", feature="subnet groups", aws="rds:DescribeDBSubnetGroups")
def test_the_database_is_in_a_subnet_group_of_two_zones(system: System) -> None:
    name = database(system)["DBSubnetGroup"]["DBSubnetGroupName"]
    [group] = system.client("rds").describe_db_subnet_groups(DBSubnetGroupName=name)["DBSubnetGroups"]
    assert len({subnet["SubnetAvailabilityZone"]["Name"] for subnet in group["Subnets"]}) >= 2


@scenario("rds.database.encrypted", feature="encryption")
def test_the_databases_storage_is_encrypted(system: System) -> None:
    assert database(system)["StorageEncrypted"] is True


@scenario("rds.database.backups", feature="backups")
def test_the_database_is_backed_up_for_a_week(system: System) -> None:
    assert database(system)["BackupRetentionPeriod"] == 7


@scenario("rds.database.log-exports", feature="log exports")
def test_the_database_sends_its_logs_to_cloudwatch(system: System) -> None:
    assert sorted(database(system).get("EnabledCloudwatchLogsExports", [])) == ["postgresql", "upgrade"]


@scenario(
    "secretsmanager.database-secret.holds-credentials",
    feature="secret value",
    aws="secretsmanager:GetSecretValue",
    service="secretsmanager",
)
def test_the_secret_holds_username_and_password(system: System) -> None:
    assert database_credentials(system).keys() == {"username", "password"}


@pytest.mark.engine
@scenario("rds.database.query", feature="connection", aws="rds:Endpoint", lane="data plane")
def test_the_database_answers_a_query_under_the_secrets_credentials(system: System) -> None:
    credentials = database_credentials(system)
    address = (system.environment["PGHOST"], int(system.environment["PGPORT"]))
    try:
        socket.create_connection(address, timeout=5).close()
    except (TimeoutError, socket.gaierror) as error:
        pytest.skip(f"unsupported: the database is private and not reachable from here: {error}")
    connection = psycopg2.connect(
        host=address[0], port=address[1], dbname=system.outputs["database_name"],
        user=credentials["username"], password=credentials["password"],
    )  # fmt: skip
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_database(), current_user")
            assert cursor.fetchone() == (system.outputs["database_name"], credentials["username"])
    finally:
        connection.close()
