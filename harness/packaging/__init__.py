"""Packages of the system's code: one deterministic zip per Lambda function, and one of the engine's source.

Same source and lock files, same digests, whatever the machine's clock, umask or Python. `build/manifest.json` names each with its SHA-256.
"""

from harness.packaging.build import build_packages

__all__ = ["build_packages"]
