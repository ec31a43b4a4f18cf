"""What every part of a sync works with."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from app.broker.projectx import ProjectX
from app.db.syncs import Sync
from app.domain.instruments import Catalogue
from app.services.resources import Resources

# Who brings what a sync brings.
SOURCE = "topstepx"


class Syncing(NamedTuple):
    """The stores and the broker; `step` comes before every question and every transaction, and
    ends the sync there if it is to end.
    """

    res: Resources
    broker: ProjectX
    step: Callable[[], None]


class Synced(NamedTuple):
    """An account here, its number at the broker, and how its sync stands."""

    account_id: str
    currency: str
    known: Catalogue
    sync: Sync

    @property
    def broker_id(self) -> int:
        """The broker's number of the account."""
        return self.sync.broker_account_id

    @property
    def key(self) -> int:
        """The account's key here."""
        return self.sync.account_key
