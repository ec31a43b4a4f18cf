"""Machines are cut off one by one, and no caller is ever told anything wrong.

Three machines that serve, one with PostgreSQL and one with Redis, at one bridge. Cables are pulled,
and packets are lost without a word, which is the harder case: nothing fails, it only never ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from tests.service import ROOT, USUAL
from tests.system.cluster import ACCOUNTS, TOKEN, Cluster
from tests.system.freshness import Write
from tests.system.freshness import faults as stale
from tests.system.hosts import Cut, Host, Lan, Postgres, RedisHost, Web, required
from tests.system.outages import ANSWER_MAX_S, BACK_MAX_S, GOOD, REFUSED, Answer, Outage, faults
from tests.system.watch import waited_for

# How long to go on with cuts at random after those below.
SECONDS = float(os.environ.get("PARTITION_SECONDS", "0"))
SEED = int(os.environ.get("PARTITION_SEED", "1"))
WEBS = ("web1", "web2", "web3")
# Longer than the system waits before it sends a question anew for the fifth time, after which it
# would wait for as long again.
LONG_S = 7.0
MOMENT_S, CUT_MAX_S = 1.0, 20.0
CUTS: tuple[tuple[str, Cut, float], ...] = (
    ("web1", "silent", MOMENT_S),
    ("web2", "pulled", MOMENT_S),
    ("web3", "silent", MOMENT_S),
    ("redis", "silent", 2 * MOMENT_S),
    ("redis", "pulled", MOMENT_S),
    ("db", "silent", LONG_S),
    ("db", "pulled", 3 * MOMENT_S),
)


# Four of them start at once.
START_MAX_S = 90
PATIENT = (*USUAL[:-1], "tests.system.naive:create_patient()")


class Told(NamedTuple):
    """What some machines have to say while another is cut off."""

    hosts: Sequence[str]
    statuses: Sequence[int]


class Machines(NamedTuple):
    """All of them by their names, and the services on some; one of these waits for ever."""

    hosts: Mapping[str, Host]
    webs: list[Web]
    patient: Web
    database_url: str


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    required()
    with ExitStack() as stack:
        lan = stack.enter_context(Lan())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        hosts = {name: lan.host(name) for name in ("db", "redis", *WEBS, "patient")}
        database, redis = Postgres(hosts["db"], folder), RedisHost(hosts["redis"])
        stack.callback(database.stop)
        stack.callback(redis.stop)
        same = {"API_TOKEN": TOKEN, "SECRET_KEY": TOKEN * 2, "LOG_LEVEL": "WARNING"}
        same |= {"DATABASE_URL": database.url, "REDIS_URL": redis.url}
        webs = [Web(hosts[name], tmp_path, same) for name in WEBS]
        patient = Web(hosts["patient"], tmp_path, same, workers=1)
        for web in (*webs, patient):
            stack.callback(web.kill)
            web.launch(*(PATIENT if web is patient else ()))
        for web in (*webs, patient):
            web.wait_for("/health/ready", START_MAX_S)
        yield Machines(hosts, webs, patient, database.url)


def cut(cluster: Cluster, host: Host, how: Cut, for_s: float, others: Told) -> Outage:
    """Cut a machine off for a time and until the others have said what they must, and see
    everything come back.
    """
    began_s = time.monotonic()
    host.cut(how)
    time.sleep(for_s)
    have_said = waited_for(lambda: cluster.has_said(began_s, *others), ANSWER_MAX_S)
    host.heal()
    healed_s = time.monotonic()
    assert have_said, f"{host.name} was {how}, and not all others said {others.statuses}"
    waited_for(lambda: not cluster.missing(healed_s), BACK_MAX_S)
    away_s, back_s = healed_s - began_s, time.monotonic() - healed_s
    print(f"{host.name} {how} for {away_s:.1f} s, back after {back_s:.1f} s")  # noqa: T201 (as below)
    assert cluster.missing(healed_s) == set(), f"{host.name} was {how} for {away_s:.1f} s"
    return Outage(host.name, began_s, healed_s)


def told_meanwhile(hosts: Mapping[str, Host], name: str, how: Cut, for_s: float) -> Told:
    """Who has to say what: without the database all are to say so, without another machine the
    rest go on.
    """
    others = [hosts[each].name for each in WEBS if each != name]
    if name != "db":
        return Told(others, GOOD)
    return Told(others if is_long(name, how, for_s) else [], REFUSED[:1])


@contextmanager
def held(host: Host, url: str) -> Iterator[None]:
    """Let a machine be in the middle of a write to an account, for as long as this lasts."""
    command = (sys.executable, "-m", "tests.system.lock_holder", url, ACCOUNTS[0])
    holder = subprocess.Popen(host.command(*command), cwd=ROOT, stdout=subprocess.PIPE)
    with holder:
        try:
            assert holder.stdout
            assert holder.stdout.readline() == b"held\n"
            yield
        finally:
            holder.kill()


def is_long(name: str, how: Cut, for_s: float) -> bool:
    """Whether the database is gone for so long that everybody has to find out."""
    return name == "db" and how == "silent" and for_s >= LONG_S


def planned() -> Iterator[tuple[str, Cut, float]]:
    """Each machine in its turn, and then any of them for some time."""
    yield from CUTS
    rng, until_s = Random(SEED), time.monotonic() + SECONDS
    while time.monotonic() < until_s:
        how: Cut = rng.choice(("silent", "pulled"))
        yield rng.choice((*WEBS, "redis", "db")), how, rng.uniform(0.1, CUT_MAX_S)


@pytest.mark.feature("TPA-26", "TPA-31", "TPA-20")
def test_no_machine_that_is_cut_off_makes_an_answer_wrong_or_a_caller_wait(
    machines: Machines,
) -> None:
    print(f"PARTITION_SEED={SEED}")  # noqa: T201 (what pytest shows of a test that failed)
    hosts, webs, patient, url = machines
    cluster, outages = Cluster(webs, SEED, [patient]), list[Outage]()
    with cluster.running():
        for name, how, for_s in planned():
            with held(hosts["web1"], url) if is_long(name, how, for_s) else nullcontext():
                others = told_meanwhile(hosts, name, how, for_s)
                outages.append(cut(cluster, hosts[name], how, for_s, others))
        waited_for(lambda: has_given_up(cluster, patient), ANSWER_MAX_S)
    found = faults(outages, cluster.answers, hosts["db"].name)
    assert [each for each in found if patient.host.name not in each] == []
    assert any(patient.host.name in each and "nobody knew" in each for each in found)
    reads = cluster.reads(outages)
    assert stale(cluster.writes, reads) == []
    assert_each_was_stored_once(cluster.writes)


def assert_each_was_stored_once(writes: Sequence[Write]) -> None:
    """However often a write was sent before it was acknowledged, it made one version."""
    for account_id in ACCOUNTS:
        made = [each.version for each in writes if each.account_id == account_id]
        assert made == list(range(1, len(made) + 1))


def has_given_up(cluster: Cluster, web: Web) -> bool:
    """Whether an answer of one that waits for ever has come too late, or its caller went."""
    name = web.host.name
    return any(each.host == name and took_s(each) > ANSWER_MAX_S for each in cluster.answers)


def took_s(answer: Answer) -> float:
    return answer.ended_s - answer.began_s
