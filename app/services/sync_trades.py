"""What the broker says of fills beside what is stored: new, corrected, or taken back.

What the sync wrote follows the broker's last word; what was corrected or deleted by hand stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from app.broker.dated import dated
from app.broker.model import BrokerOrder, BrokerTrade
from app.db import executions, open_positions, syncs
from app.db.connection import Connection
from app.db.executions import Stored
from app.db.syncs import VOIDED
from app.domain.executions import BUY, SELL, SEQUENCE_MAX, Execution, Fill, admit
from app.domain.positions import LONG, Position
from app.services import ingest, sync_contracts
from app.services.admission import each_admitted
from app.services.broker_bars import usual_id
from app.services.sync_context import SOURCE, Synced, Syncing


class Found(NamedTuple):
    """Fills sorted out: new ones, others that the broker corrected and the revisions that this
    makes, the ids of those it took back, and those of which only the product is known.
    """

    fresh: list[Fill]
    corrected: list[tuple[Fill, int]]
    voided: list[str]
    undecided: list[BrokerTrade]

    @property
    def is_empty(self) -> bool:
        """Whether all of it was known."""
        return not (self.fresh or self.corrected or self.voided)


class _Known(NamedTuple):
    """What is stored of some ids; `noted` are the revisions that are the broker's words."""

    live: Mapping[str, Stored]
    versions: Mapping[str, list[Execution]]
    tombstones: set[str]
    noted: Mapping[str, int]

    def is_new(self, execution_id: str) -> bool:
        """Whether nothing was ever known of the id."""
        return not (
            execution_id in self.live
            or execution_id in self.versions
            or execution_id in self.tombstones
        )

    def is_ours(self, stored: Stored) -> bool:
        """Whether the sync wrote what is stored."""
        noted = self.noted.get(stored.execution.execution_id)
        if noted is None:
            return stored.revision == 1 and stored.execution.source == SOURCE
        return stored.revision <= noted


def sort_out(
    to: Syncing, account: Synced, told: Sequence[BrokerTrade], orders: Sequence[BrokerOrder]
) -> Found:
    """Find out what is news of the fills that the broker told, oldest first."""
    with to.res.db.read() as conn:
        known = _known(conn, account.key, [str(each.trade_id) for each in told])
        held = open_positions.of_account(conn, account.key)
    fresh = [each for each in told if not each.is_voided and known.is_new(str(each.trade_id))]
    found = dated([*_opened(account, held, fresh), *fresh], orders)
    new = [_fill(account, each) for each in found.trades if each.trade_id]
    corrected = [
        change
        for each in told
        if not each.is_voided and not known.is_new(str(each.trade_id))
        for change in _correction(account, known, each)
    ]
    voided = [str(each.trade_id) for each in told if each.is_voided]
    return Found(new, corrected, [each for each in voided if each in known.live], found.undecided)


def take_out(to: Syncing, account: Synced, voided: Sequence[str]) -> None:
    """Delete fills that the broker took back."""
    # Noted first: what is deleted without a note was deleted by hand.
    _note(to, account, [(each, VOIDED) for each in voided])
    for each in voided:
        to.step()
        ingest.delete(to.res, account.account_id, each)


def correct(to: Syncing, account: Synced, corrected: Sequence[tuple[Fill, int]]) -> None:
    """Store what the broker says now of fills that it told of before."""
    # Noted first: what was changed without a note was changed by hand.
    _note(to, account, [(fill.execution_id, revision) for fill, revision in corrected])
    for fill, _ in corrected:
        to.step()
        ingest.replace(to.res, fill)


def _note(to: Syncing, account: Synced, noted: Sequence[tuple[str, int]]) -> None:
    if noted:
        to.step()
        with to.res.db.write() as conn:
            syncs.correct(conn, account.key, noted)


def _known(conn: Connection, account_key: int, ids: Sequence[str]) -> _Known:
    return _Known(
        executions.by_ids(conn, account_key, ids),
        executions.versions(conn, account_key, ids),
        executions.tombstones(conn, account_key, ids),
        syncs.corrections(conn, account_key, ids),
    )


def _opened(
    account: Synced, held: Iterable[Position], fresh: Sequence[BrokerTrade]
) -> Iterable[BrokerTrade]:
    """What is held already, as fills that opened it; their number is 0."""
    for each in held if fresh else ():
        first = fresh[0]
        delivery = account.known.delivery(each.symbol, each.contract, first.executed_at_us)
        contract_id = usual_id(delivery)
        if contract_id:
            yield first._replace(
                trade_id=0,
                order_id=0,
                contract_id=contract_id,
                quantity=each.quantity,
                side=BUY if each.side == LONG else SELL,
            )


def _correction(account: Synced, known: _Known, trade: BrokerTrade) -> Iterable[tuple[Fill, int]]:
    execution_id = str(trade.trade_id)
    stored = known.live.get(execution_id)
    if stored is None:
        # Taken back by the broker, and now it says that it happened after all.
        was_voided = known.noted.get(execution_id) == VOIDED and execution_id in known.tombstones
        if was_voided and sync_contracts.is_dated(trade.contract_id):
            yield _fill(account, trade), len(known.versions.get(execution_id, ())) + 1
        return
    fill = _fill(account, trade)
    if not sync_contracts.is_dated(trade.contract_id):
        fill = fill._replace(symbol=stored.execution.symbol, contract=stored.execution.contract)
    if known.is_ours(stored) and _admitted(account, fill) != stored.execution:
        yield fill, stored.revision + 1


def _admitted(account: Synced, fill: Fill) -> Execution:
    return each_admitted([fill], lambda each: admit(each, account.known, account.currency))[0]


def _fill(account: Synced, trade: BrokerTrade) -> Fill:
    return Fill(
        account_id=account.account_id,
        execution_id=str(trade.trade_id),
        symbol=trade.contract_id,
        side=trade.side,
        quantity=trade.quantity,
        price=trade.price,
        executed_at_us=trade.executed_at_us,
        order_id=str(trade.order_id),
        fees=trade.fees,
        sequence=min(trade.trade_id, SEQUENCE_MAX),
        source=SOURCE,
        broker_pnl=trade.pnl,
    )
