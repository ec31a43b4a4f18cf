"""The broker as a source of bars: names of contracts, exact prices, days, and answers that lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

import pytest

from app.broker.answers import Nonsense
from app.broker.limits import Limit
from app.broker.login import Credentials
from app.broker.model import BarQuestion, BrokerBar, BrokerContract
from app.broker.projectx import BARS_A_PAGE, FOR_CALLERS, ProjectX
from app.domain import front, instants, sessions
from app.domain.bars import SECONDS, Bar, Timeframe
from app.domain.periods import Span
from app.errors import UpstreamUnknown
from app.services.broker_bars import UNKNOWN_FOR_S, BrokerBars
from app.services.resources import LIGHT_ROWS_MAX, Offload, in_place
from tests.bar_notes import contract
from tests.broker.gateways import Clock as GatewayClock
from tests.broker.gateways import NoLimits, Served, served

NOON = instants.parse("2025-11-07T18:00:00Z")
LISTED = BrokerContract(
    "CON.F.US.BTX.Z25", "F.US.BTX", "BTCZ5", "", Decimal(5), Decimal(25), is_active=True
)


class Telling(ProjectX):
    """A broker that says what it was made to say, and notes what it was asked."""

    def __init__(self, *said: BrokerBar, known: Sequence[str] | None = None) -> None:
        super().__init__("http://broker.invalid", Credentials("", ""), NoLimits(), patience_s=1)
        self.said, self.known = said, known
        self.asked: list[BarQuestion] = []
        self.listings = 0

    def bars(self, asked: BarQuestion, limits: Sequence[Limit] = ()) -> list[BrokerBar]:
        assert limits == FOR_CALLERS
        self.asked.append(asked)
        if self.known is not None and asked.contract_id not in self.known:
            raise UpstreamUnknown("the broker knows no such contract")
        start_us, end_us = asked.window
        return [each for each in self.said if start_us <= each.opened_at_us < end_us]

    def contracts(self, *, is_live: bool = False) -> list[BrokerContract]:
        assert not is_live
        self.listings += 1
        return [LISTED]


def source(broker: ProjectX, now_us: Callable[[], int] = lambda: NOON) -> BrokerBars:
    return BrokerBars(broker, now_us, lambda _: in_place)


def said(at: str, *prices: str, volume: int = 3) -> BrokerBar:
    every = prices if len(prices) == 4 else prices * 4
    return BrokerBar._make((instants.parse(at), *map(Decimal, every), volume))


def span(start: str, end: str) -> Span:
    return Span(instants.parse(start), instants.parse(end))


MORNING = span("2025-11-07T15:00:00Z", "2025-11-07T16:00:00Z")


@pytest.mark.parametrize(
    ("code", "at", "contract_id"),
    [
        ("ESZ5", "2025-11-07", "CON.F.US.EP.Z25"),
        ("NQH6", "2025-11-07", "CON.F.US.ENQ.H26"),
        ("6EM4", "2024-01-20", "CON.F.US.EU6.M24"),
        ("GCG6", "2025-11-07", "CON.F.US.GCE.G26"),
        ("MNQZ9", "2029-06-01", "CON.F.US.MNQ.Z29"),
        ("MNQF0", "2029-12-01", "CON.F.US.MNQ.F30"),
    ],
)
def test_a_contract_goes_by_the_broker_s_name(code: str, at: str, contract_id: str) -> None:
    broker = Telling()
    source(broker).fetch(contract(code, f"{at}T00:00:00Z"), 60, MORNING)
    assert [each.contract_id for each in broker.asked] == [contract_id]


@pytest.mark.feature("PAM-BARS-04")
@pytest.mark.parametrize(
    ("timeframe", "unit"),
    [
        *(("1s", (1, 1)), ("5s", (1, 5)), ("1m", (2, 1)), ("5m", (2, 5)), ("15m", (2, 15))),
        *(("1h", (3, 1)), ("1d", (4, 1))),
    ],
)
def test_a_timeframe_goes_by_the_broker_s_units(
    timeframe: Timeframe, unit: tuple[int, int]
) -> None:
    broker = Telling()
    source(broker).fetch(contract("ESZ5"), SECONDS[timeframe], MORNING)
    assert {each.unit for each in broker.asked} == {unit}


def test_prices_are_exact_to_the_last_billionth() -> None:
    told = said("2025-11-07T15:00:00Z", "0.0067125", "0.006713", "-37.63", "0.000000001")
    told = told._replace(low=Decimal("-37.63"), high=Decimal("0.0067130"))
    (found,) = source(Telling(told)).fetch(contract("6JZ5"), 60, MORNING)
    assert found == Bar(told.opened_at_us, 6_712_500, 6_713_000, -37_630_000_000, 1, 3)


def test_a_bar_in_progress_is_left_out() -> None:
    over, open_ = said("2025-11-07T17:58:00Z", "1"), said("2025-11-07T17:59:00Z", "2")
    now_us = instants.parse("2025-11-07T17:59:59Z")
    window = span("2025-11-07T17:00:00Z", "2025-11-07T18:00:00Z")
    found = source(Telling(over, open_), lambda: now_us).fetch(contract("ESZ5"), 60, window)
    assert [each.opened_at_us for each in found] == [over.opened_at_us]


@pytest.mark.parametrize(
    ("timeframe_s", "at", "fault"),
    [
        (60, "2025-11-07T15:00:30Z", "not the opening"),
        (300, "2025-11-07T15:01:00Z", "not the opening"),
        (86_400, "2025-11-05T22:00:00Z", "not the opening"),  # Of Chicago's summer, in its winter.
    ],
)
def test_a_bar_off_the_grid_fails_the_answer(timeframe_s: int, at: str, fault: str) -> None:
    window = span("2025-11-03T00:00:00Z", "2025-11-07T16:00:00Z")
    with pytest.raises(Nonsense, match=fault):
        source(Telling(said(at, "1"))).fetch(contract("ESZ5"), timeframe_s, window)


@pytest.mark.parametrize(
    ("at", "opening"),
    [
        # The clocks of Chicago went back on November 2nd.
        ("2025-10-31T00:00:00Z", "2025-10-30T22:00:00Z"),
        ("2025-11-03T00:00:00Z", "2025-11-02T23:00:00Z"),
        ("2025-11-06T00:00:00Z", "2025-11-05T23:00:00Z"),
        ("2025-11-05T23:00:00Z", "2025-11-05T23:00:00Z"),
    ],
)
def test_a_day_is_the_session_that_it_opens_with_or_names(at: str, opening: str) -> None:
    window = span("2025-10-01T22:00:00Z", "2025-11-07T23:00:00Z")
    (found,) = source(Telling(said(at, "1"))).fetch(contract("ESZ5"), 86_400, window)
    assert instants.text(found.opened_at_us) == opening


def test_a_day_that_is_dated_in_two_ways_fails_the_answer() -> None:
    days = said("2025-11-05T23:00:00Z", "1"), said("2025-11-06T00:00:00Z", "2")
    window = span("2025-10-01T22:00:00Z", "2025-11-07T23:00:00Z")
    with pytest.raises(Nonsense, match="two things"):
        source(Telling(*days)).fetch(contract("ESZ5"), 86_400, window)


def test_a_day_at_the_edge_of_a_window_belongs_to_one_of_two() -> None:
    days = [said(f"2025-11-{day:02}T00:00:00Z", "1") for day in (4, 5, 6)]
    found = [
        source(Telling(*days)).fetch(contract("ESZ5"), 86_400, each)
        for each in (
            span("2025-11-03T23:00:00Z", "2025-11-04T23:00:00Z"),
            span("2025-11-04T23:00:00Z", "2025-11-05T23:00:00Z"),
        )
    ]
    assert [[instants.text(bar.opened_at_us)[8:10] for bar in each] for each in found] == [
        ["03"],
        ["04"],
    ]


def test_a_long_span_is_asked_for_in_pieces_of_about_a_page() -> None:
    broker, delivery = Telling(), contract("ESZ5")
    whole = span("2025-10-01T00:00:00Z", "2025-11-07T00:00:00Z")
    source(broker).fetch(delivery, 60, whole)
    windows = [each.window for each in broker.asked]
    assert len(windows) > 1
    assert (windows[-1].start_us, windows[0].end_us) == whole
    assert all(later.start_us == earlier.end_us for later, earlier in pairwise(windows))
    hours = sessions.hours(delivery.instrument)
    for each in windows:
        open_us = sessions.open_between(hours, each.start_us, each.end_us, 10**15)
        assert open_us <= BARS_A_PAGE * 60 * instants.SECOND_US


def test_a_contract_of_another_name_is_found_by_its_code() -> None:
    broker = Telling(said("2025-11-07T15:00:00Z", "1"), known=[LISTED.contract_id])
    bars, delivery = source(broker), contract("BTCZ5")
    assert len(bars.fetch(delivery, 60, MORNING)) == 1
    assert len(bars.fetch(delivery, 60, MORNING)) == 1
    assert broker.listings == 1
    # The same code of another decade is another contract.
    other = front.delivery(delivery.instrument, delivery.month + 120)
    with pytest.raises(UpstreamUnknown, match="BTCZ5"):
        bars.fetch(other, 60, MORNING)


def test_a_contract_that_there_is_not_is_not_asked_for_again_and_again() -> None:
    clock = GatewayClock(NOON)
    broker = Telling(known=[])
    bars = source(broker, clock)
    for pause_s, costs in ((0, 1), (UNKNOWN_FOR_S - 1, 0), (1, 1)):
        clock.now_us += pause_s * instants.SECOND_US
        before = len(broker.asked), broker.listings
        with pytest.raises(UpstreamUnknown, match="the broker knows no contract ESZ5"):
            bars.fetch(contract("ESZ5"), 60, MORNING)
        assert (len(broker.asked), broker.listings) == (before[0] + costs, before[1] + costs)
    # Others are.
    with pytest.raises(UpstreamUnknown):
        bars.fetch(contract("ESH6"), 60, MORNING)
    assert broker.asked[-1].contract_id == "CON.F.US.EP.H26"


def test_every_minute_and_day_of_the_gateway_arrives(gateway: Served, broker: ProjectX) -> None:
    bars = source(broker, gateway.clock)
    delivery = contract("MNQZ5")
    week = span("2025-11-02T23:00:00Z", "2025-11-07T22:00:00Z")
    minutes = bars.fetch(delivery, 60, week)
    assert len({each.opened_at_us for each in minutes}) == len(minutes) == 5 * 23 * 60
    days = bars.fetch(delivery, 86_400, week)
    assert len(days) == 5
    for day in days:
        parts = [m for m in minutes if 0 <= m.opened_at_us - day.opened_at_us < instants.DAY_US]
        assert day.high_nanos == max(each.high_nanos for each in parts)


def test_a_long_answer_is_read_where_it_keeps_nobody_waiting(gateway: Served) -> None:
    rows: list[int] = []

    def runner(count: int) -> Offload:
        rows.append(count)
        return in_place

    user = Credentials(*gateway.gateway.user)
    client = ProjectX(
        gateway.url, user, NoLimits(), patience_s=5, clock=gateway.clock.time, runner=runner
    )
    week = span("2025-11-02T23:00:00Z", "2025-11-07T22:00:00Z")
    found = BrokerBars(client, gateway.clock, runner).fetch(contract("MNQZ5"), 60, week)
    client.close()
    # The bytes, the rows of the answer, and the bars that they are.
    assert sum(count > LIGHT_ROWS_MAX for count in rows) == 3
    assert rows[-2:] == [len(found)] * 2


@pytest.fixture
def gateway() -> Iterator[Served]:
    with served(GatewayClock(), days=20) as found:
        yield found


@pytest.fixture
def broker(gateway: Served) -> Iterator[ProjectX]:
    client = gateway.client()
    yield client
    client.close()
