"""The sample files as text to change, and what is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from app.domain.instruments import SHIPPED
from app.importers import formats
from app.importers.formats import Reading
from app.importers.table import Context
from app.services import imports
from app.services.imports import File, Target
from app.services.resources import Resources
from tests import samples


def sample(name: str) -> str:
    return (samples.FOLDER / name).read_bytes().decode()


def read(content: str, zone: str | None = samples.ZONE) -> Reading:
    return formats.read(content.encode(), Context("A", SHIPPED, zone))


def checked(
    res: Resources,
    content: str,
    zone: str = samples.ZONE,
    fees_per_side: Mapping[str, Decimal] = MappingProxyType({}),
) -> File:
    target = Target("A", zone=zone, fees_per_side=fees_per_side)
    return imports.check(res, "f.csv", content.encode(), target)


def bad(content: str) -> list[tuple[int, str]]:
    return [(each.line, each.column) for each in read(content).found.bad_lines]


def lines(name: str) -> list[str]:
    return sample(name).splitlines(keepends=True)
