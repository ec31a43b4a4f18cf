"""Prices of what is held open: the last seconds with every pass, and the minutes as they end.

What fails here is told and tried again: a mark that is missing shows by its age.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app import telemetry
from app.broker.projectx import FOR_SYNC
from app.db import open_positions
from app.domain import instants, sessions
from app.domain.bars import Bar
from app.domain.instruments import Delivery
from app.domain.periods import Span
from app.errors import AppError, UpstreamCredentialsRefused
from app.services import bar_storing
from app.services.broker_bars import BrokerBars, usual_id
from app.services.instruments import catalogue
from app.services.sync_context import Syncing
from app.services.sync_lease import SyncedElsewhere

# So many fit into the broker's limit for bars with a pass every ten seconds, callers' besides.
CONTRACTS_A_PASS = 8
_SECONDS_BACK_US = 90 * instants.SECOND_US
# Where trading is quiet, so far back to the last trade: its price is still the last.
_QUIET_US_MAX = 900 * instants.SECOND_US
_QUIET_US = 30 * instants.SECOND_US
# Bars may come so late that what they make known ends before.
_BEHIND_US = 5 * instants.SECOND_US
_MINUTES_BACK_US = 3_600 * instants.SECOND_US
_MINUTE_S = 60
_MINUTE_US = _MINUTE_S * instants.SECOND_US

_log = telemetry.logger()


class Marks:
    """Keeps the marks of what is held fresh; knows until when it asked for which contract."""

    def __init__(self) -> None:
        self._source: BrokerBars | None = None
        self._minutes_until_us: dict[str, int] = {}
        # The last trade of those in which nothing was traded for a while.
        self._quiet_since_us: dict[str, int] = {}
        # Seconds that the broker's bars tell of; until here nothing else is to be stored.
        self.seconds_until_us: dict[str, int] = {}
        # What is held, by the broker's names.
        self.held: dict[str, Delivery] = {}

    def refresh(self, to: Syncing, account_keys: Iterable[int]) -> int:
        """Store the last bars of what the accounts hold; of how many contracts."""
        now_us = to.res.now_us()
        self.held = _held(to, account_keys, now_us)
        oldest_first = sorted(self.held, key=lambda each: self.seconds_until_us.get(each, 0))
        refreshed = 0
        for contract_id in oldest_first[:CONTRACTS_A_PASS]:
            try:
                self._refresh(to, contract_id, self.held[contract_id], now_us)
            except (UpstreamCredentialsRefused, SyncedElsewhere):
                raise
            except AppError as error:
                _log.warning("no prices", contract_id=contract_id, reason=error.message)
            else:
                refreshed += 1
        return refreshed

    def _refresh(self, to: Syncing, contract_id: str, delivery: Delivery, now_us: int) -> None:
        hours = sessions.hours(delivery.instrument)
        is_open = sessions.is_open(hours, now_us)
        ended_us = _floor(now_us - _BEHIND_US) if is_open else sessions.last_close(hours, now_us)
        since_us = self._minutes_until_us.get(contract_id, ended_us - _MINUTES_BACK_US)
        if since_us < ended_us:
            span = Span(max(since_us, ended_us - _MINUTES_BACK_US), ended_us)
            _store(to, delivery, _MINUTE_S, self._asked(to, delivery, _MINUTE_S, span), [span])
            self._minutes_until_us[contract_id] = ended_us
        if is_open:
            self._refresh_seconds(to, contract_id, delivery, now_us - now_us % instants.SECOND_US)

    def _refresh_seconds(
        self, to: Syncing, contract_id: str, delivery: Delivery, until_us: int
    ) -> None:
        quiet_since_us = self._quiet_since_us.get(contract_id, until_us)
        back_us = min(max(until_us - quiet_since_us, _SECONDS_BACK_US), _QUIET_US_MAX)
        span = Span(until_us - back_us, until_us)
        given = self._asked(to, delivery, 1, span)
        last_us = max((each.opened_at_us for each in given), default=0)
        is_quiet = until_us - last_us > _QUIET_US
        # Only where nothing was traded for a while it matters that this is known.
        known = [Span(span.start_us, until_us - _BEHIND_US)] if is_quiet else ()
        _store(to, delivery, 1, given, known)
        self._quiet_since_us.pop(contract_id, None)
        if is_quiet:
            self._quiet_since_us[contract_id] = last_us
        self.seconds_until_us[contract_id] = until_us

    def _asked(
        self, to: Syncing, delivery: Delivery, timeframe_s: int, span: Span
    ) -> Sequence[Bar]:
        to.step()
        if self._source is None:
            self._source = BrokerBars(to.broker, to.res.now_us, to.res.runner, FOR_SYNC)
        return self._source.fetch(delivery, timeframe_s, span)


def _floor(at_us: int) -> int:
    return at_us - at_us % _MINUTE_US


def _held(to: Syncing, account_keys: Iterable[int], now_us: int) -> dict[str, Delivery]:
    with to.res.db.read() as conn:
        known = catalogue(conn)
        every = [each for key in account_keys for each in open_positions.of_account(conn, key)]
    held = {(each.symbol, each.contract) for each in every}
    deliveries = [known.delivery(symbol, contract, now_us) for symbol, contract in sorted(held)]
    found = {usual_id(each): each for each in deliveries}
    return {contract_id: each for contract_id, each in found.items() if contract_id}


def _store(
    to: Syncing,
    delivery: Delivery,
    timeframe_s: int,
    given: Sequence[Bar],
    known: Sequence[Span],
) -> None:
    to.step()
    if given or known:
        bar_storing.store(to.res, delivery, timeframe_s, given, known)
