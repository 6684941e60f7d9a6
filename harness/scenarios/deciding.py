"""Which error of a scenario counts, and which exchange decided: clean-up is passed over."""

from collections.abc import Iterable

from botocore.exceptions import ClientError

from harness.results.document import Exchange
from harness.scenarios.exchanges import Exchanges
from harness.scenarios.missing import HTTP_API
from harness.scenarios.sentences import Compared, UnexpectedAnswerError

NO_CONTENT = ("", "{}")


def cause(error: BaseException, exchanges: Exchanges) -> BaseException:
    """Return the error that counts: one of a request that cleaned up while another error was on its way hides that one."""
    while isinstance(error, ClientError) and error.__context__ and exchanges.cleaned_up(error.operation_name):
        error = error.__context__
    return error


def deciding(error: BaseException, compared: Compared | None, exchanges: Exchanges) -> Exchange | None:
    """Return the exchange on which the outcome rests, None where nothing was asked.

    That is the one of the error's own operation; of a comparison of values the newest whose answer holds what came; of a missing field
    the newest whose answer lacks it; else the newest, of values the newest that answered anything.
    """
    if isinstance(error, ClientError):
        own = _newest(exchanges.steps, error.operation_name) or _newest(exchanges.last, error.operation_name)
        return own or _last(exchanges)
    if isinstance(error, UnexpectedAnswerError) or (compared and compared.is_of_refusals):
        return _last(exchanges)
    newest_first = [step for step in reversed(exchanges.steps) if _said(step).strip() not in NO_CONTENT]
    for value in compared.values() if compared else ():
        if decisive := next((step for step in newest_first if value in _said(step)), None):
            return decisive
    lacking = [step for step in newest_first if isinstance(error, KeyError) and str(error.args[0]) not in _said(step)]
    return next(iter(lacking or newest_first), None) or _last(exchanges)


def _newest(exchanges: Iterable[Exchange], operation: str) -> Exchange | None:
    """Return the newest of an operation of boto3's: Lambda's Invoke, and not that of an API."""
    of_boto3 = [exchange for exchange in exchanges if exchange.service != HTTP_API]
    return next((exchange for exchange in reversed(of_boto3) if exchange.operation == operation), None)


def _said(exchange: Exchange) -> str:
    """Return the body of an answer; of a deployed API's, which may have none, status and headers with it."""
    if exchange.service != HTTP_API:
        return exchange.response_body
    return "\n".join([str(exchange.status), *exchange.response_headers.values(), exchange.response_body])


def _last(exchanges: Exchanges) -> Exchange | None:
    steps = exchanges.steps or exchanges.last
    return steps[-1] if steps else None
