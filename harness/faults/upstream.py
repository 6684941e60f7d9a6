"""The connection to what the proxy stands before: one for each connection of a client."""

from http.client import HTTPConnection, HTTPResponse

from harness.faults.messages import Answer, Request


class Upstream(HTTPConnection):
    """A connection to a plain-http endpoint, made when it is first needed."""

    @property
    def address(self) -> str:
        """Return host:port."""
        return f"{self.host}:{self.port}"

    def ask(self, request: Request) -> Answer:
        """Return the endpoint's answer, whole. Raises OSError or HTTPException where there is none, or not all of one."""
        kept = self.sock is not None
        try:
            response = self._sent(request)
        except ConnectionError:
            self.close()
            if not kept:
                raise
            response = self._sent(request)  # the endpoint had ended the idle connection
        answer = Answer(response.status, response.getheaders(), response.read())
        if response.will_close:
            self.close()
        return answer

    def _sent(self, request: Request) -> HTTPResponse:
        """Send past putrequest(), which refuses targets that are not ASCII."""
        self.send(request.encoded())
        response = HTTPResponse(self.sock, method=request.method)
        response.begin()
        return response
