"""How long a share of all calls took, from the bounds that they kept."""

from __future__ import annotations

import pytest

from app.services.metrics import quantile

INF = float("inf")


@pytest.mark.parametrize(
    ("bounds_s", "share", "seconds"),
    [
        ({}, 0.5, None),
        ({0.1: 0, INF: 0}, 0.5, None),
        ({0.1: 100, 1.0: 100, INF: 100}, 0.5, 0.05),
        ({0.1: 0, 1.0: 100, INF: 100}, 0.5, 0.55),
        ({0.1: 90, 1.0: 100, INF: 100}, 0.95, 0.55),
        ({0.1: 90, 1.0: 90, INF: 100}, 0.99, 1.0),
        ({1.0: 1, 0.1: 1, INF: 1}, 1.0, 0.1),
    ],
)
def test_calls_are_spread_evenly_between_two_bounds(
    bounds_s: dict[float, int], share: float, seconds: float | None
) -> None:
    assert quantile(bounds_s, share) == pytest.approx(seconds)
