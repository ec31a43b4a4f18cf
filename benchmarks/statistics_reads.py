"""What statistics cost that nobody has yet, question by question."""

from __future__ import annotations

from collections.abc import Iterator

from app.domain import groups
from benchmarks import questions, rounds
from benchmarks.figures import Row
from benchmarks.histories import History
from benchmarks.rounds import Subject
from benchmarks.servers import Server, service

# Of more, all that is told of every trade no longer fits the time of a request.
POSITIONS_MAX = 1_000_000
_QUESTIONS = {
    "all of it": "",
    "by session": "&calendar=session",
    "in another zone": "&tz=Asia/Tokyo",
    "of a symbol": "&symbol=MNQ",
    "of a strategy": "&strategy=fade",
    "of a side": "&side=LONG",
    **{f"by {way}": f"&group_by={way}" for way in groups.WAYS},
    "of a symbol, by day": "&symbol=MNQ&group_by=day",
}


def measure(history: History, times: int, turn_s: float) -> list[Row]:
    """Ask each question in turns."""
    with service(history.folder) as server:
        return measured(history, server, times, turn_s)


def measured(history: History, server: Server, times: int, turn_s: float) -> list[Row]:
    """Ask a running service each question in turns."""
    ends = questions.ends()
    subjects = {name: _asked(server, ends, more) for name, more in _QUESTIONS.items()}
    found = rounds.measure(subjects, times, turn_s)
    return [
        {"positions": history.positions, "question": name, **row} for name, row in found.items()
    ]


def _asked(server: Server, ends: Iterator[str], more: str) -> Subject:
    connection = server.connection()
    path = "/api/statistics?account_id=A0" + more

    def once() -> int:
        return len(connection.get(f"{path}&end={next(ends)}").body)

    return Subject(once, server)
