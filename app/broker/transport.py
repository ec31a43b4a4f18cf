"""One request to the broker, and the same one again where that may help.

Every request is a question that changes nothing there, so each may be repeated; each try takes
its own permit. No failure carries what was sent: keys and tokens stay out of every traceback.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import NamedTuple, TypeVar

import requests
import tenacity
from requests.adapters import HTTPAdapter

from app import telemetry
from app.broker.answers import Nonsense
from app.broker.limits import REQUEST_S_MAX, Budget, Limit
from app.errors import RateLimited, UpstreamRefused, UpstreamUnavailable

_T = TypeVar("_T")

ANSWER_BYTES_MAX = 32 * 2**20
TRIES_MAX = 4
RETRY_AFTER_S_MAX = 60
_CONNECT_WAIT_S = 5
_READ_WAIT_S = 10
_PART_BYTES = 64 * 1024
_FIRST_PAUSE_S = 0.2
_PAUSE_S_MAX = 8
_POOL_SIZE = 10
_AGAIN = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}

_log = telemetry.logger()


class TokenRefused(UpstreamRefused):
    """The broker no longer takes the token that was sent."""


class Time(NamedTuple):
    """A clock in seconds since 1970, and how to wait."""

    # Looked up when they are called: a worker may have put its own in their place by then.
    now_s: Callable[[], float] = lambda: time.time()  # noqa: PLW0108
    sleep: Callable[[float], None] = lambda seconds: time.sleep(seconds)  # noqa: PLW0108


class Transport:
    """Sends questions to one broker; `patience_s` is how long a caller waits for an answer in all,
    the time until the limits allow it included.
    """

    def __init__(self, base_url: str, budget: Budget, patience_s: float, clock: Time) -> None:
        self._base_url = base_url
        self._budget = budget
        self._patience_s = patience_s
        self._clock = clock
        self._http = requests.Session()
        # Repeating is decided here, where the limits are known.
        for scheme in ("https://", "http://"):
            self._http.mount(scheme, HTTPAdapter(pool_maxsize=_POOL_SIZE, max_retries=0))

    def ask(
        self,
        path: str,
        question: object,
        token: str | None,
        limits: Sequence[Limit],
        read: Callable[[bytes], _T],
    ) -> _T:
        """What `read` makes of the answer, after as many tries as patience allows."""
        until_s = self._clock.now_s() + self._patience_s
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_may_help),
            stop=_out_of_patience(self._clock.now_s, until_s),
            wait=_pause,
            sleep=self._clock.sleep,
            before_sleep=_note(path),
            reraise=True,
        )
        return retrying(lambda: read(self._try(path, question, token, limits)))

    def close(self) -> None:
        """Close idle connections."""
        self._http.close()

    def _try(
        self, path: str, question: object, token: str | None, limits: Sequence[Limit]
    ) -> bytes:
        permits = self._budget.take(limits)
        try:
            return self._sent(path, question, token)
        except requests.RequestException as error:
            kind = type(error).__name__
        finally:
            self._budget.settle(permits, limits)
        # Raised here, it has no cause and no context: those hold the request and all it sent.
        raise UpstreamUnavailable(f"the broker cannot be reached ({kind}); try again")

    def _sent(self, path: str, question: object, token: str | None) -> bytes:
        deadline_s = self._clock.now_s() + REQUEST_S_MAX
        with self._http.post(
            self._base_url + path,
            json=question,
            auth=_Bearer(token),
            headers={"Accept": "application/json"},
            timeout=(_CONNECT_WAIT_S, _READ_WAIT_S),
            allow_redirects=False,
            stream=True,
        ) as answer:
            _check_status(answer)
            return self._content(answer, deadline_s)

    def _content(self, answer: requests.Response, deadline_s: float) -> bytes:
        content = bytearray()
        for part in answer.iter_content(_PART_BYTES):
            content += part
            if len(content) > ANSWER_BYTES_MAX:
                raise Nonsense("the broker's answer is larger than any should be")
            if self._clock.now_s() > deadline_s:
                raise UpstreamUnavailable("the broker's answer took too long; try again")
        return bytes(content)


class _Bearer(requests.auth.AuthBase):
    """The token, and nothing that a .netrc file says in its place."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _check_status(answer: requests.Response) -> None:
    status = answer.status_code
    if status == HTTPStatus.OK:
        return
    if status == HTTPStatus.UNAUTHORIZED:
        raise TokenRefused("the broker does not take the token")
    if status in _AGAIN:
        raise UpstreamUnavailable(
            f"the broker answered {status}; try again", retry_after_s=_retry_after_s(answer)
        )
    raise UpstreamRefused(f"the broker answered {status}")


def _retry_after_s(answer: requests.Response) -> int | None:
    said = answer.headers.get("Retry-After", "")
    if not (said.isascii() and said.isdigit()):
        return None
    return min(int(said[:9]), RETRY_AFTER_S_MAX)


def _may_help(error: BaseException) -> bool:
    if isinstance(error, UpstreamRefused):
        return False
    return isinstance(error, UpstreamUnavailable | RateLimited)


_jittered = tenacity.wait_random_exponential(multiplier=_FIRST_PAUSE_S, max=_PAUSE_S_MAX)


def _pause(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked_s = getattr(error, "retry_after_s", None)
    # Those who were sent away together should not come back together.
    return _jittered(state) + (asked_s or 0)


def _out_of_patience(
    now_s: Callable[[], float], until_s: float
) -> Callable[[tenacity.RetryCallState], bool]:
    def is_over(state: tenacity.RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        # Waiting for the limits is no try that failed: nothing was sent.
        tries_left = isinstance(error, RateLimited) or state.attempt_number < TRIES_MAX
        return not tries_left or now_s() + _pause(state) > until_s

    return is_over


def _note(path: str) -> Callable[[tenacity.RetryCallState], None]:
    def note(state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        _log.info(
            "asked the broker again", path=path, tries=state.attempt_number, reason=str(error)
        )

    return note
