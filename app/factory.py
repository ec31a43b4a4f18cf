"""The composition root: settings -> resources -> Flask. The only module that knows everything."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from typing import NoReturn, TypeVar

from flask import Flask
from gevent import get_hub
from gevent.monkey import is_module_patched

from app import blueprints, telemetry
from app.blueprints.replay import Replay
from app.cache.memory import Memory
from app.cache.read_through import ReadThrough
from app.cache.shared import Nothing, Redis
from app.db.connection import Database
from app.domain import instants
from app.metrics import counts
from app.realtime.bus import RedisBus, Silence
from app.realtime.hub import Hub
from app.services import broker
from app.services.accounts import states
from app.services.broker_bars import BrokerBars
from app.services.callers import Callers
from app.services.live import Live
from app.services.resources import Offload, Resources, in_place, runner
from app.services.secret_key import SecretKey
from app.services.webhook_sending import Sender
from app.services.webhooks import Webhooks, new_name
from app.settings import Settings, from_env

_T = TypeVar("_T")

# How long a caller waits for the broker; a sync has more time.
CALLER_PATIENCE_S = 5.0


def create_app(settings: Settings | None = None) -> Flask:
    """The application of an environment; no connection is opened before the first request."""
    settings = settings or from_env()
    telemetry.configure(settings.log_level, settings.secrets)
    counts.begin()
    app = Flask(__name__, static_folder=None)
    app.extensions["resources"] = res = resources(settings)
    app.extensions["webhooks"] = webhooks(settings, res)
    app.extensions["settings"] = settings
    if settings.auth_mode == "none":
        telemetry.logger().warning("anyone may call and change anything: AUTH_MODE=none")
    # Every path is answered in one shape, none by a redirect.
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    blueprints.register(app)
    app.wsgi_app = Replay(app)  # type: ignore[method-assign,assignment]
    return app


def resources(settings: Settings) -> Resources:
    """The stores and the clock that the settings name."""
    db = Database(settings.database_url)
    url = settings.redis_url
    hub = Hub(lambda keys: states(db, keys, _now_us()), RedisBus(url) if url else Silence())
    db.on_commit = hub.tell
    offload = _offload()
    client = broker.connect(settings, db, _now_us, patience_s=CALLER_PATIENCE_S, offload=offload)
    res = Resources(
        db=db,
        now_us=_now_us,
        offload=offload,
        default_timezone=settings.default_timezone,
        default_account_id=settings.default_account_id,
        requires_token=settings.auth_mode != "none",
        secret_key=SecretKey(settings.secret_key, settings.data_dir),
        cache=ReadThrough(Memory(), Redis(url) if url else Nothing()),
        callers=Callers(),
        hub=hub,
        mark_age_max_us=settings.mark_max_age * instants.SECOND_US,
        broker=client,
        bar_source=BrokerBars(client, _now_us, partial(runner, offload)) if client else None,
    )
    hub.fanout.read_from(Live(res))
    return res


def webhooks(settings: Settings, res: Resources) -> Webhooks | None:
    """What delivers webhooks once it is started; None where there are none."""
    if not settings.webhook_url or settings.webhook_secret is None:
        return None
    sender = Sender(settings.webhook_secret, settings.webhook_private_hosts)
    return Webhooks(res, settings.webhook_url, sender, new_name())


def _now_us() -> int:
    return time.time_ns() // 1000


def _offload() -> Offload:
    return _in_native_thread if is_module_patched("threading") else in_place


def _in_native_thread(work: Callable[[], _T]) -> _T:
    # In a gevent worker all requests share one thread; this one's long work takes another.
    outcome: Callable[[], _T] = get_hub().threadpool.apply(copy_context().run, (_outcome, work))
    return outcome()


def _outcome(work: Callable[[], _T]) -> Callable[[], _T]:
    """What the work returns or raises, to be had later: gevent would print what it raises."""
    try:
        result = work()
    except Exception as error:  # noqa: BLE001 (raised again where it is asked for)
        return partial(_raise, error)
    return lambda: result


def _raise(error: Exception) -> NoReturn:
    raise error
