"""ProjectX Gateway (TopstepX): what a sync and the bars need of it, and nothing that trades."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from app.broker import answers, rows
from app.broker.answers import Envelope, Nonsense
from app.broker.limits import BARS, CALLERS, GENERAL, Budget, Limit
from app.broker.login import Credentials, Login
from app.broker.model import (
    BarQuestion,
    BrokerAccount,
    BrokerBar,
    BrokerContract,
    BrokerOrder,
    BrokerPosition,
    BrokerTrade,
    Window,
)
from app.broker.transport import Time, Transport
from app.domain import instants
from app.errors import UpstreamRefused, UpstreamUnavailable, UpstreamUnknown

_T = TypeVar("_T")
_Answer = TypeVar("_Answer", bound=Envelope)
_Row = TypeVar("_Row", BrokerOrder, BrokerPosition, BrokerTrade)

# Whom a question for bars is charged to.
FOR_SYNC: Sequence[Limit] = (BARS,)
FOR_CALLERS: Sequence[Limit] = (BARS, CALLERS)

BARS_A_PAGE = 20_000
PAGES_MAX = 20
# About as much as a bar takes; what a long answer says is read where `runner` wants it read.
_ROW_BYTES = 90
# How many rows the broker gives at most is nowhere said: fuller windows are asked for in halves.
ROWS_TRUSTED_MAX = 500
_WINDOW_US_MIN = instants.SECOND_US
# What comes late by less than this is found by the next window, too.
OVERLAP_US = 10 * 60 * instants.SECOND_US

_ACCOUNT_ERRORS = {1: "account"}
_CONTRACT_ERRORS = {1: "contract"}


class Run(Protocol):
    """Does a piece of work, here or elsewhere."""

    def __call__(self, work: Callable[[], _T], /) -> _T:
        """What the work returns or raises."""
        ...


def _at_once(work: Callable[[], _T]) -> _T:
    return work()


def _in_place(_: int) -> Run:
    return _at_once


class ProjectX:
    """A client of one user. It is safe in many threads; every answer is whole, or an error."""

    def __init__(
        self,
        base_url: str,
        credentials: Credentials,
        budget: Budget,
        *,
        patience_s: float,
        clock: Time | None = None,
        runner: Callable[[int], Run] = _in_place,
    ) -> None:
        clock = clock or Time()
        self._runner = runner
        self._transport = Transport(base_url, budget, patience_s, clock)
        self._login = Login(self._transport, credentials, clock)

    def close(self) -> None:
        """Close idle connections; the client can still be used."""
        self._transport.close()

    def token(self) -> str:
        """A token for the live hubs."""
        return self._login.token()

    def accounts(self) -> list[BrokerAccount]:
        """The user's active accounts, by id."""
        question = {"onlyActiveAccounts": True}
        answer = self._asked("/api/Account/search", question, answers.Accounts)
        found = answers.rows(answer.accounts, rows.Account.told, lambda each: each.account_id)
        return sorted(found.values())

    def contracts(self, *, is_live: bool = False) -> list[BrokerContract]:
        """All contracts that can be traded now. Simulated accounts have none on the live feed."""
        answer = self._asked("/api/Contract/available", {"live": is_live}, answers.Contracts)
        return _contracts(answer)

    def contracts_like(self, text: str, *, is_live: bool = False) -> list[BrokerContract]:
        """At most 20 contracts whose names are somehow like a text: `NQ` finds NQM, too."""
        question = {"searchText": text, "live": is_live}
        return _contracts(self._asked("/api/Contract/search", question, answers.Contracts))

    def contract(self, contract_id: str) -> BrokerContract:
        """One contract, also one that has expired; UpstreamUnknown where there is none."""
        question = {"contractId": contract_id}
        path = "/api/Contract/searchById"
        answer = self._asked(path, question, answers.OneContract, _CONTRACT_ERRORS)
        said = [answer.contract] if answer.contract else []
        found = answers.rows(said, rows.Contract.told, _contract_id)
        if contract_id not in found:
            raise Nonsense("the broker's answer is of another contract")
        return found[contract_id]

    def bars(self, asked: BarQuestion, limits: Sequence[Limit] = FOR_SYNC) -> list[BrokerBar]:
        """The bars of a window, oldest first, page by page backward from its end."""
        found: dict[int, BrokerBar] = {}
        window = asked.window
        for _ in range(PAGES_MAX):
            page = self._bars(asked._replace(window=window), limits)
            found = {each.opened_at_us: each for each in page} | found
            if len(page) < BARS_A_PAGE:
                return [found[at_us] for at_us in sorted(found)]
            window = Window(window.start_us, min(each.opened_at_us for each in page))
        raise UpstreamUnavailable("the broker has more bars than fit into an answer: ask for fewer")

    def orders(self, account_id: int, window: Window) -> list[BrokerOrder]:
        """The orders that were made in a window, whatever became of them, oldest first."""
        found = self._halved(self._orders, account_id, window)
        return sorted(found.values(), key=_by_creation)

    def open_orders(self, account_id: int) -> list[BrokerOrder]:
        """The orders that wait for their fill, oldest first."""
        question = {"accountId": account_id}
        path = "/api/Order/searchOpen"
        answer = self._asked(path, question, answers.Orders, _ACCOUNT_ERRORS)
        found = answers.rows(answer.orders, rows.Order.told, lambda each: each.order_id)
        return sorted(_own(found, account_id).values(), key=_by_creation)

    def positions(self, account_id: int) -> list[BrokerPosition]:
        """The positions that are open now, by contract."""
        question = {"accountId": account_id}
        path = "/api/Position/searchOpen"
        answer = self._asked(path, question, answers.Positions, _ACCOUNT_ERRORS)
        found = answers.rows(answer.positions, rows.Position.told, lambda each: each.position_id)
        held = (each for each in _own(found, account_id).values() if each.quantity)
        return sorted(held, key=lambda each: each.contract_id)

    def trades(self, account_id: int, window: Window) -> list[BrokerTrade]:
        """The fills of a window, voided ones too, in their order."""
        found = self._halved(self._trades, account_id, window)
        return sorted(found.values(), key=lambda each: (each.executed_at_us, each.trade_id))

    def _asked(
        self,
        path: str,
        question: Mapping[str, object],
        kind: type[_Answer],
        unknown: Mapping[int, str] | None = None,
        limits: Sequence[Limit] = (GENERAL,),
    ) -> _Answer:
        """A successful answer; `unknown` names what an error code says the broker does not have."""

        def read(content: bytes) -> _Answer:
            run = self._runner(len(content) // _ROW_BYTES)
            answer = run(lambda: answers.read(content, kind))
            if not answer.success:
                raise _refusal(path, answer.error_code, unknown or {})
            return answer

        return self._login.with_token(
            lambda token: self._transport.ask(path, question, token, limits, read)
        )

    def _bars(self, asked: BarQuestion, limits: Sequence[Limit]) -> list[BrokerBar]:
        question = {
            "contractId": asked.contract_id,
            "live": asked.is_live,
            "startTime": instants.text(asked.window.start_us),
            "endTime": instants.text(asked.window.end_us),
            "unit": asked.unit.unit,
            "unitNumber": asked.unit.number,
            "limit": BARS_A_PAGE,
            "includePartialBar": asked.has_partial,
        }
        path = "/api/History/retrieveBars"
        answer = self._asked(path, question, answers.Bars, _CONTRACT_ERRORS, limits)
        run = self._runner(len(answer.bars or ()))
        found = run(
            lambda: answers.rows(answer.bars, rows.Bar.told, lambda each: each.opened_at_us)
        )
        start_us, end_us = asked.window
        return [each for each in found.values() if start_us <= each.opened_at_us < end_us]

    def _orders(self, account_id: int, window: Window) -> dict[int, BrokerOrder]:
        question = _searched(account_id, window)
        answer = self._asked("/api/Order/search", question, answers.Orders, _ACCOUNT_ERRORS)
        found = answers.rows(answer.orders, rows.Order.told, lambda each: each.order_id)
        return _own(found, account_id)

    def _trades(self, account_id: int, window: Window) -> dict[int, BrokerTrade]:
        question = _searched(account_id, window)
        answer = self._asked("/api/Trade/search", question, answers.Trades, _ACCOUNT_ERRORS)
        found = answers.rows(answer.trades, rows.Trade.told, lambda each: each.trade_id)
        return _own(found, account_id)

    def _halved(
        self, search: Callable[[int, Window], dict[int, _Row]], account_id: int, window: Window
    ) -> dict[int, _Row]:
        """The rows of a window; where they are many, those of its halves instead."""
        found = search(account_id, window)
        if len(found) < ROWS_TRUSTED_MAX or window.end_us - window.start_us <= _WINDOW_US_MIN:
            return found
        middle_us = (window.start_us + window.end_us) // 2
        halves = (Window(window.start_us, middle_us), Window(middle_us, window.end_us))
        # A row of both halves counts as it was seen last.
        first, second = (self._halved(search, account_id, half) for half in halves)
        return first | second


def windows(start_us: int, end_us: int, step_us: int = instants.DAY_US) -> Iterator[Window]:
    """A span cut into windows of a bearable length that overlap, so that what the broker dates a
    little back is not missed at a cut.
    """
    at_us = start_us
    while at_us < end_us:
        yield Window(max(start_us, at_us - OVERLAP_US), min(at_us + step_us, end_us))
        at_us += step_us


def _contract_id(contract: BrokerContract) -> str:
    return contract.contract_id


def _by_creation(order: BrokerOrder) -> tuple[int, int]:
    return order.created_at_us, order.order_id


def _contracts(answer: answers.Contracts) -> list[BrokerContract]:
    return sorted(answers.rows(answer.contracts, rows.Contract.told, _contract_id).values())


def _own(found: dict[int, _Row], account_id: int) -> dict[int, _Row]:
    if any(each.account_id != account_id for each in found.values()):
        raise Nonsense("the broker's answer is of another account")
    return found


def _searched(account_id: int, window: Window) -> dict[str, object]:
    return {
        "accountId": account_id,
        "startTimestamp": instants.text(window.start_us),
        "endTimestamp": instants.text(window.end_us),
    }


def _refusal(path: str, code: int, unknown: Mapping[int, str]) -> UpstreamUnavailable:
    if code in unknown:
        return UpstreamUnknown(f"the broker knows no such {unknown[code]}")
    if code == 0:
        return UpstreamUnavailable("the broker failed without a reason; try again")
    return UpstreamRefused(f"the broker refused {path} (error {code})")
