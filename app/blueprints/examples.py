"""Answers and bodies as they look: the document shows them, a test holds them to their schemas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from app.blueprints.accounts import CashBody, Selected, SettingsBody, SwitchBody
from app.blueprints.executions import CorrectedBody, ExecutionBody
from app.blueprints.failures import STATUS
from app.blueprints.history import SentBars, StoredBody
from app.blueprints.request import JSON, NDJSON
from app.blueprints.risk import ResetRequest
from app.blueprints.risk_example import RISK
from app.blueprints.session import CallerBody, TokenBody
from app.services.bodies import AccountBody, DailyBody, Deleted, HistoryBody, Recorded
from app.services.import_answers import ImportedBody
from app.services.import_log import UndoneBody
from app.services.position_pages import PositionsBody
from app.services.prices import PricesBody
from app.services.risk_bodies import GateBody, RiskBody

_ACCOUNT, _VERSION = "12694476", 1842
_FILL = {
    "account_id": _ACCOUNT,
    "execution_id": "f-1",
    "symbol": "MNQZ5",
    "side": "BUY",
    "quantity": 2,
    "price": "25204.25",
    "fees": "0.74",
    "executed_at": "2025-11-07T14:32:55Z",
}
_WINDOW = {"start": "2025-11-07T06:00:00Z", "end": "2025-11-08T06:00:00Z"}
_CUT = {"timezone": "America/Chicago", "calendar": "civil"}
_RECORDED = {
    "accepted": 1,
    "duplicates": 0,
    "positions_closed": 0,
    "accounts": {_ACCOUNT: {"version": _VERSION}},
    "accounts_created": [],
}
_DAY = {
    "account_id": _ACCOUNT,
    "currency": "USD",
    "period": "day",
    "date": "2025-11-07",
    **_CUT,
    **_WINDOW,
    "daily_pnl": 125.5,
    "gross_pnl": 143.5,
    "fees": 18.0,
    "realized_pnl": 138.0,
    "total_trades": 4,
    "winning_trades": 3,
    "losing_trades": 1,
    "breakeven_trades": 0,
    "win_rate": 75.0,
    "avg_win": 56.83,
    "avg_loss": -45.0,
    "largest_win": 80.0,
    "largest_loss": -45.0,
    "max_drawdown": -45.0,
    "open": {
        "positions": 1,
        "quantity": 2,
        "realized_pnl": 12.5,
        "unrealized_pnl": None,
        "marked_at": None,
    },
    "feed": {"status": "manual", "last_execution_at": "2025-11-07T20:41:03Z"},
    "version": _VERSION,
}
_HISTORY = {
    "account_id": _ACCOUNT,
    "currency": "USD",
    "interval": "day",
    **_CUT,
    "basis": "position",
    **_WINDOW,
    "points": [
        {
            "timestamp": "2025-11-07T06:00:00Z",
            "period": "2025-11-07",
            "period_pnl": 125.5,
            "cumulative_pnl": 125.5,
            "balance": 50125.5,
            "trade_count": 4,
            "winning_trades": 3,
            "losing_trades": 1,
            "max_drawdown": -45.0,
        }
    ],
    "summary": {
        "start_balance": 50000.0,
        "end_balance": 50125.5,
        "cash_flow": 0.0,
        "total_pnl": 125.5,
        "win_rate": 75.0,
        "avg_win": 56.83,
        "avg_loss": -45.0,
        "max_drawdown": -45.0,
        "trade_count": 4,
        "winning_trades": 3,
        "losing_trades": 1,
        "profit_factor": 3.7889,
    },
    "next_cursor": None,
}
_POSITION = {
    "id": "3f5b9c1e0a7d42f68b90cdae",
    "account_id": _ACCOUNT,
    "symbol": "MNQ",
    "contract": "MNQZ5",
    "side": "LONG",
    "quantity": 0,
    "max_quantity": 2,
    "entry_price": 25204.25,
    "exit_price": 25214.25,
    "opened_at": "2025-11-07T14:32:55Z",
    "closed_at": "2025-11-07T14:41:03Z",
    "duration_s": 488.0,
    "gross_pnl": 40.0,
    "fees": 1.48,
    "net_pnl": 38.52,
    "execution_count": 2,
    "strategy": None,
    "mae": None,
    "mfe": None,
}
_PAGE = {
    "items": [_POSITION],
    "next_cursor": None,
    "summary": {
        "total": 1,
        "open": 0,
        "closed": 1,
        "winning": 1,
        "losing": 0,
        "breakeven": 0,
        "gross_pnl": 40.0,
        "fees": 1.48,
        "net_pnl": 38.52,
    },
    "start": None,
    "end": None,
}
_ACCOUNT_BODY = {
    "id": _ACCOUNT,
    "name": "Evaluation 50K",
    "status": "active",
    "balance": 50125.5,
    "broker_balance": None,
    "currency": "USD",
    "account_type": "evaluation",
    **_CUT,
    "daily_pnl": 125.5,
    "selected": True,
}
_CALLER = {
    "name": "dashboard",
    "scope": "read",
    "accounts": [_ACCOUNT],
    "selected_account_id": _ACCOUNT,
    "expires_at": "2025-11-14T14:32:55Z",
}
_IMPORTED = {
    "id": "9d0c5d1f2b7e4a63818c20ff",
    "account_id": _ACCOUNT,
    "file": "trades.csv",
    "format": "topstepx-trades",
    "source": "topstepx-csv",
    "dry_run": False,
    "rows": 1,
    "executions": 2,
    "accepted": 2,
    "duplicates": 0,
    "orders_accepted": 0,
    "orders_duplicates": 0,
    "positions_closed": 1,
    "closed_positions": 1,
    "open_positions": 0,
    "gross_pnl": 20.0,
    "fees": 0.74,
    "net_pnl": 19.26,
    "first_execution_at": "2025-05-08T15:22:07Z",
    "last_execution_at": "2025-05-08T15:27:06Z",
    "warnings": [],
    "accounts": {_ACCOUNT: {"version": _VERSION}},
    "accounts_created": [],
}
_UNDONE = {
    "id": _IMPORTED["id"],
    "undone": 2,
    "corrected": 1,
    "restorable": 0,
    "orders": 0,
    "accounts": {_ACCOUNT: {"version": _VERSION}},
}
_BAR = {
    "timestamp": "2025-11-07T14:30:00Z",
    "open": 25204.25,
    "high": 25210.5,
    "low": 25199.75,
    "close": 25205.0,
    "volume": 487,
}
_JSON: Mapping[Any, Any] = {
    PricesBody: {
        "symbol": "MNQZ5",
        "timeframe": "5m",
        "count": 1,
        "bars": [_BAR],
        "source": "sqlite_cache",
        "cache_status": {"hit": True, "tier": "sqlite", "latency_ms": 1.27},
    },
    SentBars: {"symbol": "MNQ", "contract": "MNQZ5", "timeframe": "5m", "bars": [_BAR]},
    StoredBody: {"accepted": 1, "corrected": 0, "unchanged": 0, "contract": "MNQZ5"},
    ExecutionBody | list[ExecutionBody]: [
        _FILL,
        _FILL | {"execution_id": "f-2", "side": "SELL", "price": "25214.25"},
    ],
    CorrectedBody: {
        name: value for name, value in _FILL.items() if name not in ("account_id", "execution_id")
    },
    Recorded: _RECORDED,
    Deleted: {"deleted": 1, "accounts": {_ACCOUNT: {"version": _VERSION}}},
    DailyBody: _DAY,
    HistoryBody: _HISTORY,
    PositionsBody: _PAGE,
    list[AccountBody]: [_ACCOUNT_BODY],
    AccountBody: _ACCOUNT_BODY,
    SettingsBody: {
        "name": "Evaluation 50K",
        "timezone": "America/Chicago",
        "starting_balance": "50000",
        "risk": {"preset": "topstep-50k", "daily_loss_limit": "900"},
    },
    RiskBody: RISK | {"account_id": _ACCOUNT, "version": _VERSION},
    GateBody: {"allowed": True, "limits": 2},
    ResetRequest: {"account_id": _ACCOUNT},
    SwitchBody: {"account_id": _ACCOUNT},
    Selected: {"account_id": _ACCOUNT, "selected": True},
    CashBody: {
        "id": "wire-7",
        "amount": "-1250.50",
        "occurred_at": "2025-11-07T14:32:55Z",
        "note": "Payout",
    },
    CallerBody: _CALLER,
    ImportedBody: _IMPORTED,
    UndoneBody: _UNDONE,
    TokenBody: {"token": "tpa_…"},
}
_RETRYABLE = {kind.code for kind in STATUS if kind.retryable}


def of(kind: Any, media_type: str) -> Any:
    """An example of a type in a media type; None where none is needed."""
    if media_type == NDJSON and kind is str:
        return msgspec.json.encode(_FILL).decode() + "\n"
    return _JSON.get(kind) if media_type == JSON else None


def failed(code: str) -> Any:
    """The body of a failure."""
    return {
        "error": {
            "code": code,
            "message": "what is wrong, and what to do about it",
            "retryable": code in _RETRYABLE,
            "request_id": "0d9f5a3c11e24b67",
            "details": [],
        }
    }
