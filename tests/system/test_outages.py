"""The checker of outages finds what it is to find, and nothing else."""

from __future__ import annotations

import pytest

from tests.system.outages import ANSWER_MAX_S, BACK_MAX_S, LIVE_MAX_S, Answer, Outage, faults

CUT = [Outage("db", 10, 20), Outage("web1", 40, 50)]
LATE_S = 20 + BACK_MAX_S + 0.1


def told(*answers: Answer) -> list[str]:
    return faults(CUT, answers, "db")


def refused(host: str, began_s: float, code: str = "DATABASE_UNAVAILABLE") -> Answer:
    return Answer(host, "read", began_s, began_s + 3, 503, code)


@pytest.mark.parametrize(
    "good",
    [
        pytest.param(Answer("web2", "read", 12, 13, 200), id="answered"),
        pytest.param(Answer("web2", "wait", 30, 45, 304, held_s=10), id="waited as agreed"),
        pytest.param(refused("web2", 9), id="refused while the database is away"),
        pytest.param(refused("web2", 22), id="refused just after it was back"),
        pytest.param(refused("web1", 41), id="refused by who does not reach it"),
        pytest.param(refused("web2", 41)._replace(kind="write"), id="locked by who is away"),
        pytest.param(Answer("web1", "live", 39, 54, 0), id="lost on the way"),
    ],
)
def test_what_may_be_in_an_outage_is_no_fault(good: Answer) -> None:
    assert told(good) == []


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        pytest.param(refused("web2", 5), "status 503", id="refused without a reason"),
        pytest.param(refused("web2", LATE_S), "status 503", id="refused for too long"),
        pytest.param(refused("web2", 41), "status 503", id="refused for another's outage"),
        pytest.param(refused("web2", 12, "INTERNAL"), "INTERNAL", id="refused by another name"),
        pytest.param(Answer("web2", "read", 12, 13, 500), "status 500", id="broken"),
        pytest.param(Answer("web2", "write", 12, 13, 0), "status 0", id="lost for no reason"),
        pytest.param(Answer("web2", "live", 12, 13, 503), "status 503", id="not alive"),
        pytest.param(
            Answer("web2", "live", 12, 12.1 + LIVE_MAX_S, 200), "did nothing else", id="blocked"
        ),
        pytest.param(
            Answer("web2", "wait", 12, 22.1 + ANSWER_MAX_S, 304, held_s=10),
            "nobody knew",
            id="too long",
        ),
    ],
)
def test_each_thing_that_may_not_be_is_found(bad: Answer, fault: str) -> None:
    [found] = told(bad)
    assert fault in found
