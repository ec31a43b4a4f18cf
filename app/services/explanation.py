"""Why a figure is what it is: the positions behind it, and the sum done again from them."""

from __future__ import annotations

from app.db import explanations
from app.db.connection import Connection
from app.db.explanations import Behind
from app.db.filtered_trades import EVERY, Chosen
from app.domain.accounts import Account
from app.domain.periods import Span
from app.domain.totals import Basis
from app.services.bodies import ExplainedPosition, Explanation, Sum, instant, money

POSITIONS_MAX = 1_000


def explain(
    conn: Connection, account: Account, span: Span, basis: Basis, chosen: Chosen = EVERY
) -> Explanation:
    """Of the chosen positions those that closed in a span; by execution what the executions of
    the span put into them.
    """
    if basis == "position":
        behind = explanations.closed(conn, account.account_key, span, chosen)
    else:
        behind = _by_position(explanations.executed(conn, account.account_key, span, chosen))
    gross_micros = sum(each.gross_micros for each in behind)
    fees_micros = sum(each.fees_micros for each in behind)
    return Explanation(
        start=str(instant(span.start_us)),
        end=str(instant(span.end_us)),
        positions=[_explained(each) for each in behind[:POSITIONS_MAX]],
        more=max(0, len(behind) - POSITIONS_MAX),
        sum=Sum(
            len(behind),
            money(gross_micros),
            money(fees_micros),
            money(gross_micros - fees_micros),
        ),
    )


def _by_position(parts: list[Behind]) -> list[Behind]:
    whole: dict[str, Behind] = {}
    for part in parts:
        known = whole.get(part.position_id, part._replace(gross_micros=0, fees_micros=0))
        whole[part.position_id] = known._replace(
            gross_micros=known.gross_micros + part.gross_micros,
            fees_micros=known.fees_micros + part.fees_micros,
        )
    return list(whole.values())


def _explained(behind: Behind) -> ExplainedPosition:
    return ExplainedPosition(
        id=behind.position_id,
        symbol=behind.symbol,
        side=behind.side,
        closed_at=instant(behind.closed_at_us),
        gross_pnl=money(behind.gross_micros),
        fees=money(behind.fees_micros),
        net_pnl=money(behind.gross_micros - behind.fees_micros),
    )
