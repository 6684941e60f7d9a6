"""`image`: the engine's container image, where Docker or Podman is there."""

import argparse

from harness.embedded.run_folder import CHECKOUT
from harness.packaging import build_packages
from harness.packaging.container_engine import container_engine
from harness.packaging.image import REPOSITORY, ImageRequest, build_image
from harness.packaging.wheels import ImagePlatform


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say where the image goes, and what it is for. ENGINE_BASE_IMAGE names another base, with Python and pip."""
    parser.add_argument("--repository", default=REPOSITORY, help="name of the image, without a tag")
    parser.add_argument("--platform", default="linux/amd64", help="what the tasks run on (default: linux/amd64)")
    parser.add_argument("--python", default="3.13", help="the base image's Python (default: 3.13)")


def run(arguments: argparse.Namespace) -> int:
    """Print the image's reference alone, so that scripts can use it."""
    platform = ImagePlatform(arguments.platform, arguments.python)
    build_packages(CHECKOUT, CHECKOUT / "build")
    request = ImageRequest(arguments.repository, platform)
    print(build_image(container_engine(), CHECKOUT, CHECKOUT / "build", request))
    return 0
