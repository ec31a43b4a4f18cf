"""Whatever comes, in whatever order, the limits are judged as by going through all of it again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.db import equity as equity_rows
from app.db.connection import Database
from app.domain import instants
from app.domain.equity import Point, Walk
from app.services import risk_kept
from tests.conftest import Clock, resources_on
from tests.databases import Fresh
from tests.risk_lives import WEEKS, Account, live


@contextmanager
def account(fresh: Fresh, start: str) -> Iterator[Account]:
    """An account in a database of its own."""
    with fresh() as url, closing(Database(url)) as db:
        clock = Clock(instants.parse(start))
        yield Account(resources_on(db, clock), clock, "A")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_limits_are_judged_as_by_going_through_everything_again(
    fresh: Fresh, data: st.DataObject
) -> None:
    with account(fresh, data.draw(st.sampled_from(WEEKS))) as one:
        live(data.draw, one, data.draw(st.integers(3, 40)))


def kept(*, made: Any) -> Any:
    return lambda *_, **__: made


def spoil_closes(patch: pytest.MonkeyPatch) -> None:
    closes = equity_rows.closes
    patch.setattr(equity_rows, "closes", lambda *given: closes(*given)[-1:])


def spoil_unknown(patch: pytest.MonkeyPatch) -> None:
    unrealized = Walk._unrealized
    patch.setattr(Walk, "_unrealized", lambda walk, at_us: unrealized(walk, at_us) or 0)


def spoil_renewing(patch: pytest.MonkeyPatch) -> None:
    renew: Any = risk_kept.renew
    patch.setattr(risk_kept, "renew", lambda *given: renew(*given[:2], None, *given[3:]))


def gained(point: Point, cash_micros: int) -> int | None:
    worth = point.unrealized_micros
    return None if worth is None else point.made_micros + worth + cash_micros


SPOILT: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "of the stored prices only the last is looked at": spoil_closes,
    "what has no price is worth nothing": spoil_unknown,
    "a price is never too old": lambda patch: patch.setattr(Walk, "_is_old", kept(made=False)),
    "sessions that have ended are not judged again": spoil_renewing,
    "cash counts as a gain": lambda patch: patch.setattr(
        Point, "gained_micros", property(lambda point: gained(point, point.cash_micros))
    ),
}


@pytest.mark.parametrize("fault", SPOILT)
def test_a_judgement_that_is_wrong_is_found(
    fresh: Fresh, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    @settings(
        max_examples=200,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    @given(data=st.data())
    def search(data: st.DataObject) -> None:
        with account(fresh, data.draw(st.sampled_from(WEEKS))) as one:
            live(data.draw, one, data.draw(st.integers(3, 40)))

    SPOILT[fault](monkeypatch)
    with pytest.raises(AssertionError):
        search()
