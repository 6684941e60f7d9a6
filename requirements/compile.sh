#!/bin/sh
# Rewrites the lock files: every version and hash, no index. Needs uv on PATH (pip install uv).
set -eu
cd "$(dirname "$0")"
lock() { uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header "$@"; }
lock harness.in -o harness.lock
lock functions.in -c harness.lock -o functions.lock
lock engine.in -c harness.lock -o engine.lock
lock emulator.in -c harness.lock -o emulator.lock
lock dev.in -o dev.lock
lock fuzz.in -o fuzz.lock
