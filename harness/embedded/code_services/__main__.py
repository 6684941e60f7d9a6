"""Serves on 127.0.0.1 until SIGTERM."""

import signal
import sys
from types import FrameType

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from harness.embedded.code_services import codecommit, codedeploy, codepipeline


def main(port: int, ministack_endpoint: str) -> None:
    """Extends Moto before its first request, then serves."""

    def end(_number: int, _frame: FrameType | None) -> None:
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    codecommit.extend()
    codedeploy.extend(ministack_endpoint)
    codepipeline.extend(ministack_endpoint)
    application = DomainDispatcherApplication(create_backend_app)
    make_server("127.0.0.1", port, application, threaded=True, request_handler=MotoRequestHandler).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
