"""Instruments, and every spelling of a contract that traders have, brought to one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from app.domain import fixed, instants
from app.domain.instrument_table import ROWS
from app.errors import InvalidBody, UnknownSymbol

MONTH_CODES = "FGHJKMNQUVXZ"
_HALF_A_DECADE = 5
_SHOWN_MAX = 40
# Spellings that were read; longer ones are no contract's name but blanks.
_KEPT_MAX = 10_000
_KEPT_LENGTH_MAX = 40
_MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_CODE_OF_MONTH = dict(zip(_MONTH_NAMES, MONTH_CODES, strict=True))

_PROJECTX = re.compile(r"(?:CON\.)?F\.US\.(?P<root>[A-Z0-9]+)(?:\.(?P<month>[A-Z])(?P<year>\d\d))?")
_NUMBERED = re.compile(r"(?P<root>[A-Z0-9]+) (?P<month>\d\d)-(?P<year>\d\d(?:\d\d)?)")
_NAMED = re.compile(r"(?P<root>[A-Z0-9]+) (?P<month>[A-Z]{3}) ?(?P<year>\d\d?)")
_CODED = re.compile(rf"(?P<root>[A-Z0-9]+?)(?P<month>[{MONTH_CODES}])(?P<year>\d\d?)")


class Instrument(NamedTuple):
    """A product that is traded in dated contracts; `point_value` is money per 1.0 of price."""

    root: str
    name: str
    exchange: str
    tick_nanos: int
    point_value_micros: int
    currency: str
    projectx_symbol_id: str
    contract_months: str
    is_micro: bool


class Spelling(NamedTuple):
    """What a text says: a root as written and, if it is dated, a month code and a year's digits."""

    root: str
    month: str = ""
    year: str = ""


class Delivery(NamedTuple):
    """A contract of one decade: its instrument, its code, and its month counted from year 0; the
    bare contract of a root has month 0.
    """

    instrument: Instrument
    contract: str
    month: int


class Catalogue:
    """The instruments by root and by the root that ProjectX uses."""

    def __init__(self, instruments: Iterable[Instrument]) -> None:
        self._by_root = {each.root: each for each in instruments}
        self._alias = {
            each.projectx_symbol_id.rpartition(".")[2]: each.root
            for each in self._by_root.values()
            if each.projectx_symbol_id
        }
        self._resolved: dict[tuple[str, str | None, int], tuple[Instrument, str]] = {}

    @property
    def by_root(self) -> Mapping[str, Instrument]:
        """Every instrument under its root."""
        return MappingProxyType(self._by_root)

    def extended(self, instruments: Iterable[Instrument]) -> Catalogue:
        """The same catalogue with some instruments added or replaced."""
        return Catalogue([*self._by_root.values(), *instruments])

    def find(self, root: str) -> Instrument | None:
        """The instrument of a root, ProjectX's own roots included."""
        return self._by_root.get(root) or self._by_root.get(self._alias.get(root, ""))

    def resolve(
        self, symbol: str, contract: str | None, executed_at_us: int
    ) -> tuple[Instrument, str]:
        """The instrument and the one spelling of its contract: `MNQZ5`, or the bare root.

        UnknownSymbol names near roots; InvalidBody says where symbol and contract disagree.
        """
        # Nothing but the year counts of an instant, and no day is in two.
        asked = (symbol, contract, executed_at_us // instants.DAY_US)
        known = self._resolved.get(asked)
        if known is None:
            known = self._resolve(symbol, contract, executed_at_us)
            self._keep(asked, known)
        return known

    def _keep(self, asked: tuple[str, str | None, int], resolved: tuple[Instrument, str]) -> None:
        if len(asked[0]) + len(asked[1] or "") > _KEPT_LENGTH_MAX:
            return
        if len(self._resolved) >= _KEPT_MAX:
            self._resolved.clear()
        self._resolved[asked] = resolved

    def _resolve(
        self, symbol: str, contract: str | None, executed_at_us: int
    ) -> tuple[Instrument, str]:
        said = self._read(symbol)
        instrument = self._known(said.root, symbol)
        if contract is None:
            return instrument, _code(instrument.root, said, executed_at_us)
        dated = self._read(contract)
        other = self._known(dated.root, contract)
        if other.root != instrument.root:
            raise InvalidBody(
                f"contract {contract[:_SHOWN_MAX]!r} is not one of symbol {symbol[:_SHOWN_MAX]!r}"
            )
        code = _code(instrument.root, dated, executed_at_us)
        if said.month and _code(instrument.root, said, executed_at_us) != code:
            raise InvalidBody(
                f"symbol {symbol!r} and contract {contract!r} are different contracts"
            )
        return instrument, code

    def delivery(self, symbol: str, contract: str | None, at_us: int) -> Delivery:
        """The contract that is meant at a time; fails as `resolve` does."""
        instrument, code = self.resolve(symbol, contract, at_us)
        if code == instrument.root:
            return Delivery(instrument, code, 0)
        month = MONTH_CODES.index(code[-2])
        return Delivery(instrument, code, _nearest_year(code[-1], at_us) * 12 + month)

    def time_of(self, symbol: str, at_us: int) -> int:
        """An instant at which a contract is meant that names its year by two digits; else `at_us`,
        to which the year of one digit is the nearest.
        """
        said = self._read(symbol).year
        if len(said) < 2:  # noqa: PLR2004 (one digit, or no year at all)
            return at_us
        asked = instants.to_datetime(at_us)
        year = min(range(asked.year - 50, asked.year + 50), key=lambda y: (y - int(said)) % 100)
        return instants.from_datetime(asked.replace(year=year, month=7, day=1))

    def _read(self, spelling: str) -> Spelling:
        name = " ".join(spelling.upper().split())
        if self.find(name):
            return Spelling(name)
        for pattern in (_PROJECTX, _NUMBERED, _NAMED, _CODED):
            match = pattern.fullmatch(name)
            if match:
                month = _month_code(match["month"] or "")
                return Spelling(match["root"], month, match["year"] or "")
        return Spelling(name)

    def _known(self, root: str, spelling: str) -> Instrument:
        instrument = self.find(root)
        if instrument is None:
            near = _suggestion(root, self._by_root)
            raise UnknownSymbol(f"unknown symbol {spelling[:_SHOWN_MAX]!r}{near}")
        return instrument


def _month_code(month: str) -> str:
    if month.isdigit():
        if not 1 <= int(month) <= len(MONTH_CODES):
            raise InvalidBody(f"contract month {month} does not exist")
        return MONTH_CODES[int(month) - 1]
    if len(month) > 1:
        if month not in _CODE_OF_MONTH:
            raise InvalidBody(f"contract month {month} does not exist")
        return _CODE_OF_MONTH[month]
    if month and month not in MONTH_CODES:
        raise InvalidBody(f"contract month code {month} does not exist")
    return month


def _code(root: str, said: Spelling, executed_at_us: int) -> str:
    """One digit for the year, which therefore must be the one nearest to the execution."""
    if not said.month:
        return root
    nearest = _nearest_year(said.year, executed_at_us)
    if len(said.year) > 1 and int(said.year) % 100 != nearest % 100:
        executed = instants.to_datetime(executed_at_us).year
        raise InvalidBody(
            f"contract year {said.year} is not near the execution, which is of {executed}"
        )
    return f"{root}{said.month}{nearest % 10}"


def _nearest_year(said: str, at_us: int) -> int:
    """The year nearest to an instant that ends on the last digit that is said."""
    at = instants.to_datetime(at_us).year
    later = (int(said[-1]) - at) % 10
    # Half-way between two decades the later one: nobody trades a contract that has expired.
    return at + later if later <= _HALF_A_DECADE else at + later - 10


def _suggestion(root: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(root[:_SHOWN_MAX], known, n=3, cutoff=0.5)
    return f"; did you mean {', '.join(near)}?" if near else "; GET /api/instruments lists them"


def _instrument(row: tuple[str, str, str, str, str, str, str, str, bool]) -> Instrument:
    root, name, exchange, tick, point_value, currency, projectx, months, is_micro = row
    tick_nanos = fixed.price_nanos(Decimal(tick))
    point_value_micros = fixed.money_micros(Decimal(point_value))
    return Instrument(
        root, name, exchange, tick_nanos, point_value_micros, currency, projectx, months, is_micro
    )


SHIPPED = Catalogue(_instrument(row) for row in ROWS)
