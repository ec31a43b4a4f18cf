"""Checks something field by field, so that every fault is named and not the first alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from app.errors import AppError, Detail, InvalidBody

_T = TypeVar("_T")


class Refused(Exception):
    """The faults of one thing that was handed in, and the kinds of failure that they stand for."""

    def __init__(self, faults: list[tuple[type[AppError], Detail]]) -> None:
        super().__init__(faults[0][1].message)
        self.kinds = {kind for kind, _ in faults}
        self.details = [detail for _, detail in faults]


class Faults:
    """The faults found so far."""

    def __init__(self) -> None:
        self.found: list[tuple[type[AppError], Detail]] = []

    def attempt(self, field: str, make: Callable[[], _T]) -> _T | None:
        """What `make` returns; what it raises is a fault of the field."""
        try:
            return make()
        except AppError as error:
            self.add(type(error), Detail(field, error.message))
        except ValueError as error:
            self.add(InvalidBody, Detail(field, f"{field} {error}"))
        return None

    def check(self, faults: Iterable[Detail]) -> None:
        """Note what makes the body invalid."""
        for fault in faults:
            self.found.append((InvalidBody, fault))

    def add(self, kind: type[AppError], fault: Detail) -> None:
        """Note a fault of a kind."""
        self.found.append((kind, fault))
