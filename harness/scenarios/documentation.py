"""Links to what a target should answer: AWS's documentation, and the standards that its services speak.

A scenario writes a link as `book:page`. The API reference of a service is a book with the service's name in boto3, its pages are
operations and data types (`kms:CreateKey`); a guide is `SERVICE-guide` (`kms-guide:key-state`, `lambda-guide:lambda-python#python-sdk`).
"""

AWS = "https://docs.aws.amazon.com/"
ELSEWHERE = (AWS, "https://www.rfc-editor.org/", "https://www.postgresql.org/docs/")
"""Where a link may lead that is written out, because no book has its page."""
BOOKS = {
    "kms": "kms/latest/APIReference/API_",
    "kms-guide": "kms/latest/developerguide/",
    "iam": "IAM/latest/APIReference/API_",
    "iam-guide": "IAM/latest/UserGuide/",
    "sts": "STS/latest/APIReference/API_",
    "sqs": "AWSSimpleQueueService/latest/APIReference/API_",
    "sqs-guide": "AWSSimpleQueueService/latest/SQSDeveloperGuide/",
    "sns": "sns/latest/api/API_",
    "sns-guide": "sns/latest/dg/",
    "s3": "AmazonS3/latest/API/API_",
    "s3-guide": "AmazonS3/latest/userguide/",
    "dynamodb": "amazondynamodb/latest/APIReference/API_",
    "dynamodb-guide": "amazondynamodb/latest/developerguide/",
    "lambda": "lambda/latest/api/API_",
    "lambda-guide": "lambda/latest/dg/",
    "kinesis": "kinesis/latest/APIReference/API_",
    "kinesis-guide": "streams/latest/dev/",
    "events": "eventbridge/latest/APIReference/API_",
    "events-guide": "eventbridge/latest/userguide/",
    "apigateway": "apigateway/latest/api/API_",
    "apigateway-guide": "apigateway/latest/developerguide/",
    "secretsmanager": "secretsmanager/latest/apireference/API_",
    "secretsmanager-guide": "secretsmanager/latest/userguide/",
    "cloudwatch": "AmazonCloudWatch/latest/APIReference/API_",
    "logs": "AmazonCloudWatchLogs/latest/APIReference/API_",
    "logs-guide": "AmazonCloudWatch/latest/logs/",
    "ecr": "AmazonECR/latest/APIReference/API_",
    "ecs": "AmazonECS/latest/APIReference/API_",
    "ecs-guide": "AmazonECS/latest/developerguide/",
    "rds": "AmazonRDS/latest/APIReference/API_",
    "rds-guide": "AmazonRDS/latest/UserGuide/",
    "ec2": "AWSEC2/latest/APIReference/API_",
    "appconfig": "appconfig/2019-10-09/APIReference/API_",
    "appconfig-guide": "appconfig/latest/userguide/",
    "codebuild": "codebuild/latest/APIReference/API_",
    "codecommit": "codecommit/latest/APIReference/API_",
    "codedeploy": "codedeploy/latest/APIReference/API_",
    "codedeploy-guide": "codedeploy/latest/userguide/",
    "codepipeline": "codepipeline/latest/APIReference/API_",
    "codepipeline-guide": "codepipeline/latest/userguide/",
}  # fmt: skip
"""Book: where its pages are, below `AWS`."""


class LinkError(ValueError):
    """A link that leads to no documentation; the text says what is accepted."""


def link(text: str) -> str:
    """Return the address of `book:page`, or `text` itself where it is the address of documentation. Raises LinkError."""
    if text.startswith(ELSEWHERE):
        return text
    book, _, page = text.partition(":")
    if book not in BOOKS or not page:
        raise LinkError(
            f"{text!r}: give book:page, as kms:CreateKey or kms-guide:key-state, or an address of {', '.join(ELSEWHERE)}"
        )
    name, mark, section = page.partition("#")
    return f"{AWS}{BOOKS[book]}{name}.html{mark}{section}"
