"""The real Flipper gem and Flagstaff on one real PostgreSQL: each reads what the other writes, both decide alike."""

from __future__ import annotations

import json
import random
import re
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flagstaff.audience.buckets import prepare
from flagstaff.config.load import Inputs, load
from flagstaff.model import live as model
from flagstaff.model.configuration import ProviderSettings
from flagstaff.model.exposure import ALL_ACTORS, OFF, ON, Exposure
from flagstaff.model.live import Refusal, Step, Target, Unrepresentable
from flagstaff.providers.flipper.gates import opens
from flagstaff.providers.protocols import Conflict, Provider
from flagstaff.providers.registry import open_provider
from flagstaff.testing.postgres import PASSWORD, USER

pytestmark = [pytest.mark.service("postgres"), pytest.mark.service("flipper")]

PEER = Path(__file__).with_name("flipper_peer.rb")
EXAMPLE = Path(__file__).resolve().parents[2] / "configs" / "va"
KEY = "mhv_accelerated_delivery_allergies_enabled"
FIVE = Exposure.parse("5")


class Peer:
    """A Ruby process with the gem; `peer("look", key=...)` asks it."""

    def __init__(self, database) -> None:
        place = {"host": str(database.cluster.folder), "port": database.cluster.port, "database": database.name}
        self.process = subprocess.Popen(
            ["ruby", str(PEER), json.dumps({**place, "username": USER})],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self("migrate")

    def __call__(self, do: str, **fields: Any) -> Any:
        self.tell(do, **fields)
        return self.hear()["answer"]

    def tell(self, do: str, **fields: Any) -> None:
        self.process.stdin.write(json.dumps({"do": do, **fields}) + "\n")
        self.process.stdin.flush()

    def hear(self) -> Any:
        heard = json.loads(self.process.stdout.readline())
        answer = heard.get("answer")
        assert not (isinstance(answer, dict) and "error" in answer), answer
        return heard

    def write(self, key: str, method: str, argument: Any = None) -> None:
        self("write", key=key, method=method, argument=argument)

    def close(self) -> None:
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


@pytest.fixture
def peer(database) -> Iterator[Peer]:
    made = Peer(database)
    yield made
    made.close()


@pytest.fixture
def provider(database, tmp_path) -> Provider:
    return open_provider(ProviderSettings("flipper", "sql", {"url": database.url}, {"password": PASSWORD}), tmp_path)


def move(provider: Provider, key: str, exposure: Exposure, **fields: bool) -> None:
    """One move by SQL, written and checked as an apply does; nothing where it is so already."""
    expect = provider.reader.read([key])
    steps = provider.dialect.compile(provider.dialect.live(expect.toggles.get(key)), Target(key, exposure, **fields))
    assert not isinstance(steps, Refusal), steps
    for result in provider.writer.write_batch(steps, expect):
        assert provider.dialect.live(result.raw).exposure == exposure


def live(provider: Provider, key: str) -> model.Live:
    return provider.dialect.live(provider.reader.read([key]).toggles.get(key))


@pytest.mark.parametrize(
    ("exposure", "state", "boolean", "percentage"),
    [
        (OFF, "off", False, 0),
        (Exposure.parse("0.001"), "conditional", False, 0.001),
        (FIVE, "conditional", False, 5),
        (Exposure.parse("12.345"), "conditional", False, 12.345),
        (ALL_ACTORS, "conditional", False, 100),
        (ON, "on", True, 0),
    ],
    ids=str,
)
@pytest.mark.parametrize("key", [KEY, "größe 旗 🏁", 'a/b"c'])
def test_flipper_reads_what_we_write(peer, provider, exposure, state, boolean, percentage, key):
    """Made by us, then moved by us from everything else that there is; testers stay throughout."""
    move(provider, key, exposure, create=True)
    assert peer("list") == [key]
    peer.write(key, "enable_actor", "größe 1,5")
    for before in (ON, FIVE, ALL_ACTORS, OFF):
        move(provider, key, before)
        move(provider, key, exposure)
        seen = peer("look", key=key)
        assert seen == {
            "exists": True,
            "state": "conditional" if state == "off" else state,
            "boolean": boolean,
            "actors": ["größe 1,5"],
            "groups": [],
            "actors_percentage": percentage,
            "time_percentage": 0,
        }
        assert peer("decide", key=key, ids=["größe 1,5"]) == "1"
    move(provider, key, OFF, delete=True)
    assert peer("list") == []
    assert peer("look", key=key)["state"] == "off"


def test_we_read_what_flipper_writes(peer, provider):
    for key, method, argument in (
        ("on", "enable", None),
        ("off", "disable", None),
        ("percent", "enable_percentage_of_actors", 25),
        ("decimal", "enable_percentage_of_actors", 2.007),
        ("all", "enable_percentage_of_actors", 100),
        ("closed", "enable_percentage_of_actors", 5),
        ("closed", "disable_percentage_of_actors", None),
        ("größe 旗", "enable_percentage_of_actors", 0.5),
        ("testers", "enable_actor", "User;2"),
        ("testers", "enable_actor", "größe 1,5"),
        ("group", "enable_group", "staff"),
        ("time", "enable_percentage_of_time", 12.5),
        ("always", "enable_percentage_of_time", 100),
    ):
        peer.write(key, method, argument)
    toggles = provider.reader.read().toggles
    seen = {key: provider.dialect.live(raw) for key, raw in toggles.items()}
    assert list(toggles) == sorted(peer("list"))
    assert {key: one.exposure for key, one in seen.items()} == {
        "on": ON,
        "off": OFF,
        "percent": Exposure.parse("25"),
        "decimal": Exposure.parse("2.007"),
        "all": ALL_ACTORS,
        "closed": OFF,
        "größe 旗": Exposure.parse("0.5"),
        "testers": OFF,
        "group": Unrepresentable("groups = staff"),
        "time": Unrepresentable("percentage_of_time = 12.5"),
        "always": ON,
    }
    assert toggles["closed"]["percentage_of_actors"] == "0"
    assert seen["testers"].testers == model.Testers(("User;2", "größe 1,5"))
    assert seen["group"].testers == model.Testers((), ("staff",))
    for key in ("on", "percent", "time", "always"):
        move(provider, key, OFF)
        assert peer("look", key=key)["state"] == "off"


def test_flipper_decides_as_we_say(peer, provider):
    """200,000 decisions of the gem itself, at levels where its arithmetic opens one bucket more, too.

    Ours are made twice: id by id, and all at once as an audience does.
    """
    desired = load(EXAMPLE, Inputs()).desired
    keys = [*sorted(toggle.key for toggle in desired.toggles.values())[:17], "größe", "旗 🏁", "a/b"]
    levels = ["0.001", "2.007", "2.011", "12.345", "65.534", "5", "5.5", "33.333", "50", "99.999"]
    chance = random.Random(20)
    ids = [
        *(f"User;{number}" for number in range(4_000)),
        *(str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(4_000)),
        *(f"{name}.{number}@example.gov" for number in range(500) for name in ("ann", "bo")),
        *(f"größe;{number} 旗" for number in range(1_000)),
    ]
    people = prepare(provider.dialect.hashing, [id.encode() for id in ids])
    decisions = 0
    for key, level in zip(keys, [*levels, *levels], strict=True):
        exposure = Exposure.parse(level)
        move(provider, key, exposure, create=True)
        buckets = provider.dialect.bucket(key, ids).values
        decided = peer("decide", key=key, ids=ids)
        assert decided == "".join("1" if bucket < opens(exposure) else "0" for bucket in buckets)
        assert decided == "".join("1" if inside else "0" for inside in people.buckets(key) < opens(exposure))
        decisions += len(decided)
    assert decisions == 200_000


@pytest.mark.parametrize("level", ["0.001", "2.006", "2.007", "2.011", "12.345", "65.534", "65.535", "99.998"])
def test_the_last_open_bucket_is_the_one_that_we_say(peer, provider, level):
    """Ids are sought whose buckets lie around the limit: it is exact, and not only nearly so."""
    exposure = Exposure.parse(level)
    around = range(exposure.level - 1, exposure.level + 2)
    found: dict[int, str] = {}
    for number in range(0, 10_000_000, 1_000):
        ids = [str(candidate) for candidate in range(number, number + 1_000)]
        buckets = provider.dialect.bucket(KEY, ids).values
        found |= {bucket: id for bucket, id in zip(buckets, ids, strict=True) if bucket in around}
        if len(found) == 3:
            break
    move(provider, KEY, exposure, create=True)
    decided = peer("decide", key=KEY, ids=[found[bucket] for bucket in around])
    assert decided == "".join("1" if bucket < opens(exposure) else "0" for bucket in around)
    assert opens(exposure) - exposure.level == (level in {"2.007", "2.011", "65.534"})


def test_nobody_of_the_cohort_is_ever_off_on_the_way_down(peer, provider):
    """To 5 % from on, from 100 % of time and from 100 % of actors, over and over, while the gem reads."""
    starts = {"boolean": "enable", "time": "enable_percentage_of_time", "actors": "enable_percentage_of_actors"}
    for key, method in starts.items():
        peer.write(key, method, None if key == "boolean" else 100)
    raws = provider.reader.read().toggles
    limit = opens(FIVE)
    member = next(
        id
        for id in map(str, range(1_000_000))
        if all(provider.dialect.bucket(key, [id]).values[0] < limit for key in starts)
    )
    peer.tell("watch", keys=list(starts), id=member, count=2_000)
    assert peer.hear() == {"started": True}
    for _ in range(30):
        for key in starts:
            move(provider, key, FIVE)
        restore(provider, raws)
    peer.tell("stop")
    seen = peer.hear()["answer"]
    assert seen["reads"] >= 2_000
    assert seen["off"] == 0


def restore(provider: Provider, raws) -> None:
    """Back to where it started from, all of them at once: whoever reads is never off either."""
    now = provider.reader.read(list(raws))
    steps = [Step(key, "gates", dict(raw), ON) for key, raw in raws.items()]
    provider.writer.write_batch(steps, now)


def test_a_writer_of_flipper_at_the_same_time_leaves_no_second_row_of_ours(peer, provider, database):
    """Its writer deletes and inserts. We change a row in place, under a lock: it can't go on from what we replaced.

    A conflict is what we get where it was first, and nothing is written then.
    """
    peer.write(KEY, "enable_percentage_of_actors", 1)
    peer.tell("hammer", key=KEY, values=[10, 20, 30])
    assert peer.hear() == {"started": True}
    written = doubled = 0
    for turn in range(150):
        try:
            move(provider, KEY, Exposure.parse(str(40 + turn % 3)))
            written += 1
        except Conflict:
            pass
        with database.connect() as connection:
            rows = connection.execute("select count(*) from flipper_gates").fetchone()
        doubled += rows != (1,)
    peer.tell("stop")
    assert peer.hear()["answer"]["writes"] > 0
    assert written > 0
    assert doubled == 0


def test_two_rows_of_one_gate_are_known_for_what_they_are_and_healed(peer, provider, database):
    """The race of two of Flipper's own writers, played by hand."""
    peer.write(KEY, "enable_percentage_of_actors", 5)
    with database.connect() as connection:
        connection.execute(
            "insert into flipper_gates (feature_key, key, value, created_at, updated_at)"
            " values (%s, 'percentage_of_actors', '20', now(), now())",
            [KEY],
        )
    exposure = live(provider, KEY).exposure
    assert isinstance(exposure, Unrepresentable)
    assert re.match("percentage_of_actors = 20 and 5 at once, of two writers", exposure.reason)
    move(provider, KEY, Exposure.parse("20"))
    assert peer("look", key=KEY)["actors_percentage"] == 20
    with database.connect() as connection:
        assert connection.execute("select value from flipper_gates").fetchall() == [("20",)]
