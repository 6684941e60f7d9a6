"""Requests over plain HTTP are recorded as those of boto3 are, their secrets masked."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import urllib3
from botocore.exceptions import ClientError

from harness.embedded.processes import free_port
from harness.results.document import Exchange
from harness.scenarios.deciding import deciding
from harness.scenarios.exchanges import LAST_EXCHANGES, Exchanges
from harness.scenarios.missing import says_missing
from harness.scenarios.plain_http import ask
from harness.scenarios.sentences import Compared


@pytest.fixture
def address() -> Iterator[str]:
    """The address of a server that answers 403 to whatever it is sent."""

    class Refuses(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = b'{"message": "Forbidden"}'
            self.send_response(403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    LAST_EXCHANGES.clear()
    server = HTTPServer(("127.0.0.1", 0), Refuses)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/live/positions?X-Amz-Signature=secret"
    server.shutdown()
    server.server_close()


def test_a_request_is_recorded_and_decides_where_its_answer_is_compared(address: str) -> None:
    answer = ask("execute-api Invoke", "POST", address, b"{}", {"Authorization": "secret"})
    decided = deciding(AssertionError(), Compared("==", {"message": "Forbidden"}, {}), LAST_EXCHANGES)
    assert decided
    assert (answer.status, decided.status, decided.response_body) == (403, 403, '{"message": "Forbidden"}')
    assert (decided.service, decided.operation, decided.method, decided.request_body) == (
        "execute-api", "Invoke", "POST", "{}",
    )  # fmt: skip
    assert "secret" not in repr(decided)
    assert LAST_EXCHANGES.touched == {"execute-api:Invoke"}


def test_an_api_that_answers_without_a_body_decides_by_its_status_and_headers() -> None:
    exchanges = Exchanges()
    exchanges.add(Exchange("sts", "GetCallerIdentity", "POST", "", {}, "", 200, {}, "<Arn>a</Arn>", "0"))
    for value in ("True", "other"):
        headers = {"header-bool": value}
        exchanges.add(Exchange("execute-api", "Invoke", "GET", f"/{value}", {}, "", 200, headers, "", "0"))
    for compared, url in ((Compared("==", "True", "true"), "/True"), (Compared("==", None, "true"), "/other")):
        decided = deciding(AssertionError(), compared, exchanges)
        assert decided
        assert (decided.service, decided.url) == ("execute-api", url)


def test_of_a_form_the_fields_are_recorded_without_its_signature_and_of_a_file_its_name(address: str) -> None:
    fields = [("key", "k"), ("x-amz-signature", "secret"), ("file", ("report.txt", b"0123456789", "text/plain"))]
    ask("s3 PostObject", "POST", address, fields=fields)
    assert LAST_EXCHANGES.steps[-1].request_body == "key=k&x-amz-signature=***&file=report.txt"


def test_a_request_without_an_answer_is_recorded_with_its_error() -> None:
    LAST_EXCHANGES.clear()
    with pytest.raises(urllib3.exceptions.HTTPError):
        ask("execute-api Invoke", "GET", f"http://127.0.0.1:{free_port()}/")
    [exchange] = LAST_EXCHANGES.steps
    assert exchange.status is None
    assert "refused" in exchange.response_body


def test_a_refused_invoke_of_lambda_is_not_decided_by_that_of_an_api_whose_answer_is_its_own() -> None:
    exchanges = Exchanges()
    for service, status in (("lambda", 404), ("execute-api", 501)):
        exchanges.add(Exchange(service, "Invoke", "POST", "", {}, "", status, {}, "unknown operation", "0"))
    refused = ClientError({"Error": {"Code": "No", "Message": ""}}, "Invoke")
    decided = deciding(refused, None, exchanges)
    assert decided
    assert decided.service == "lambda"
    assert (says_missing(decided), says_missing(exchanges.steps[-1])) == (True, False)
