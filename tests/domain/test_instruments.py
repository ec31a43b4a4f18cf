from __future__ import annotations

import csv
from decimal import Decimal

import pytest

from app.domain import fixed, instants, instruments
from app.domain.instruments import SHIPPED, Catalogue, Instrument
from app.errors import InvalidBody, UnknownSymbol
from tests.conftest import shared_file

IN_2025 = instants.parse("2025-11-07T14:32:55Z")


def resolve(symbol: str, contract: str | None = None, at_us: int = IN_2025) -> tuple[str, str]:
    instrument, code = SHIPPED.resolve(symbol, contract, at_us)
    return instrument.root, code


@pytest.mark.parametrize(
    "spelling",
    [
        "MNQZ5",
        "MNQZ25",
        "MNQ 12-25",
        "MNQ 12-2025",
        "MNQ DEC25",
        "MNQ DEC 25",
        "mnq dec5",
        "CON.F.US.MNQ.Z25",
        " MNQ  12-25 ",
    ],
)
def test_every_spelling_of_a_contract_is_one(spelling: str) -> None:
    assert resolve(spelling) == ("MNQ", "MNQZ5")
    assert resolve("MNQ", spelling) == ("MNQ", "MNQZ5")
    assert resolve(spelling, spelling) == ("MNQ", "MNQZ5")


@pytest.mark.parametrize(
    ("spelling", "root", "code"),
    [
        ("CON.F.US.ENQ.Z25", "NQ", "NQZ5"),
        ("F.US.EP", "ES", "ES"),
        ("ENQ", "NQ", "NQ"),
        ("EP", "ES", "ES"),
        ("EPZ5", "ES", "ESZ5"),
        ("GMET", "MET", "MET"),
        ("6EH4", "6E", "6EH4"),
        ("E7Z5", "E7", "E7Z5"),
        ("M2KZ5", "M2K", "M2KZ5"),
        ("ZN", "ZN", "ZN"),
        ("FGBMZ5", "FGBM", "FGBMZ5"),
        ("CLF6", "CL", "CLF6"),
        ("CL 01-26", "CL", "CLF6"),
    ],
)
def test_roots_with_digits_and_projectx_roots_are_known(
    spelling: str, root: str, code: str
) -> None:
    assert resolve(spelling) == (root, code)


def test_a_contract_left_out_is_the_bare_one_of_its_root() -> None:
    assert resolve("MNQ") == ("MNQ", "MNQ")


@pytest.mark.parametrize(
    ("spelling", "executed", "code"),
    [
        ("ESZ3", "2013-12-01T00:00:00Z", "ESZ3"),
        ("ESZ13", "2013-12-01T00:00:00Z", "ESZ3"),
        ("ESH0", "2029-12-01T00:00:00Z", "ESH0"),
        ("ESH30", "2029-12-01T00:00:00Z", "ESH0"),
        ("ESZ30", "2025-01-01T00:00:00Z", "ESZ0"),
    ],
)
def test_the_year_is_the_one_nearest_to_the_execution(
    spelling: str, executed: str, code: str
) -> None:
    assert resolve(spelling, None, instants.parse(executed))[1] == code


def test_a_year_that_one_digit_would_misread_is_refused() -> None:
    said = "contract year 35 is not near the execution, which is of 2025"
    with pytest.raises(InvalidBody, match=f"^{said}$"):
        resolve("MNQZ35")


@pytest.mark.parametrize(("symbol", "near"), [("MNX", "MNQ"), ("MESS", "MES"), ("NQQ", "NQ")])
def test_an_unknown_root_is_refused_with_near_names(symbol: str, near: str) -> None:
    with pytest.raises(UnknownSymbol, match=near):
        resolve(symbol)


@pytest.mark.parametrize(
    ("symbol", "said"),
    [
        ("ABNQ", "unknown symbol 'ABNQ'; did you mean NQ, MNQ?"),
        ("MESS", "unknown symbol 'MESS'; did you mean MES, ES, MET?"),
        ("???", "unknown symbol '???'; GET /api/instruments lists them"),
    ],
)
def test_an_unknown_root_is_told_what_there_is(symbol: str, said: str) -> None:
    with pytest.raises(UnknownSymbol) as refused:
        resolve(symbol)
    assert refused.value.message == said


@pytest.mark.parametrize("symbol", ["", "?", "MNQ 13-25", "MNQ XYZ25", "CON.F.US.MNQ.A25"])
def test_what_is_no_contract_is_refused(symbol: str) -> None:
    with pytest.raises((UnknownSymbol, InvalidBody)):
        resolve(symbol)


@pytest.mark.parametrize(("symbol", "contract"), [("MNQ", "MESZ5"), ("MNQZ5", "MNQH6")])
def test_a_symbol_and_a_contract_that_disagree_are_refused(symbol: str, contract: str) -> None:
    with pytest.raises(InvalidBody, match="contract"):
        resolve(symbol, contract)


def test_no_projectx_root_is_the_root_of_something_else() -> None:
    for each in SHIPPED.by_root.values():
        code = each.projectx_symbol_id.rpartition(".")[2]
        assert not code or SHIPPED.find(code) == each


def test_the_shipped_table_has_the_facts_of_all_66_roots() -> None:
    with shared_file("instruments.csv").open() as file:
        facts = {row["root"]: row for row in csv.DictReader(file)}
    assert facts.keys() == SHIPPED.by_root.keys()
    assert len(facts) == 66
    for root, row in facts.items():
        ours = SHIPPED.by_root[root]
        tick = Decimal(ours.tick_nanos).scaleb(-fixed.PRICE_PLACES)
        point_value = Decimal(ours.point_value_micros).scaleb(-fixed.MONEY_PLACES)
        assert tick == Decimal(row["tick_size"])
        assert point_value == Decimal(row["point_value"])
        assert tick * point_value == Decimal(row["tick_value"])
        assert (ours.exchange, ours.currency) == (row["exchange"], row["currency"])


def test_a_catalogue_can_be_extended() -> None:
    added = Instrument("XYZ", "Example", "CME", 10**7, 10**6, "USD", "", "HMUZ", is_micro=False)
    extended: Catalogue = SHIPPED.extended([added])
    assert extended.find("XYZ") == added
    assert extended.find("MNQ") == SHIPPED.find("MNQ")
    assert extended.find("EP") == SHIPPED.find("ES")
    assert SHIPPED.find("XYZ") is None


def test_a_spelling_is_read_once_and_what_is_no_contract_s_name_is_not_kept() -> None:
    made = SHIPPED.extended([])
    assert made.resolve("MNQZ5", None, IN_2025) is made.resolve("MNQZ5", None, IN_2025)
    for symbol, contract in (("MNQ".ljust(41), None), ("MNQ".ljust(20), "MNQZ5".ljust(21))):
        again = (made.resolve(symbol, contract, IN_2025) for _ in range(2))
        assert next(again) is not next(again)
    longest = made.resolve("MNQ".ljust(20), "MNQZ5".ljust(20), IN_2025)
    assert made.resolve("MNQ".ljust(20), "MNQZ5".ljust(20), IN_2025) is longest


def test_no_more_than_so_many_spellings_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instruments, "_KEPT_MAX", 2)
    made = SHIPPED.extended([])
    for symbol in ("MNQ", "MES", "NQ"):
        made.resolve(symbol, None, IN_2025)
    assert len(made._resolved) == 1


def test_a_contract_is_that_of_the_two_that_is_dated() -> None:
    found = SHIPPED.delivery("MNQ", "MNQH6", IN_2025)
    assert (found.contract, found.month) == ("MNQH6", 2026 * 12 + 2)


@pytest.mark.parametrize(
    ("symbol", "meant"),
    [
        ("ESZ13", "2013-07-01T14:32:55Z"),
        ("ESZ74", "2074-07-01T14:32:55Z"),
        ("ESZ75", "1975-07-01T14:32:55Z"),
        ("ESZ3", "2025-11-07T14:32:55Z"),
        ("F.US.EP", "2025-11-07T14:32:55Z"),
    ],
)
def test_a_year_of_two_digits_is_one_of_the_century_around_the_time(
    symbol: str, meant: str
) -> None:
    assert instants.text(SHIPPED.time_of(symbol, IN_2025)) == meant
