"""What a test must say to judge a target, and the recording of what the target answered: pytest plugins and their data."""
