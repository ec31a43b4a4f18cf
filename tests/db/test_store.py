"""What is stored comes back the same, and in the same order, on SQLite and on PostgreSQL."""

from __future__ import annotations

from app.db import accounts, executions, instruments, positions, rollups, tokens
from app.db.connection import Connection
from app.db.executions import SourceSpan
from app.db.rollups import DayTotals
from app.db.standing import standing
from app.domain import totals
from app.domain.accounts import CashMovement
from app.domain.executions import Execution, Key
from app.domain.instruments import Instrument
from app.domain.periods import Span
from app.domain.positions import Effect, build, whole
from app.domain.totals import ClosedTrade, Realized, Totals
from app.services.accounts import new_account
from app.services.resources import Resources

FIRST, LAST = Key(-(2**62), -(2**63), ""), Key(2**62, 2**63 - 1, "\x7f")
# In the order of their bytes, which no language's sorting keeps.
IDS = ["!", "-1", "10", "9", "A", "Z", "_", "a", "b", "~"]


def execution(execution_id: str = "1", **changes: object) -> Execution:
    base = Execution(
        execution_id=execution_id,
        order_id=None,
        symbol="MNQ",
        contract="MNQZ5",
        side="BUY",
        quantity=1,
        price_nanos=20_000 * 10**9,
        fees_micros=370_000,
        executed_at_us=1_000,
        sequence=0,
        strategy=None,
        source="api",
        broker_pnl_micros=None,
        fx_rate_nanos=None,
        average_price=0,
    )
    return base._replace(**changes)  # type: ignore[arg-type]


def account(res: Resources, conn: Connection, account_id: str = "a") -> int:
    accounts.insert(conn, new_account(res, account_id))
    found = accounts.lock(conn, account_id)
    assert found is not None
    return found.account_key


def store(conn: Connection, key: int, *some: Execution) -> None:
    executions.insert(conn, key, some, revision=1, now_us=0)


def test_an_account_comes_back_as_it_was_stored(res: Resources) -> None:
    stored = new_account(res, "a")._replace(name="Übung", starting_balance_micros=-(2**60))
    with res.db.write() as conn:
        assert accounts.insert(conn, stored)
        assert not accounts.insert(conn, stored)
    with res.db.read() as conn:
        found = accounts.by_id(conn, "a")
    assert found is not None
    assert found == stored._replace(account_key=found.account_key)


def test_accounts_are_paged_in_the_order_of_their_bytes(res: Resources) -> None:
    with res.db.write() as conn:
        for account_id in reversed(IDS):
            account(res, conn, account_id)
        first = accounts.after(conn, "", limit=4)
        rest = accounts.after(conn, first[-1].account_id, limit=100)
    assert [each.account_id for each in first + rest] == IDS


def test_an_execution_comes_back_as_it_was_stored(res: Resources) -> None:
    full = execution(
        order_id="o",
        price_nanos=-37_630_000_000,
        strategy="vwap; 'fade'",
        broker_pnl_micros=-1,
        fx_rate_nanos=1_085_000_000,
        average_price=1,
        sequence=-(2**62),
    )
    with res.db.write() as conn:
        key = account(res, conn)
        store(conn, key, full, execution("2"))
        found = executions.by_ids(conn, key, ["1", "2", "3"])
    assert {name: each.execution for name, each in found.items()} == {
        "1": full,
        "2": execution("2"),
    }


def test_more_ids_than_one_statement_takes_are_all_found(res: Resources) -> None:
    many = [execution(str(number)) for number in range(1_201)]
    with res.db.write() as conn:
        key = account(res, conn)
        store(conn, key, *many)
        assert len(executions.by_ids(conn, key, [each.execution_id for each in many])) == 1_201


def test_executions_tie_by_sequence_and_then_by_the_bytes_of_their_ids(res: Resources) -> None:
    tied = [effect(0, each) for each in reversed(IDS)]
    with res.db.write() as conn:
        key = account(res, conn)
        positions.insert(conn, key, [], [*tied, effect(-1, "early"), effect(1, "late")])
        found = positions.effects_between(conn, key, "MNQZ5", (FIRST, 0), (LAST, 1))
        places = (execution("A").key, 0), (execution("a").key, 1)
        some = positions.effects_between(conn, key, "MNQZ5", *places)
    assert [each.execution_id for each in found] == ["early", *IDS, "late"]
    assert [each.execution_id for each in some] == ["A", "Z", "_", "a"]


def effect(sequence: int, execution_id: str) -> Effect:
    at_us = execution().executed_at_us
    return Effect(at_us, sequence, execution_id, 0, "MNQZ5", "p", 1, 0, 0)


def test_what_is_superseded_is_kept_among_the_versions_and_no_longer_live(res: Resources) -> None:
    with res.db.write() as conn:
        key = account(res, conn)
        store(conn, key, execution())
        executions.supersede(conn, key, executions.by_ids(conn, key, ["1"])["1"], 5)
        assert executions.by_ids(conn, key, ["1"]) == {}
        assert executions.versions(conn, key, ["1"]) == {"1": [execution()]}


def test_a_tombstone_is_there_until_it_is_lifted(res: Resources) -> None:
    with res.db.write() as conn:
        key = account(res, conn)
        executions.bury(conn, key, "1", 5)
        assert executions.tombstones(conn, key, ["1", "2"]) == {"1"}
        executions.unbury(conn, key, "1")
        assert executions.tombstones(conn, key, ["1"]) == set()


def test_each_source_has_its_span(res: Resources) -> None:
    with res.db.write() as conn:
        key = account(res, conn)
        for number, (source, at_us) in enumerate(
            [("api", 5), ("api", 9), ("topstepx", 1), ("topstepx-csv", 7), ("topstepx-csv", 3)]
        ):
            store(conn, key, execution(str(number), source=source, executed_at_us=at_us))
        assert executions.source_spans(conn, key, "MNQZ5") == [
            SourceSpan("api", 5, 9),
            SourceSpan("topstepx", 1, 1),
            SourceSpan("topstepx-csv", 3, 7),
        ]
        assert executions.source_spans(conn, key, "MNQH6") == []


def test_contracts_are_found_one_after_the_other(res: Resources) -> None:
    with res.db.write() as conn:
        key, other = account(res, conn), account(res, conn, "b")
        for number, contract in enumerate(["MNQZ5", "6EZ5", "MNQ", "MNQZ5"]):
            store(conn, key, execution(str(number), contract=contract))
        store(conn, other, execution("x", contract="ZNZ5"))
        assert list(executions.contracts(conn, key)) == ["6EZ5", "MNQ", "MNQZ5"]


def test_positions_and_effects_come_back_as_they_were_stored(res: Resources) -> None:
    fills = [
        execution("1", executed_at_us=1),
        execution("2", executed_at_us=2, side="SELL", quantity=3),
        execution("3", executed_at_us=3, quantity=1),
    ]
    built = list(build("a", 2 * 10**6, whole(fills)))
    effects = [effect for each in built for effect in each.effects]
    with res.db.write() as conn:
        key = account(res, conn)
        positions.insert(conn, key, [each.position for each in built], effects)
        closed = positions.closed_between(conn, key, "MNQZ5", FIRST, LAST)
        still_open = positions.open_in_contract(conn, key, "MNQZ5")
        assert [*closed, *still_open] == [each.position for each in built]
        found = positions.effects_between(conn, key, "MNQZ5", (FIRST, 0), (LAST, 1))
        assert found == effects
        stands = standing(conn, "a")
        assert stands is not None
        assert stands.held[:2] == (1, 1)
        assert stands.last_executed_at_us == 3
        assert positions.first_closed_after(conn, key, "MNQZ5", fills[0].key) == fills[1].key
        assert positions.first_closed_after(conn, key, "MNQZ5", fills[1].key) is None
        positions.delete(conn, key, closed, effects[:2])
        assert positions.closed_within(conn, key, Span(0, 10)) == []
        left = positions.realized_within(conn, key, Span(0, 10))
        assert [each.realized.leg for each in left] == [1, 0]


def test_a_day_comes_back_as_it_was_stored_and_an_idle_one_has_no_row(res: Resources) -> None:
    made = Totals(
        totals.of_closed([ClosedTrade(5, 1, 4), ClosedTrade(-9, 1, -10)]),
        totals.of_executed([Realized(0, 7, 1), Realized(1, 0, 2)]),
    )
    with res.db.write() as conn:
        key = account(res, conn)
        rollups.replace(conn, key, "civil", [DayTotals(3, made), DayTotals(4, made)])
        rollups.replace(conn, key, "civil", [DayTotals(4, totals.NOTHING)])
        assert rollups.within(conn, key, "civil", 0, 9) == [DayTotals(3, made)]
        assert rollups.within(conn, key, "session", 0, 9) == []
        assert rollups.net_before(conn, key, "civil", 4) == (-6, 4)
        assert rollups.net_before(conn, key, "civil", 3) == (0, 0)


def test_sums_of_money_are_integers_on_both_databases(res: Resources) -> None:
    with res.db.write() as conn:
        key = account(res, conn)
        for number in range(3):
            accounts.insert_cash(conn, key, CashMovement(str(number), 2**60, number, None))
        total = accounts.cash_before(conn, key, 2)
        assert (type(total), total) == (int, 2**61)
        assert accounts.cash_within(conn, key, 1, 3) == [(1, 2**60), (2, 2**60)]
        stands = standing(conn, "a")
        assert stands is not None
        assert type(stands.held.quantity) is int


def test_a_version_and_its_event_are_raised_together(res: Resources) -> None:
    with res.db.write() as conn:
        key = account(res, conn)
        for expected in (1, 2):
            version = accounts.advance(conn, key, event="test", now_us=0, cash_micros=10)
            assert version == expected
        found = accounts.lock(conn, "a")
    assert found is not None
    assert (found.version, found.outbox_seq, found.cash_micros) == (2, 2, 20)


def test_a_token_is_found_by_its_hash_and_held_to_its_accounts(res: Resources) -> None:
    def insert(conn: Connection, digest: str, *account_ids: str) -> bool:
        return tokens.insert(
            conn,
            name="bot",
            digest=digest,
            scope="read",
            account_ids=account_ids,
            now_us=7,
        )

    with res.db.write() as conn:
        assert insert(conn, "d", "b", "a", "a")
        assert not insert(conn, "e")
        found = tokens.by_digest(conn, "d")
        assert found is not None
        assert (found.is_restricted, found.revoked_at_us) == (1, None)
        assert tokens.accounts(conn, found.token_key) == {"a", "b"}
        assert tokens.revoke(conn, "bot", 9)
        assert not tokens.revoke(conn, "bot", 10)
        assert [each.revoked_at_us for each in tokens.after(conn, "")] == [9]


def test_an_added_instrument_comes_back_and_is_not_replaced(res: Resources) -> None:
    added = Instrument("XYZ", "Example", "CME", 10**7, 10**6, "USD", "", "HMUZ", is_micro=True)
    with res.db.write() as conn:
        assert instruments.insert(conn, added)
        assert not instruments.insert(conn, added._replace(point_value_micros=1))
        assert instruments.added(conn) == [added]


def test_the_other_kind_of_contract_is_found_only_while_it_is_held(res: Resources) -> None:
    bare = [execution("1", executed_at_us=10, contract="MNQ")]
    bare.append(execution("2", executed_at_us=20, contract="MNQ", side="SELL"))
    [held] = build("a", 1, whole(bare))
    [dated] = build("a", 1, whole([execution("3", executed_at_us=15)]))
    with res.db.write() as conn:
        key = account(res, conn)
        positions.insert(conn, key, [held.position], held.effects)
        beside = dated.position
        assert positions.other_kind_beside(conn, key, beside, 2**62) == "MNQ"
        after = beside._replace(opened_at_us=20)
        assert positions.other_kind_beside(conn, key, after, 2**62) is None
        assert positions.other_kind_beside(conn, key, beside._replace(opened_at_us=1), 10) is None
