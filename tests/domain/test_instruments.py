from __future__ import annotations

import csv
from decimal import Decimal

import pytest

from app.domain import fixed, instants
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
    with pytest.raises(InvalidBody, match="year 35 is not near"):
        resolve("MNQZ35")


@pytest.mark.parametrize(("symbol", "near"), [("MNX", "MNQ"), ("MESS", "MES"), ("NQQ", "NQ")])
def test_an_unknown_root_is_refused_with_near_names(symbol: str, near: str) -> None:
    with pytest.raises(UnknownSymbol, match=near):
        resolve(symbol)


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
    assert SHIPPED.find("XYZ") is None
