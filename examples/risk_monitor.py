"""Shuts a trading platform down when a loss limit is reached, or when that cannot be known.

Only a figure that is proved to be this account's, today's and complete counts as fine. Anything
else is unknown, and what stays unknown for GRACE_S ends like a limit: SHUTDOWN_COMMAND runs until
it succeeds, and again at every start until STATE_FILE is deleted; so it must be safe to repeat.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from http import HTTPStatus, client
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

BODY_BYTES_MAX = 1024 * 1024
CLOCK_SKEW_S_MAX = 60
COMMAND_S_MAX = 60
GRACE_S_MAX = 3600
RETRY_S = 5.0
# Exact; and NaN becomes a number, which is refused.
NUMBERS: Any = dict.fromkeys(("parse_float", "parse_int", "parse_constant"), Decimal)
LIMITS = {"daily": "DAILY_LOSS_LIMIT", "weekly": "WEEKLY_LOSS_LIMIT"}
PERIODS = {"daily": "day", "weekly": "week"}
SCHEMES = {"http": client.HTTPConnection, "https": client.HTTPSConnection}


class Monitor:
    """Watches one account of one API; a missing or senseless setting is an exception."""

    def __init__(self, env: dict[str, str]) -> None:
        self.url = urlsplit(env.get("API_URL", "http://web:8000"))
        self.kind = SCHEMES[self.url.scheme]
        file = env.get("API_TOKEN_FILE")
        self.token = Path(file).read_text("utf-8").strip() if file else env["API_TOKEN"]
        self.account_id = env["ACCOUNT_ID"]
        self.limits = {each: Decimal(env.get(name) or "inf") for each, name in LIMITS.items()}
        self.command = shlex.split(env["SHUTDOWN_COMMAND"])
        self.state_file = Path(env.get("STATE_FILE", "risk-monitor.json"))
        self.require_live = env.get("REQUIRE_LIVE", "1") != "0"
        self.poll_s = float(env.get("POLL_S", "30"))
        self.timeout_s = float(env.get("TIMEOUT_S", "10"))
        self.grace_s = float(env.get("GRACE_S", "120"))
        if not 0 < min(self.limits.values()) < Decimal("inf"):
            raise ValueError(f"{' or '.join(LIMITS.values())} must be a positive amount")
        times = (self.poll_s, self.timeout_s)
        if not 0 < min(times) <= 2 * sum(times) <= self.grace_s <= GRACE_S_MAX:
            raise ValueError("GRACE_S must leave time for a second try after POLL_S and TIMEOUT_S")
        if not self.account_id or not shutil.which(self.command[0]):
            raise ValueError("ACCOUNT_ID is empty, or SHUTDOWN_COMMAND is no command here")
        self.kept: dict[str, tuple[str, Any]] = {}  # The last good answers and their ETags.
        self.version = Decimal(0)

    def run(self) -> None:
        """Ends once the platform is shut down, never otherwise."""
        if not self.require_live:
            log("WARNING", why="REQUIRE_LIVE=0: losses that nobody has put in are not seen")
        try:
            reason = self.state_file.read_text("utf-8")
        except FileNotFoundError:
            reason = self.watch()
        except (OSError, ValueError) as error:
            reason = f"{self.state_file} cannot be read: {error!r}"
        self.shut_down(reason)
        log("shut", reason=reason, reset=f"delete {self.state_file}")

    def watch(self) -> str:
        """Polls until the platform must be shut down; the reason."""
        known_at, began = time.monotonic(), ""
        while (left_s := known_at + self.grace_s - time.monotonic()) > 0:
            try:
                for period, limit in self.limits.items():
                    loss = self.loss(period, min(self.timeout_s, left_s))
                    log("known", period=period, loss=str(loss), limit=str(limit))
                    if loss >= limit:
                        return f"{period} loss of {loss} has reached {limit}"
                known_at, began = time.monotonic(), ""
                time.sleep(self.poll_s)
            except Exception as why:  # noqa: BLE001 (whatever failed, the figure is not known)
                began = began or str(why)
                log("unknown", why=str(why), shut_in_s=round(left_s, 1))
                time.sleep(min(self.poll_s, RETRY_S, left_s))
        return f"unknown for {self.grace_s:g} s, first because of {began}"

    def loss(self, period: str, limit_s: float) -> Decimal:
        """What the period has lost, open positions included; a gain is negative."""
        outcome: list[Any] = []
        # A thread can be left behind: no socket's timeout ends a look-up or an answer that drips.
        thread = threading.Thread(target=self.attempt, args=(period, outcome), daemon=True)
        thread.start()
        thread.join(limit_s)
        match outcome:
            case [(str(etag), body, Decimal() as loss)]:
                self.kept[period], self.version = (etag, body), body["version"]
                return loss
        raise ValueError(f"{period}: {outcome[0] if outcome else f'no answer in {limit_s:.1f} s'}")

    def attempt(self, period: str, outcome: list[Any]) -> None:
        """Puts the ETag, body and loss of an answer that holds into `outcome`, or why not."""
        try:
            etag, body = self.answer(period)
            # Also after a 304: what was kept may be of a day that has ended.
            outcome.append((etag, body, self.check(period, body)))
        except Exception as error:  # noqa: BLE001 (told by the thread that waits)
            outcome.append(f"{type(error).__name__}: {error}")

    def answer(self, period: str) -> tuple[str, Any]:
        """What the API says about a period now, exactly, and its ETag."""
        etag, kept = self.kept.get(period, ("", None))
        query = {"account_id": self.account_id} | ({"require": "live"} if self.require_live else {})
        path = f"{self.url.path.rstrip('/')}/performance/{period}?{urlencode(query)}"
        headers = {"Authorization": f"Bearer {self.token}"}
        # Not by urllib: it follows redirects, token in hand, and obeys proxy variables.
        with closing(self.kind(self.url.netloc, timeout=self.timeout_s)) as server:
            server.request("GET", path, headers=headers | ({"If-None-Match": etag} if etag else {}))
            answer = server.getresponse()
            content = answer.read(BODY_BYTES_MAX + 1)
        is_kept = answer.status == HTTPStatus.NOT_MODIFIED and answer.headers["ETag"] == etag != ""
        if not is_kept and (answer.status != HTTPStatus.OK or len(content) > BODY_BYTES_MAX):
            raise ValueError(f"status {answer.status}: {content[:300].decode('utf-8', 'replace')}")
        # A cache in between that repeats an old answer gives itself away by its clock.
        age = datetime.now(UTC) - parsedate_to_datetime(answer.headers["Date"])
        if abs(age.total_seconds()) > CLOCK_SKEW_S_MAX:
            raise ValueError(f"the answer is {age.total_seconds():.0f} s old")
        body = kept if is_kept else json.loads(content, **NUMBERS)
        return answer.headers["ETag"] or "", body

    def check(self, period: str, body: Any) -> Decimal:
        """The loss of an answer that is what was asked for, complete and current."""
        start, end = (datetime.fromisoformat(body[each]) for each in ("start", "end"))
        last = (end - timedelta(microseconds=1)).astimezone(ZoneInfo(body["timezone"])).date()
        date = body["date" if period == "daily" else "week_end"]
        pnl, held, feed = body[f"{period}_pnl"], body["open"], body["feed"]["status"]
        kinds = ("winning_trades", "losing_trades", "breakeven_trades")
        parts = (pnl, held["realized_pnl"], held["unrealized_pnl"])
        for fault, is_fine in {
            "it is of another account": body["account_id"] == self.account_id,
            "it is of another period": body["period"] == PERIODS[period],
            "it is of another time": start <= datetime.now(UTC) < end,
            "it is of another date": date == last.isoformat(),
            f"the feed is {feed}": feed in (("live",) if self.require_live else ("live", "manual")),
            "it is older than the one before": body["version"] >= self.version,
            "P&L is not gross less fees": pnl == body["gross_pnl"] - body["fees"],
            "trades do not add up": body["total_trades"] == sum(body[each] for each in kinds),
            "open positions have no price": held["unrealized_pnl"] is not None,
            "an amount is no number": all(each is not None and each.is_finite() for each in parts),
        }.items():
            if not is_fine:
                raise ValueError(fault)
        return -sum(parts, Decimal(0))

    def shut_down(self, reason: str) -> None:
        """Notes the reason, and runs the command until it succeeds."""
        try:
            self.state_file.write_text(reason, "utf-8")
        except OSError as error:
            # The platform comes first: it is shut down whether or not that can be noted.
            log("the reason could not be kept", error=str(error))
        env = os.environ | {"RISK_REASON": reason, "RISK_ACCOUNT_ID": self.account_id}
        while True:
            log("shutting down", reason=reason, command=self.command)
            try:
                subprocess.run(self.command, env=env, check=True, timeout=COMMAND_S_MAX)  # noqa: S603
            except (OSError, ValueError, subprocess.SubprocessError) as error:
                log("the command failed", error=str(error))
                time.sleep(min(self.poll_s, RETRY_S))
            else:
                return


def log(event: str, **fields: Any) -> None:
    """One line of JSON."""
    with suppress(OSError):  # A reader that has gone must not end the watch.
        print(
            json.dumps({"at": datetime.now(UTC).isoformat(), "event": event, **fields}), flush=True
        )


if __name__ == "__main__":
    try:
        monitor = Monitor(dict(os.environ))
    except (LookupError, ValueError, ArithmeticError, OSError) as wrong:
        sys.exit(f"cannot start: {wrong!r}")
    monitor.run()
    sys.exit(1)
