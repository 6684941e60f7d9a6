"""One failing scenario as a boto3 script that stands alone: its calls traced, and written down again."""
