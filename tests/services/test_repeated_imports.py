"""Imports over several accounts, in any order and again and again, amid corrections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from app.errors import Conflict
from app.services import accounts, ingest
from app.services.bodies import Recorded
from app.services.resources import Resources
from tests import rows, streams
from tests.arrival import handed_in, record
from tests.oracle import Fill
from tests.streams import INSTRUMENTS, SEEDS

IMPORTS = 120
CORRECTIONS = 50

_NUMBER = count(1)


class Row(NamedTuple):
    """A line of a batch: a fill of one of several accounts."""

    account_id: str
    fill: Fill


Batch = Sequence[Row]


@st.composite
def batches(draw: st.DrawFn) -> list[Batch]:
    """Several accounts' streams in any order, cut anywhere, some rows in them twice."""
    streams_of = dict(enumerate(draw(st.lists(streams.fills(), min_size=2, max_size=4))))
    everything = [Row(str(name), fill) for name, fills in streams_of.items() for fill in fills]
    rng = Random(draw(SEEDS))
    return list(_cut(rng, rng.sample(everything, len(everything)) + rng.choices(everything, k=3)))


def _cut(rng: Random, rows: Batch) -> Iterator[Batch]:
    while rows:
        size = rng.randint(1, len(rows))
        yield rows[:size]
        rows = rows[size:]


def fresh(some: Iterable[Batch]) -> list[Batch]:
    """The same batches for accounts that are not there yet."""
    number = next(_NUMBER)
    return [[row._replace(account_id=f"{number}-{row.account_id}") for row in b] for b in some]


def post(res: Resources, batch: Batch) -> Recorded:
    return ingest.record(res, [handed_in(*row) for row in batch])


def fills_by_account(some: Iterable[Batch]) -> dict[str, list[Fill]]:
    found: dict[str, dict[str, Fill]] = {}
    for row in (row for batch in some for row in batch):
        found.setdefault(row.account_id, {})[row.fill.execution_id] = row.fill
    return {account_id: list(fills.values()) for account_id, fills in found.items()}


def versions(res: Resources, account_ids: Iterable[str]) -> dict[str, int]:
    with res.db.read() as conn:
        return {each: accounts.load(conn, each).version for each in account_ids}


def check_stored(res: Resources, account_id: str, fills: Sequence[Fill]) -> None:
    assert rows.stored_positions(res, account_id) == rows.positions(account_id, fills)


def check_is_known(res: Resources, account_id: str, fills: Sequence[Fill], version: int) -> None:
    """Nothing of it is taken up again."""
    told = record(res, account_id, fills)
    assert (told.accepted, told.duplicates) == (0, len(fills))
    assert told.accounts[account_id].version == version


@pytest.mark.feature("PAM-PERF-01", "PAM-TRADES-23")
def test_a_second_import_of_everything_adds_nothing(memory_res: Resources) -> None:
    @seed(1)
    @settings(max_examples=IMPORTS, deadline=None, database=None)
    @given(batches())
    def every(some: list[Batch]) -> None:
        check_that_a_second_import_adds_nothing(memory_res, fresh(some))

    every()


def check_that_a_second_import_adds_nothing(res: Resources, some: list[Batch]) -> None:
    by_account = fills_by_account(some)
    told = [post(res, batch) for batch in some]
    assert sum(each.accepted for each in told) == sum(map(len, by_account.values()))
    assert sorted(a for each in told for a in each.accounts_created) == sorted(by_account)
    before = versions(res, by_account)
    everything = [row for batch in some for row in batch]
    for batch in [*some, everything, everything[::-1]]:
        again = post(res, batch)
        assert (again.accepted, again.duplicates) == (0, len(batch))
        assert (again.positions_closed, again.accounts_created) == (0, [])
        assert {
            name: each.version for name, each in again.accounts.items()
        }.items() <= before.items()
    assert versions(res, by_account) == before
    for account_id, fills in by_account.items():
        check_stored(res, account_id, fills)


@pytest.mark.feature("PAM-PERF-01", "PAM-TRADES-23")
def test_a_batch_that_contradicts_what_is_known_stores_nothing_in_any_account(
    memory_res: Resources,
) -> None:
    @seed(2)
    @settings(max_examples=IMPORTS, deadline=None, database=None)
    @given(batches(), batches(), SEEDS)
    def every(known: list[Batch], more: list[Batch], choice: int) -> None:
        check_that_a_contradiction_stores_nothing(memory_res, fresh(known), fresh(more), choice)

    every()


def check_that_a_contradiction_stores_nothing(
    res: Resources, known: list[Batch], more: list[Batch], choice: int
) -> None:
    for batch in known:
        post(res, batch)
    by_account = fills_by_account(known)
    before = versions(res, by_account)
    rng = Random(choice)
    row = rng.choice(rng.choice(known))
    batch = [*(row for batch in more for row in batch), row._replace(fill=corrected(row.fill))]
    with pytest.raises(Conflict) as refused:
        post(res, rng.sample(batch, len(batch)))
    assert [each.field for each in refused.value.details] == ["execution_id"]
    assert versions(res, by_account) == before
    check_stored(res, row.account_id, by_account[row.account_id])
    assert not any(accounts.exists(res, each) for each in fills_by_account(more))


def corrected(fill: Fill) -> Fill:
    """Another price, quantity and time."""
    return fill._replace(
        price=fill.price + INSTRUMENTS[fill.contract].tick,
        quantity=fill.quantity + 1,
        executed_at=fill.executed_at - streams.NUDGES[-1],
    )


@pytest.mark.feature("PAM-PERF-01", "PAM-TRADES-23")
def test_a_correction_outlives_the_old_content(res: Resources) -> None:
    @seed(3)
    @settings(max_examples=CORRECTIONS, deadline=None, database=None)
    @given(streams.fills(), SEEDS)
    def every(fills: list[Fill], choice: int) -> None:
        check_that_a_correction_stays(res, fills, choice % len(fills))

    every()


def check_that_a_correction_stays(res: Resources, fills: list[Fill], place: int) -> None:
    account_id = f"corrected {next(_NUMBER)}"
    record(res, account_id, fills)
    new = [*fills[:place], corrected(fills[place]), *fills[place + 1 :]]
    told = ingest.replace(res, handed_in(account_id, new[place]))
    assert (told.accepted, told.accounts[account_id].version) == (1, 2)
    check_is_known(res, account_id, fills, version=2)
    check_is_known(res, account_id, new, version=2)
    check_stored(res, account_id, new)
    # Corrected back: the first correction is now what was said before.
    ingest.replace(res, handed_in(account_id, fills[place]))
    check_is_known(res, account_id, new, version=3)
    check_stored(res, account_id, fills)


@pytest.mark.feature("PAM-PERF-01", "PAM-TRADES-23")
def test_what_was_deleted_stays_away_until_it_is_put_back(res: Resources) -> None:
    @seed(4)
    @settings(max_examples=CORRECTIONS, deadline=None, database=None)
    @given(streams.fills(), SEEDS)
    def every(fills: list[Fill], choice: int) -> None:
        check_that_a_deletion_stays(res, fills, choice % len(fills))

    every()


def check_that_a_deletion_stays(res: Resources, fills: list[Fill], place: int) -> None:
    account_id = f"deleted {next(_NUMBER)}"
    record(res, account_id, fills)
    for deleted in (1, 0):
        told = ingest.delete(res, account_id, fills[place].execution_id)
        assert (told.deleted, told.accounts[account_id].version) == (deleted, 2)
    check_is_known(res, account_id, fills, version=2)
    check_stored(res, account_id, [*fills[:place], *fills[place + 1 :]])
    for content, version in ((fills[place], 3), (corrected(fills[place]), 4)):
        ingest.replace(res, handed_in(account_id, content))
        check_is_known(res, account_id, fills, version)
        check_stored(res, account_id, [*fills[:place], content, *fills[place + 1 :]])
