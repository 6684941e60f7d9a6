"""API handler: positions, corporate actions and entitlements over HTTP. Reads DynamoDB only; writes go through the position stream.

Every error is an RFC 9457 problem document.
"""
