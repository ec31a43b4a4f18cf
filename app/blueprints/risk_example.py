"""An account and its limits as they look: a part of the examples."""

from __future__ import annotations

from typing import Any

# Whose it is, and of which version, is said where the examples are put together.
RISK: dict[str, Any] = {
    "account_id": "",
    "currency": "USD",
    "timestamp": "2025-11-07T20:41:04Z",
    "session": "2025-11-07",
    "balance": 50125.5,
    "broker_balance": None,
    "start_balance": 50000.0,
    "session_start_balance": 49987.5,
    "highest_eod_balance": 50410.0,
    "realized_pnl": 138.0,
    "unrealized_pnl": -588.0,
    "total_pnl": -450.0,
    "equity": 49537.5,
    "data_age_s": 4.0,
    "feed": "manual",
    "compliance": True,
    "unknown": [],
    "dll": {
        "limit": 1000.0,
        "used": 450.0,
        "remaining": 550.0,
        "violated": False,
        "pct": 45.0,
        "level": 48987.5,
        "reached_at": None,
    },
    "mll": {
        "limit": 2000.0,
        "used": 872.5,
        "remaining": 1127.5,
        "violated": False,
        "pct": 43.6,
        "level": 48410.0,
        "mode": "eod",
        "reached_at": None,
    },
    "violations": [],
    "warnings": [{"limit": "daily_loss_limit", "share": 0.5, "crossed_at": "2025-11-07T16:02:00Z"}],
    "profit_target": None,
    "consistency": None,
    "minimum_days": None,
    "version": 0,
}
