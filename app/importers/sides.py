"""The words that platforms have for buying and selling, and for long and short."""

from __future__ import annotations

from app.domain.executions import BUY, SELL

_FILLS = {
    **dict.fromkeys(("b", "buy", "bid", "bot", "bought", "buy to cover", "buytocover"), BUY),
    **dict.fromkeys(("s", "sell", "ask", "sld", "sold", "sell short", "sellshort"), SELL),
}
_SHOWN_MAX = 40


def of_fill(said: str) -> str:
    """BUY or SELL."""
    side = _FILLS.get(said.lower())
    if side is None:
        raise ValueError(f"must be Buy or Sell (got {said[:_SHOWN_MAX]!r})")
    return side


def of_position(said: str) -> str:
    """The side on which a position is entered."""
    entered = {"long": BUY, "short": SELL}.get(said.lower())
    if entered is None:
        raise ValueError(f"must be Long or Short (got {said[:_SHOWN_MAX]!r})")
    return entered


def opposite(side: str) -> str:
    """The side on which a position is left that was entered on this one."""
    return SELL if side == BUY else BUY
