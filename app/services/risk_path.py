"""The way of an account's equity, read from its fills, its cash and the stored bars."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import groupby

from app.db import accounts, equity
from app.db.connection import Connection
from app.db.equity import Leg
from app.domain import instants, periods, risk, sessions
from app.domain.accounts import Account
from app.domain.equity import Cash, Cut, Event, Fill, Point, Price, Traded, Walk
from app.domain.instruments import Catalogue
from app.domain.periods import SESSION, Span
from app.domain.risk import Low
from app.services.instruments import catalogue


class Way:
    """An account from the start of a session on; asked for stretch by stretch, in order."""

    def __init__(
        self,
        conn: Connection,
        account: Account,
        session: int,
        cuts_us: Iterable[int],
        *,
        now_us: int,
        mark_age_us: int,
    ) -> None:
        self._conn = conn
        self._account = account
        self._cuts_us = list(cuts_us)
        self._now_us = now_us
        self._mark_age_us = mark_age_us
        self._traded: dict[str, Traded] = {}
        self._symbols: dict[str, str] = {}
        self.walk = Walk(self._traded, mark_age_us)
        self._session = session
        self._start_us = periods.day_start(SESSION, session)
        held = equity.held(conn, account.account_key, self._start_us)
        self.walk.before(self._fills(held))

    def through(self, session: int) -> list[Point]:
        """The points of the session that comes next."""
        return self._points(session, periods.day_start(SESSION, session + 1))

    def to_now(self, session: int) -> list[Point]:
        """The points of the session of now; what is dated later counts as of now."""
        return self._points(session, instants.LAST_US)

    def unjudged_to_now(self, session: int) -> None:
        """Go the same way without a look at any price."""
        events, _ = self._moves(session, Span(self._start_us, instants.LAST_US))
        self.walk.before(events)

    def _points(self, session: int, end_us: int) -> list[Point]:
        span = Span(self._start_us, end_us)
        events, fills = self._moves(session, span)
        events += self._prices(Span(span.start_us, min(end_us, self._now_us + 1)), fills)
        self._session, self._start_us = session + 1, end_us
        return list(self.walk.along(events))

    def _moves(self, session: int, span: Span) -> tuple[list[Event], list[Fill]]:
        fills = list(self._fills(equity.within(self._conn, self._account.account_key, span)))
        return [*self._cuts(session), *self._cash(span), *fills], fills

    def until(self, session: int) -> list[Low]:
        """The lows of the stretches before a session, read session by session."""
        found: list[Low] = []
        self._skip_idle(session)
        while self._session < session:
            found += risk.lows(self.through(self._session))
            self._skip_idle(session)
        return found

    def _skip_idle(self, until: int) -> None:
        """Leave out sessions in which nothing happens while nothing is held."""
        if self._session >= until or self.walk.held:
            return
        next_us = [each for each in self._cuts_us if each >= self._start_us]
        busy_us = equity.next_at(self._conn, self._account.account_key, self._start_us)
        next_us += [] if busy_us is None else [busy_us]
        busy = (periods.day_of(SESSION, each) for each in next_us)
        self._session = min((each for each in busy if each < until), default=until)
        self._start_us = periods.day_start(SESSION, self._session)

    def _cuts(self, session: int) -> Iterator[Cut]:
        span = periods.days(SESSION, session, session)
        yield Cut(span.start_us, session)
        for at_us in self._cuts_us:
            if span.start_us < at_us < span.end_us:
                yield Cut(at_us, None)

    def _cash(self, span: Span) -> Iterator[Cash]:
        for at_us, amount in accounts.cash_within(self._conn, self._account.account_key, *span):
            yield Cash(min(at_us, self._now_us), amount)

    def _fills(self, legs: Iterable[Leg]) -> Iterator[Fill]:
        for _, pieces in groupby(legs, key=lambda each: each.execution_id):
            found = list(pieces)
            one = found[0]
            self._learn(one)
            yield Fill(
                min(one.executed_at_us, self._now_us),
                one.contract,
                sum(each.quantity for each in found),
                one.price_nanos,
                sum(each.net_micros for each in found),
            )

    def _learn(self, leg: Leg) -> None:
        if leg.contract not in self._traded:
            instrument = self._catalogue.by_root[leg.symbol]
            has_value = instrument.currency == self._account.currency
            hours = sessions.hours(instrument)
            self._traded[leg.contract] = Traded(instrument.point_value_micros, hours, has_value)
            self._symbols[leg.contract] = leg.symbol

    @cached_property
    def _catalogue(self) -> Catalogue:
        return catalogue(self._conn)

    def _prices(self, span: Span, fills: Iterable[Fill]) -> Iterator[Price]:
        """The prices of every contract from where it is first held to where it is held no more,
        and those before that are not too old by then.
        """
        held = dict.fromkeys(self.walk.held, span.start_us)
        quantities, ends_us = self.walk.held, dict.fromkeys(self.walk.held, span.end_us)
        for each in fills:
            held.setdefault(each.contract, each.at_us)
            quantities[each.contract] = quantities.get(each.contract, 0) + each.quantity
            ends_us[each.contract] = span.end_us if quantities[each.contract] else each.at_us + 1
        for contract, from_us in held.items():
            hours = self._traded[contract].hours
            since_us = sessions.reaching_back(hours, from_us, self._mark_age_us)
            yield from self._closes(contract, Span(since_us, ends_us[contract]), span.start_us)

    def _closes(self, contract: str, span: Span, start_us: int) -> Iterator[Price]:
        found = self._catalogue.delivery(self._symbols[contract], contract, span.end_us)
        closes = equity.closes(self._conn, found.instrument.root, found.month, span)
        earlier = [each for each in closes if each[0] < start_us]
        self.walk.before(Price(at_us, contract, nanos) for at_us, nanos in earlier[-1:])
        for at_us, nanos in closes[len(earlier) :]:
            yield Price(at_us, contract, nanos)
