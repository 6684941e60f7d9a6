"""Hold our verdict on an emulator against that of a peer's suite which ran against the same emulator.

`dynamodb_conformance.yaml` says which of our scenarios asks what a test of nubo-db/dynamodb-conformance asks (docs/peers.md).
"""
