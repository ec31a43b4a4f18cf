from __future__ import annotations

import gc

import pytest

from app.services import uncollected


def test_cycles_are_looked_for_again_once_the_last_work_has_ended() -> None:
    def outer() -> bool:
        assert not uncollected.run(gc.isenabled)
        return gc.isenabled()

    assert gc.isenabled()
    assert not uncollected.run(outer)
    assert gc.isenabled()


def test_they_are_looked_for_again_after_work_that_failed() -> None:
    with pytest.raises(ZeroDivisionError):
        uncollected.run(lambda: 1 // 0)
    assert gc.isenabled()
