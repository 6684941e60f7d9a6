"""`image`: the engine's container image, where Docker's daemon is there."""

import argparse

from harness.embedded.run_folder import CHECKOUT
from harness.packaging.image import ImageRequest, build_image
from harness.packaging.wheels import ImagePlatform


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the image goes, and what it is built on."""
    parser.add_argument("--repository", default="asset-servicing-engine", help="name of the image, without a tag")
    parser.add_argument("--base", help="base image, with Python and pip (default: Dockerfile.engine's)")
    parser.add_argument("--platform", default="linux/amd64", help="what the tasks run on (default: linux/amd64)")
    parser.add_argument("--python", default="3.13", help="the base image's Python (default: 3.13)")


def run(arguments: argparse.Namespace) -> int:
    """Prints the image's reference alone, so that scripts can use it."""
    platform = ImagePlatform(arguments.platform, arguments.python)
    print(build_image(CHECKOUT, CHECKOUT / "build", ImageRequest(arguments.repository, arguments.base, platform)))
    return 0
