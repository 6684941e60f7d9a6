"""The short-lived commands of `python -m servicing_engine`."""
