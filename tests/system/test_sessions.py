"""Sessions and failed logins over all workers of a running service."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import requests

from app.services import logins
from tests.service import Service

# A cookie and each call's own connection, so that any of the workers may be asked.
CALLS = 60
REVOKED_WITHIN_S = 1.0
BAD = {"Authorization": "Bearer tpa_" + "x" * 43, "Connection": "close"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    made = Service(tmp_path_factory.mktemp("sessions") / "data", workers=2)
    made.start()
    yield made
    made.kill()


class Browser:
    """Comes with its cookie from the service's page."""

    def __init__(self, service: Service) -> None:
        self._url = service.url
        self.session = requests.Session()
        self.session.headers.update({"Connection": "close", "Origin": service.url})

    def call(self, method: str, path: str, **options: object) -> requests.Response:
        return self.session.request(method, self._url + path, timeout=10, **options)  # type: ignore[arg-type]

    def log_in(self, service: Service, name: str) -> None:
        """With a new token of this name."""
        made = service.flask("tokens", "create", name, "--scope", "write")
        answer = self.call("POST", "/api/session", json={"token": made.stdout.splitlines()[-1]})
        assert answer.status_code == 200, answer.text

    def statuses(self) -> set[int]:
        """How many calls in a row are answered, by whichever worker."""
        return {self.call("GET", "/api/accounts").status_code for _ in range(CALLS)}


@pytest.fixture
def browser(service: Service) -> Iterator[Browser]:
    made = Browser(service)
    yield made
    made.session.close()


@pytest.mark.feature("PAM-AUTH-01", "PAM-AUTH-02")
def test_a_cookie_is_good_in_every_worker_until_its_token_is_revoked(
    service: Service, browser: Browser
) -> None:
    browser.log_in(service, "revoked")
    assert browser.statuses() == {200}
    assert service.flask("tokens", "revoke", "revoked").returncode == 0
    time.sleep(REVOKED_WITHIN_S)
    assert browser.statuses() == {401}


@pytest.mark.feature("PAM-AUTH-02")
def test_leaving_holds_in_every_worker(service: Service, browser: Browser) -> None:
    browser.log_in(service, "left")
    cookies = browser.session.cookies.get_dict()
    assert browser.statuses() == {200}
    assert browser.call("DELETE", "/api/session").status_code == 200
    browser.session.cookies.update(cookies)
    assert browser.statuses() == {401}


@pytest.mark.feature("PAM-AUTH-02")
def test_a_session_outlives_a_restart(service: Service, browser: Browser) -> None:
    browser.log_in(service, "restarted")
    service.stop()
    service.start()
    assert browser.statuses() == {200}


@pytest.mark.feature("PAM-AUTH-01")
def test_only_a_proxy_on_this_machine_says_that_https_was_used(
    service: Service, browser: Browser
) -> None:
    made = service.flask("tokens", "create", "https", "--scope", "read")
    https = {
        "X-Forwarded-Proto": "https",
        "Origin": service.url.replace("http://", "https://"),
    }
    token = {"token": made.stdout.splitlines()[-1]}
    answer = browser.call("POST", "/api/session", json=token, headers=https)
    assert answer.headers["Set-Cookie"].startswith("__Host-trader_session=")
    assert "Secure" in answer.headers["Set-Cookie"]


@pytest.mark.feature("PAM-AUTH-01")
def test_all_workers_together_let_ten_failed_logins_through(
    service: Service, browser: Browser
) -> None:
    url = f"{service.url}/api/accounts"
    statuses = [requests.get(url, headers=BAD, timeout=10).status_code for _ in range(CALLS)]
    assert statuses.count(401) == logins.FAILURES_MAX
    assert statuses.count(429) == CALLS - logins.FAILURES_MAX
    browser.log_in(service, "good")
    assert browser.statuses() == {200}
