"""Trader Performance API: a futures trader's fills go in, right figures come out.

    cli          `flask` commands: the same services without HTTP
    demo_gateway/  a broker to try things with: ProjectX's API, an invented trader
    factory      composition root: Settings -> Resources -> Flask
    blueprints/  HTTP: parse into a typed query, call one service, answer
    services/    use cases; `ingest.record` is the one way in for a fill
    db/          the only package that knows SQL
    broker/      the outside: ProjectX's API as typed answers, within its limits
    importers/   one file a format: bytes -> fills or named bad lines
    domain/      executions, positions, P&L, drawdown, periods: pure
    allocator, errors, metrics/, redis_client, settings, telemetry
    worker, connections  how Gunicorn's worker serves a connection, and what it knows by heart

Imports point downward only; `.importlinter` holds that in every check.
"""

VERSION = "1.0.0"
