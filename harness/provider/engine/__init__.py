"""The engine that all resource types share: planning, the mapping to botocore's shapes, and the plain resource type."""
