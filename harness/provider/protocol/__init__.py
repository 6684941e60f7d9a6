"""Terraform's plugin protocol, version 6, over plain gRPC: the messages that we use, described by ourselves."""
