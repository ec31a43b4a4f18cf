"""The last prices of what an account holds, as a part of the statements that look it up."""

from __future__ import annotations

from sqlalchemy import TextClause, text

# Of each contract that account `a` holds, where it has a price: contract, root, exchange if the
# instrument was added here, price, time. A contract's code has one digit for the year; the one
# that is meant is of the decade around the position's opening, counted in months since year 0.
_HELD = """
    (SELECT string_agg(
         p.contract || '/' || p.symbol || '/'
         || coalesce((SELECT i.exchange FROM instruments i WHERE i.root = p.symbol), '') || '/'
         || c.mark_nanos || '/' || c.mark_at_us, ',')
     FROM positions p
     JOIN price_contracts c
       ON c.root = p.symbol AND c.contract = p.contract AND c.mark_at_us IS NOT NULL
      AND c.delivery_month BETWEEN
          CASE WHEN p.contract = p.symbol THEN 0
               ELSE p.opened_at_us / 2629746000000 + 23640 - 60 END
          AND CASE WHEN p.contract = p.symbol THEN 0
               ELSE p.opened_at_us / 2629746000000 + 23640 + 59 END
     WHERE p.account_key = a.account_key AND p.closed_at_us IS NULL)
"""


def with_marks(statement: str) -> TextClause:
    """The statement, with this part in the place of `{held}`."""
    return text(statement.replace("{held}", _HELD))
