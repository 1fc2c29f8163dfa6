"""State stores of every kind, as the tests of faults want them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flagstaff.state.local import LocalStore
from flagstaff.state.store import StateStore

MEMORY = Path("/dev/shm")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whoever asks for `kind`, and does not say which, is run for each kind of store."""
    given = any("kind" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
    if "kind" in metafunc.fixturenames and not given:
        kinds = ["local", *(pytest.param(name, marks=pytest.mark.service(name)) for name in ("postgres", "s3"))]
        metafunc.parametrize("kind", kinds)


@pytest.fixture(autouse=True)
def _unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Coverage of a process that is killed would be lost, and its torn file end up beside the good ones."""
    for name in [name for name in os.environ if name.startswith("COV")]:
        monkeypatch.delenv(name)


@pytest.fixture
def folder():
    """In memory where that can be: what kills a process is no power cut, and syncing takes its time."""
    made = Path(tempfile.mkdtemp(prefix="flagstaff-", dir=MEMORY if MEMORY.is_dir() else None))
    yield made
    shutil.rmtree(made)


@pytest.fixture
def settings(kind: str, request: pytest.FixtureRequest) -> dict[str, Any]:
    """What a backend block and what is given beside it say."""
    if kind == "postgres":
        from flagstaff.testing.postgres import PASSWORD

        url = request.getfixturevalue("database").url
        return {"url": url.replace("@", f":{PASSWORD.replace(' ', '%20')}@")}
    if kind == "s3":
        found: dict[str, Any] = request.getfixturevalue("s3").settings()
        return found
    return {}


@dataclass(frozen=True)
class Spot:
    """One state's place, and what somebody else may do to it."""

    open: Callable[[], StateStore]
    put: Callable[[str], object]
    delete_state: Callable[[], object]
    delete_journal: Callable[[], object]
    backup: Callable[[], str]


@pytest.fixture
def spot(kind: str, settings: dict[str, Any], folder: Path, request: pytest.FixtureRequest) -> Spot:
    match kind:
        case "postgres":
            return _postgres(settings, request.getfixturevalue("database"))
        case "s3":
            return _s3(settings, request.getfixturevalue("s3"))
    return _local(folder / "va.json")


def _local(path: Path) -> Spot:
    return Spot(
        lambda: LocalStore(path),
        path.write_text,
        path.unlink,
        path.with_name("va.journal.jsonl").unlink,
        Path(f"{path}.backup").read_text,
    )


def _postgres(settings: dict[str, Any], database: Any) -> Spot:
    import hashlib

    from flagstaff.state.postgres.store import open_

    def run(query: str, *arguments: object) -> Any:
        with database.connect() as connection:
            return connection.execute(query, arguments or None)

    def put(text: str) -> None:
        hash_ = hashlib.sha256(text.encode()).hexdigest()
        run("update flagstaff.states set document = %s, hash = %s", text, hash_)

    def backup() -> str:
        with database.connect() as connection:
            found: str = connection.execute("select backup from flagstaff.states").fetchone()[0]
            return found

    return Spot(
        lambda: open_(settings, trusted=True),
        put,
        lambda: run("delete from flagstaff.states"),
        lambda: run("delete from flagstaff.journal"),
        backup,
    )


def _s3(settings: dict[str, Any], server: Any) -> Spot:
    from flagstaff.state.s3.store import open_

    key, client = settings["key"], server.client()

    def delete(*names: str) -> None:
        for name in names:
            client.delete_object(Bucket=settings["bucket"], Key=name)

    return Spot(
        lambda: open_(settings),
        lambda text: server.write(key, text.encode()),
        lambda: delete(key),
        lambda: delete(*server.names(f"{key}.journal/")),
        lambda: server.read(f"{key}.backup").decode(),
    )
