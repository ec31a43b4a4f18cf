"""The broker as a source of bars: our contracts under its names, its bars in our terms.

What is no bar of ours fails the whole answer, so that no part of it is taken for all of it; a bar
in progress is left out, as it is none yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from app import telemetry
from app.broker.answers import Nonsense
from app.broker.limits import Limit
from app.broker.model import TIMEFRAMES, BarQuestion, BrokerBar, BrokerContract, Window
from app.broker.projectx import BARS_A_PAGE, FOR_CALLERS, ProjectX
from app.domain import bars, fixed, instants, periods, sessions
from app.domain.bars import DAY_S, SECONDS, Bar
from app.domain.instruments import MONTH_CODES, Delivery
from app.domain.periods import SESSION, Span
from app.errors import UpstreamUnknown
from app.services.resources import Offload

# For so long the broker is not asked again for a contract that it did not know.
UNKNOWN_FOR_S = 600
_UNKNOWN_MAX = 1_000
_UNITS = {seconds: TIMEFRAMES[name] for name, seconds in SECONDS.items()}

_log = telemetry.logger()


class BrokerBars:
    """A broker's bars, charged to what callers may ask of it or to other limits."""

    def __init__(
        self,
        broker: ProjectX,
        now_us: Callable[[], int],
        runner: Callable[[int], Offload],
        limits: Sequence[Limit] = FOR_CALLERS,
    ) -> None:
        self._broker = broker
        self._limits = limits
        self._now_us = now_us
        self._runner = runner
        # Under which name the broker knows a contract, where it is not the usual one.
        self._other_ids: dict[Delivery, str] = {}
        self._unknown_until_us: dict[Delivery, int] = {}

    def fetch(self, delivery: Delivery, timeframe_s: int, within: Span) -> Sequence[Bar]:
        """All closed bars that open in a span."""
        if self._now_us() < self._unknown_until_us.get(delivery, 0):
            raise _unknown(delivery)
        contract_id = self._other_ids.get(delivery) or usual_id(delivery)
        try:
            if contract_id is None:
                raise _unknown(delivery)
            return self._fetched(contract_id, delivery, timeframe_s, within)
        except UpstreamUnknown:
            listed_id = self._listed_id(delivery)
        if listed_id in (None, contract_id):
            self._note_unknown(delivery)
            raise _unknown(delivery)
        found = self._fetched(listed_id, delivery, timeframe_s, within)
        self._other_ids[delivery] = listed_id
        return found

    def _fetched(
        self, contract_id: str, delivery: Delivery, timeframe_s: int, within: Span
    ) -> list[Bar]:
        found: list[Bar] = []
        for piece in _pieces(delivery, timeframe_s, within):
            window = _asked(timeframe_s, piece)
            question = BarQuestion(contract_id, _UNITS[timeframe_s], window)
            said = self._broker.bars(question, self._limits)
            told = self._runner(len(said))(partial(self._told, said, timeframe_s))
            found += [each for each in told if piece.start_us <= each.opened_at_us < piece.end_us]
        return found

    def _told(self, said: Sequence[BrokerBar], timeframe_s: int) -> list[Bar]:
        now_us = self._now_us()
        made = [_bar(each, timeframe_s) for each in said]
        closed = [
            each for each in made if bars.span(timeframe_s, each.opened_at_us).end_us <= now_us
        ]
        faults = [fault for each in closed if (fault := bars.fault(each, timeframe_s, now_us))]
        if len({each.opened_at_us for each in made}) < len(made):
            raise Nonsense("the broker's answer says two things of the same day")
        if faults:
            raise Nonsense(f"the broker's answer makes no sense: {faults[0][1]}")
        if len(closed) < len(made):
            _log.info("left bars in progress out", bars=len(made) - len(closed))
        return closed

    def _listed_id(self, delivery: Delivery) -> str | None:
        """The broker's name of a contract that it lists under our code of it."""
        found = (each for each in self._broker.contracts() if _is_of(delivery, each))
        return next((each.contract_id for each in found), None)

    def _note_unknown(self, delivery: Delivery) -> None:
        if len(self._unknown_until_us) >= _UNKNOWN_MAX:
            self._unknown_until_us.clear()
        until_us = self._now_us() + UNKNOWN_FOR_S * instants.SECOND_US
        self._unknown_until_us[delivery] = until_us


def usual_id(delivery: Delivery) -> str | None:
    """`CON.F.US.EP.Z25` for ESZ5; None where no product of the broker's is known."""
    product = delivery.instrument.projectx_symbol_id
    return f"CON.{product}.{_month(delivery)}" if product and delivery.month else None


def _month(delivery: Delivery) -> str:
    year, month = divmod(delivery.month, len(MONTH_CODES))
    return f"{MONTH_CODES[month]}{year % 100:02}"


def _is_of(delivery: Delivery, listed: BrokerContract) -> bool:
    # The code alone names a year of every decade.
    is_of_year = listed.contract_id.endswith(f".{_month(delivery)}")
    return listed.code == delivery.contract and is_of_year


def _unknown(delivery: Delivery) -> UpstreamUnknown:
    return UpstreamUnknown(f"the broker knows no contract {delivery.contract}")


def _pieces(delivery: Delivery, timeframe_s: int, within: Span) -> Iterator[Span]:
    """A span in parts that hold about a page of bars each, the latest first."""
    hours = sessions.hours(delivery.instrument)
    amount_us = BARS_A_PAGE * timeframe_s * instants.SECOND_US
    end_us = within.end_us
    while end_us > within.start_us:
        start_us = max(within.start_us, sessions.reaching_back(hours, end_us, amount_us))
        yield Span(start_us, end_us)
        end_us = start_us


def _asked(timeframe_s: int, piece: Span) -> Window:
    """What to ask for: of days also the midnights at which some date them."""
    widened_us = instants.DAY_US if timeframe_s == DAY_S else 0
    return Window(piece.start_us, piece.end_us + widened_us)


def _bar(said: BrokerBar, timeframe_s: int) -> Bar:
    prices = (fixed.price_nanos(each) for each in (said.open, said.high, said.low, said.close))
    at_us = said.opened_at_us
    return Bar._make((_opening(at_us) if timeframe_s == DAY_S else at_us, *prices, said.volume))


def _opening(at_us: int) -> int:
    """The opening of the session that a daily bar is of: a midnight of UTC names its date."""
    if not bars.is_midnight(at_us):
        return at_us
    return periods.day_start(SESSION, at_us // instants.DAY_US)
