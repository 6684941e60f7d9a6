"""The functions' code and configuration: shipped, or compared with what is live, by the step that the pipeline runs too."""

import subprocess
import sys
from collections.abc import Mapping

from harness.deadline import FACTOR, stretched
from harness.deployment.recording import CodeError
from harness.embedded.run_folder import CHECKOUT
from harness.environment import AWS_FILES, PROXIES, child

SCRIPT = CHECKOUT / "terraform" / "buildspecs" / "deploy_functions.py"


def deploy_functions(function_names: Mapping[str, str], environment: Mapping[str, str], *options: str) -> list[str]:
    """Run the deploy step on the packages in build/ and return its lines. Raises CodeError with the step's own reason.

    `function_names`: the Terraform output, which tells the application's name also where there is no CodeDeploy.
    """
    application = function_names["api_handler"].removesuffix("-api-handler")
    command = [sys.executable, str(SCRIPT), application, "--packages", str(CHECKOUT / "build"), *options]
    step = subprocess.run(
        command,
        env=child({**environment, FACTOR: str(stretched(1))}, *PROXIES, *AWS_FILES),
        capture_output=True,
        text=True,
        check=False,
    )
    if step.returncode:
        raise CodeError(f"the functions could not be deployed: {(step.stderr or step.stdout).strip()}")
    return step.stdout.splitlines()
