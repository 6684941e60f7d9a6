"""CloudWatch: an alarm that a metric makes fire, and that tells its topic."""

import json
from typing import Any

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from tests.conformance.makers import RAW, Cleanup, a_queue_for, a_topic, subscribe
from tests.conformance.receiving import repeated, take

pytestmark = scenario(service="cloudwatch", lane="data plane")


@scenario("cloudwatch.alarms.fires", feature="alarms", aws="cloudwatch:PutMetricAlarm")
def test_an_alarm_fires_and_tells_its_topic(aws: AwsClients, cloudwatch: Any, name: str, cleanup: Cleanup) -> None:
    topic = a_topic(aws, name, cleanup)
    url = a_queue_for(aws, topic, cleanup)
    subscribe(aws, topic, url, **RAW)
    metric = {"MetricName": "OutboxLag", "Unit": "Seconds"}
    bound = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 300, "Period": 10, "EvaluationPeriods": 1}
    cloudwatch.put_metric_alarm(
        AlarmName=name, Namespace=name, **metric, **bound, Statistic="Maximum", AlarmActions=[topic]
    )
    cleanup(cloudwatch.delete_alarms, AlarmNames=[name])
    datum = {**metric, "Value": 900, "StorageResolution": 1}
    put = repeated(lambda: cloudwatch.put_metric_data(Namespace=name, MetricData=[datum]))

    def told() -> list[tuple[str, str]]:
        put()
        said = [json.loads(message["Body"]) for message in take(aws, url)]
        return [(alarm["AlarmName"], alarm["NewStateValue"]) for alarm in said]

    assert (name, "ALARM") in wait_for("the topic is told", told, bool, seconds=120)
    [alarm] = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    assert alarm["StateValue"] == "ALARM"
