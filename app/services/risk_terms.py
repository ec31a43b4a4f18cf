"""Setting what an account is held to, by itself or by a preset's name, and lifting a maximum loss
that was reached.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from msgspec import UNSET, UnsetType

from app.db import accounts, risk
from app.db.connection import Connection
from app.db.risk import Reset
from app.domain import fixed
from app.domain.accounts import Account
from app.domain.risk import SHARE_PLACES, WHOLE, Mode, Terms
from app.errors import AccountNotFound, Conflict, InvalidBody
from app.services import market, risk_judging, risk_kept
from app.services.bodies import instant, money, ratio
from app.services.resources import Resources
from app.services.risk_bodies import PresetBody, ResetBody

LIMIT_MAX_MICROS = 10**12 * fixed.MICRO
DAYS_MAX = 1_000
WARNINGS_MAX = 10


class Preset(NamedTuple):
    """What a name stands for."""

    starting_balance: int
    daily_loss_limit: int
    max_loss_limit: int
    profit_target: int
    mode: Mode = "eod"
    consistency_share: int = WHOLE // 2


PRESETS: Mapping[str, Preset] = {
    "topstep-50k": Preset(50_000, 1_000, 2_000, 3_000),
    "topstep-100k": Preset(100_000, 2_000, 3_000, 6_000),
    "topstep-150k": Preset(150_000, 3_000, 4_500, 9_000),
}


class TermsChange(NamedTuple):
    """What to set of an account's terms; unset: as it is, None: no limit of the kind."""

    preset: str | UnsetType = UNSET
    daily_loss_limit: Decimal | UnsetType | None = UNSET
    max_loss_limit: Decimal | UnsetType | None = UNSET
    max_loss_mode: Mode | UnsetType = UNSET
    profit_target: Decimal | UnsetType | None = UNSET
    consistency_share: Decimal | UnsetType | None = UNSET
    minimum_days: int | UnsetType | None = UNSET
    warning_shares: tuple[Decimal, ...] | UnsetType = UNSET


def presets() -> list[PresetBody]:
    """Every preset, as it is answered."""
    return [
        PresetBody(
            name,
            money(each.starting_balance * fixed.MICRO),
            money(each.daily_loss_limit * fixed.MICRO),
            money(each.max_loss_limit * fixed.MICRO),
            each.mode,
            money(each.profit_target * fixed.MICRO),
            ratio(each.consistency_share) or money(0),
        )
        for name, each in PRESETS.items()
    ]


def changed(before: Terms, change: TermsChange) -> Terms:
    """The terms with what a change sets; InvalidBody names what makes no sense."""
    terms = before
    if change.preset is not UNSET:
        if change.preset not in PRESETS:
            raise _invalid("preset", f"must be one of {', '.join(PRESETS)}")
        terms = _preset(before, PRESETS[change.preset])
    return terms._replace(
        daily_loss_micros=_amount(change, "daily_loss_limit", terms.daily_loss_micros),
        max_loss_micros=_amount(change, "max_loss_limit", terms.max_loss_micros),
        mode=terms.mode if change.max_loss_mode is UNSET else change.max_loss_mode,
        profit_target_micros=_amount(change, "profit_target", terms.profit_target_micros),
        consistency_share=_consistency(change, terms.consistency_share),
        minimum_days=_days(change, terms.minimum_days),
        warning_shares=_warnings(change, terms.warning_shares),
    )


def store(res: Resources, conn: Connection, account: Account, change: TermsChange) -> bool:
    """Hold a locked account to other terms from now on; whether they are others."""
    history = risk.history(conn, account.account_key)
    before = history[-1] if history else Terms()
    after = changed(before, change)
    if after == before:
        return False
    now_us = res.now_us()
    # Clocks may be set back; terms that hold already are not taken back by it.
    risk.put(conn, account.account_key, after._replace(since_us=max(now_us, before.since_us)))
    if after.max_loss_micros is None:
        risk.forget(conn, account.account_key)
    elif risk.kept(conn, account.account_key) is None:
        risk_kept.begin(conn, account, now_us, res.mark_age_max_us)
    return True


def reset(res: Resources, account_id: str, reset_by: str) -> ResetBody:
    """Lift the maximum loss that an account has reached; Conflict where it has reached none."""
    now_us = res.now_us()
    with res.db.write() as conn:
        account = accounts.lock(conn, account_id)
        if account is None:
            raise AccountNotFound(f"there is no account {account_id!r}")
        if not _is_reached(res, conn, account_id, now_us):
            raise Conflict("no maximum loss limit was reached: there is nothing to lift")
        risk.reset(conn, account.account_key, Reset(now_us, reset_by))
        key = account.account_key
        version = accounts.advance(conn, key, event=risk_kept.EVENT, now_us=now_us)
        violated = _is_reached(res, conn, account_id, now_us)
    return ResetBody(account_id, str(instant(now_us)), reset_by, violated, version)


def _is_reached(res: Resources, conn: Connection, account_id: str, now_us: int) -> bool:
    standing = market.standing(res, conn, account_id, now_us)
    maximum = risk_judging.judge(conn, standing, now_us, res.mark_age_max_us).maximum
    return maximum is not None and maximum.reached is not None


def _preset(before: Terms, preset: Preset) -> Terms:
    return before._replace(
        daily_loss_micros=preset.daily_loss_limit * fixed.MICRO,
        max_loss_micros=preset.max_loss_limit * fixed.MICRO,
        mode=preset.mode,
        profit_target_micros=preset.profit_target * fixed.MICRO,
        consistency_share=preset.consistency_share,
    )


def _amount(change: TermsChange, name: str, before: int | None) -> int | None:
    said = getattr(change, name)
    if said is UNSET or said is None:
        return before if said is UNSET else None
    try:
        micros = fixed.money_micros(said)
    except ValueError as error:
        raise _invalid(name, str(error)) from None
    if not 0 < micros <= LIMIT_MAX_MICROS:
        raise _invalid(name, "must be above 0 and not too large; null: no such limit")
    return micros


def _share(name: str, said: Decimal) -> int:
    try:
        share = fixed.scaled(said, SHARE_PLACES)
    except ValueError as error:
        raise _invalid(name, str(error)) from None
    if not 0 < share <= WHOLE:
        raise _invalid(name, "must be above 0 and at most 1")
    return share


def _consistency(change: TermsChange, before: int | None) -> int | None:
    said = change.consistency_share
    if said is UNSET:
        return before
    return None if said is None else _share("consistency_share", said)


def _days(change: TermsChange, before: int | None) -> int | None:
    said = change.minimum_days
    if said is UNSET:
        return before
    if said is not None and not 1 <= said <= DAYS_MAX:
        raise _invalid("minimum_days", f"must be between 1 and {DAYS_MAX}; null: none needed")
    return said


def _warnings(change: TermsChange, before: tuple[int, ...]) -> tuple[int, ...]:
    said = change.warning_shares
    if said is UNSET:
        return before
    if len(said) > WARNINGS_MAX:
        raise _invalid("warning_shares", f"must be at most {WARNINGS_MAX}")
    return tuple(sorted({_share("warning_shares", each) for each in said}))


def _invalid(name: str, fault: str) -> InvalidBody:
    return InvalidBody(f"risk.{name} {fault}")
