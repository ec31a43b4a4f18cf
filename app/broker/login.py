"""The token that every question needs: had by the key, renewed before it ends."""

from __future__ import annotations

import base64
import binascii
import json
import threading
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from app.broker import answers
from app.broker.answers import Envelope, Nonsense
from app.broker.limits import GENERAL
from app.broker.transport import Time, TokenRefused, Transport
from app.errors import UpstreamCredentialsRefused, UpstreamUnavailable

_T = TypeVar("_T")
_Answer = TypeVar("_Answer", bound=Envelope)

LOGIN, VALIDATE = "/api/Auth/loginKey", "/api/Auth/validate"
# A broker may lock an account whose key is wrong too often.
REFUSED_FOR_S = 60
_LIFE_S = 24 * 3600
# Renewed when so much of its life is over.
_RENEWED_AT = 0.9
_TOKEN_LENGTH_MAX = 8_192
_UNKNOWN_ERROR = 8
_LOGIN_ERRORS = {
    1: "the user is not known",
    2: "the password is wrong",
    3: "the user name or the key is wrong",
    4: "the application is not known",
    5: "the application is not verified",
    6: "the device is not valid",
    7: "the agreements are not signed",
    9: "the account has no API subscription",
    10: "logins by key are switched off",
}


class Credentials:
    """A user name and a key that no message and no traceback shows."""

    __slots__ = ("api_key", "username")

    def __init__(self, username: str, api_key: str) -> None:
        self.username = username
        self.api_key = api_key

    def __repr__(self) -> str:
        return "Credentials(…)"


class _Held(NamedTuple):
    """A token, and from when on another is wanted and needed."""

    token: str
    renewed_at_s: float
    ends_at_s: float

    def __repr__(self) -> str:
        return "_Held(…)"


class Login:
    """The one token of this process; whoever comes first renews it for all."""

    def __init__(self, transport: Transport, credentials: Credentials, clock: Time) -> None:
        self._transport = transport
        self._credentials = credentials
        self._clock = clock
        self._renewing = threading.Lock()
        self._held: _Held | None = None
        self._refusal: tuple[float, str] | None = None

    def with_token(self, ask: Callable[[str], _T]) -> _T:
        """What `ask` answers with a good token; once again with a new one if that was refused."""
        token = self.token()
        try:
            return ask(token)
        except TokenRefused:
            self._forget(token)
        try:
            return ask(self.token())
        except TokenRefused:
            raise UpstreamUnavailable("the broker takes no token of its own; try again") from None

    def token(self) -> str:
        """A token that is good for a while."""
        with self._renewing:
            now_s = self._clock.now_s()
            if self._held is None or now_s >= self._held.ends_at_s:
                self._held = self._logged_in()
            elif now_s >= self._held.renewed_at_s:
                self._held = self._renewed(self._held)
            return self._held.token

    def _forget(self, token: str) -> None:
        with self._renewing:
            if self._held and self._held.token == token:
                self._held = None

    def _logged_in(self) -> _Held:
        now_s = self._clock.now_s()
        if self._refusal and now_s < self._refusal[0]:
            raise UpstreamCredentialsRefused(self._refusal[1])
        question = {"userName": self._credentials.username, "apiKey": self._credentials.api_key}
        answer = self._asked(LOGIN, question, None, answers.Token)
        if answer.success:
            self._refusal = None
            return self._hold(answer.token)
        if answer.error_code == _UNKNOWN_ERROR:
            raise UpstreamUnavailable("the broker could not log in; try again")
        reason = _LOGIN_ERRORS.get(answer.error_code, f"error {answer.error_code}")
        message = f"the broker refused the login: {reason}"
        self._refusal = (now_s + REFUSED_FOR_S, message)
        raise UpstreamCredentialsRefused(message)

    def _renewed(self, held: _Held) -> _Held:
        try:
            answer = self._asked(VALIDATE, {}, held.token, answers.NewToken)
        except TokenRefused:
            return self._logged_in()
        return self._hold(answer.new_token) if answer.success else self._logged_in()

    def _asked(
        self, path: str, question: object, token: str | None, kind: type[_Answer]
    ) -> _Answer:
        return self._transport.ask(
            path, question, token, (GENERAL,), lambda content: answers.read(content, kind)
        )

    def _hold(self, token: str | None) -> _Held:
        if not token or len(token) > _TOKEN_LENGTH_MAX or not token.isascii():
            raise Nonsense("the broker's answer has no token")
        if not token.isprintable() or " " in token:
            raise Nonsense("the broker's token is none")
        now_s = self._clock.now_s()
        ends_at_s = _ends_at_s(token) or now_s + _LIFE_S
        left_s = max(ends_at_s - now_s, 1.0)
        return _Held(token, now_s + _RENEWED_AT * left_s, now_s + left_s)


def _ends_at_s(token: str) -> float | None:
    """When a token says that it ends. It is only a hint, so nothing is verified."""
    try:
        payload = token.split(".")[1]
        said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        ends_at = said["exp"]
        return float(ends_at) if isinstance(ends_at, int) else None
    except (IndexError, KeyError, TypeError, ValueError, OverflowError, binascii.Error):
        return None
