"""Approvals in GitHub, against a double on loopback: members only, no authors, no bots, no stale reviews."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from flagstaff.addresses import Address
from flagstaff.approvals.github import Asked, Reviews, Run, reviews
from flagstaff.approvals.github_api import GitHub, GitHubError
from flagstaff.model.configuration import Role
from flagstaff.model.evidence import Approval, Decision
from flagstaff.providers.endpoints import Credential, Endpoint
from flagstaff.providers.surroundings import Surroundings

NOW = datetime(2026, 1, 27, 14, 0, tzinfo=UTC)
ROLE = Role(Address("role", "po"), github_team="va/release-po")
SHA, HEAD, TOKEN = "c" * 40, "d" * 40, "ghs_secret"
REPO = "/repos/va/toggles"
MEMBER = "/orgs/va/teams/release-po/memberships"


def person(login: str, kind: str = "User") -> dict:
    return {"login": login, "type": kind}


def review(login: str, state: str = "APPROVED", *, commit: str = HEAD, kind: str = "User", body: str = "") -> dict:
    at = "2026-01-27T12:00:00Z"
    return {"user": person(login, kind), "state": state, "commit_id": commit, "submitted_at": at, "body": body}


class Double:
    """Answers by path; `faults` come first, one for each request."""

    def __init__(self) -> None:
        self.faults: list[tuple[int, dict[str, str], bytes]] = []
        self.asked: list[str] = []
        self.tokens: set[str | None] = set()
        pull = {
            "number": 12,
            "merged_at": "2026-01-27T13:00:00Z",
            "merge_commit_sha": SHA,
            "user": person("bob"),
            "head": {"sha": HEAD},
            "base": {"repo": {"full_name": "va/toggles"}},
        }
        self.answers: dict[str, object] = {
            f"{REPO}/commits/{SHA}/pulls": [pull],
            f"{REPO}/pulls/12/commits": [{"author": person("bob")}, {"author": person("carol")}, {"author": None}],
            f"{REPO}/pulls/12/reviews": [review("alice", body="fine")],
            f"{REPO}/actions/runs/77/approvals": [],
            f"{MEMBER}/alice": {"state": "active", "role": "member"},
            f"{MEMBER}/bob": {"state": "active"},
            f"{MEMBER}/carol": {"state": "active"},
            f"{MEMBER}/dave": {"state": "pending"},
        }

    @property
    def pull(self) -> dict:
        return self.answers[f"{REPO}/commits/{SHA}/pulls"][0]

    def reviewed(self, *found: dict) -> None:
        self.answers[f"{REPO}/pulls/12/reviews"] = list(found)

    def let_in(self, login: str, environment: str = "prod", state: str = "approved", kind: str = "User") -> None:
        item = {
            "state": state,
            "comment": "go on",
            "environments": [{"name": environment}],
            "user": person(login, kind),
        }
        self.answers[f"{REPO}/actions/runs/77/approvals"].append(item)


@contextmanager
def serving(double: Double) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            double.asked.append(self.path)
            double.tokens.add(self.headers["Authorization"])
            if double.faults:
                return self._send(*double.faults.pop(0))
            found = double.answers.get(path)
            if found is None:
                return self._send(404, {}, b'{"message": "Not Found"}')
            if isinstance(found, list) and "page=" in query:
                number = int(query.rpartition("page=")[2])
                found = found[(number - 1) * 100 : number * 100]
            return self._send(200, {}, json.dumps(found).encode())

        def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def double():
    return Double()


@pytest.fixture
def run(double):
    with serving(double) as url:
        environment = {
            "GITHUB_REPOSITORY": "va/toggles",
            "GITHUB_RUN_ID": "77",
            "GITHUB_SHA": SHA,
            "GITHUB_TOKEN": "another",
            "FLAGSTAFF_GITHUB_TOKEN": TOKEN,
            "GITHUB_API_URL": url,
        }
        made = Run.of(Surroundings(environment))
        made.github.sleep = lambda _: None
        yield made
        made.close()
        made.close()


def found(run) -> Reviews:
    return reviews(run, [Role(Address("role", "qa")), ROLE], Asked("a" * 64, "Prod", NOW))


def told(run) -> str:
    """The one reason for which nothing counts."""
    result = found(run)
    assert result.approvals == ()
    (problem,) = result.problems[ROLE.address]
    return problem


def test_a_review_of_the_merged_pull_request_by_a_member_counts(run, double):
    at = datetime(2026, 1, 27, 12, 0, tzinfo=UTC)
    assert found(run) == Reviews(
        (
            Approval(
                change="a" * 64,
                role=ROLE.address,
                decision=Decision.GO,
                principal="alice",
                at=at,
                expires=at + timedelta(hours=72),
                note="fine",
                via="review of #12 by alice (va/release-po)",
            ),
        ),
        {ROLE.address: ()},
    )
    assert double.tokens == {f"Bearer {TOKEN}"}


def test_an_approval_of_this_runs_environment_counts(run, double):
    double.reviewed()
    double.let_in("alice")
    (approval,) = found(run).approvals
    assert approval.via == "approval of run 77 by alice (va/release-po)"
    assert (approval.at, approval.note) == (NOW, "go on")


@pytest.mark.parametrize(
    "fields",
    [{"environment": "staging"}, {"state": "rejected"}, {"kind": "Bot"}],
)
def test_what_lets_into_nothing(run, double, fields):
    double.reviewed()
    double.let_in("alice", **fields)
    assert found(run) == Reviews((), {ROLE.address: ()})


@pytest.mark.parametrize("places", [None, [{"name": 1}], "prod"])
def test_an_approval_without_an_environment(run, double, places):
    double.reviewed()
    double.answers[f"{REPO}/actions/runs/77/approvals"] = [
        {"state": "approved", "user": person("alice"), "environments": places}
    ]
    assert found(run).approvals == ()


@pytest.mark.parametrize("login", ["bob", "Carol"])
def test_who_wrote_it_does_not_count(run, double, login):
    double.reviewed(review(login))
    assert told(run) == f"The review of #12 by {login} does not count: they wrote the change."


def test_who_is_no_member_does_not_count(run, double):
    double.reviewed(review("eve"))
    assert told(run).startswith(
        "The review of #12 by eve does not count: GitHub does not say that they are in va/release-po. Either they are "
        "not, or the token may not see the team: it needs the scope read:org"
    )


def test_who_has_not_accepted_does_not_count(run, double):
    double.reviewed(review("dave"))
    assert told(run).endswith("they were asked into va/release-po, and have not accepted.")


def test_a_review_of_an_earlier_commit_does_not_count(run, double):
    double.reviewed(review("alice", commit="e" * 40))
    assert told(run) == ("The review of #12 by alice does not count: it is of an earlier commit than what was merged.")


@pytest.mark.parametrize(
    "later",
    [review("alice", "DISMISSED"), review("alice", "CHANGES_REQUESTED", body="no")],
)
def test_only_the_latest_review_of_a_person_decides(run, double, later):
    double.reviewed(review("alice"), later, review("alice", "COMMENTED"))
    assert [one.decision for one in found(run).approvals] == ([Decision.NO_GO] if later["body"] else [])


@pytest.mark.parametrize("item", [review("app[bot]"), review("app", kind="Bot"), {"state": "APPROVED", "user": None}])
def test_bots_and_nobody_do_not_count(run, double, item):
    double.reviewed(item)
    assert found(run) == Reviews((), {ROLE.address: ()})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("merged_at", None),
        ("merge_commit_sha", "f" * 40),
        ("base", {"repo": {"full_name": "eve/toggles"}}),
        ("base", 1),
    ],
)
def test_another_pull_request_does_not_count(run, double, name, value):
    double.pull[name] = value
    assert found(run).approvals == ()


def test_without_a_pull_request_the_commits_author_is_the_author(run, double):
    double.answers[f"{REPO}/commits/{SHA}/pulls"] = []
    double.answers[f"{REPO}/commits/{SHA}"] = {"author": person("alice")}
    double.let_in("alice")
    assert told(run) == "The approval of run 77 by alice does not count: they wrote the change."


def test_pages_are_read_to_the_end(run, double):
    double.reviewed(*(review("eve", "COMMENTED") for _ in range(100)), review("alice"))
    assert [one.principal for one in found(run).approvals] == ["alice"]
    assert f"{REPO}/pulls/12/reviews?per_page=100&page=2" in double.asked


def test_a_list_without_end_is_not_believed(run, double):
    double.reviewed(*(review("eve", "COMMENTED") for _ in range(3000)))
    assert told(run).startswith("GitHub lists more than 3000 items at ")


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ((401, {}, b""), "GitHub does not accept the token. Check FLAGSTAFF_GITHUB_TOKEN or GITHUB_TOKEN."),
        ((403, {}, b""), "GitHub does not let this token read /repos/va/toggles/"),
        (
            (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1769526000"}, b""),
            "GitHub's limit of requests for this token is used up until 15:00 UTC.",
        ),
        ((429, {"X-RateLimit-Remaining": "0"}, b""), "GitHub's limit of requests for this token is used up."),
        ((429, {"Retry-After": "3600"}, b""), "GitHub asks for fewer requests. Try again later."),
        ((302, {"Location": "http://127.0.0.1:1/"}, b""), "GitHub answered /repos/va/toggles/"),
        ((200, {}, b"<html>"), "GitHub's answer to /repos/va/toggles/"),
        ((200, {}, b'{"a": 1}'), "GitHub's answer to /repos/va/toggles/"),
        ((200, {}, b"[1]"), "GitHub's answer to /repos/va/toggles/"),
    ],
)
def test_what_github_refuses_is_said_and_counts_for_nobody(run, double, fault, problem):
    double.faults = [fault]
    assert told(run).startswith(problem)


def test_a_failing_server_is_asked_again(run, double):
    double.faults = [(502, {}, b""), (429, {"Retry-After": "1"}, b"")]
    assert [one.principal for one in found(run).approvals] == ["alice"]
    double.faults = [(500, {}, b"")] * 3
    assert "with 500." in told(run)


def test_trouble_with_the_team_is_said_of_the_person(run, double):
    del double.answers[f"{MEMBER}/alice"]
    original = run.github.get

    def get(path: str):
        if path.startswith(MEMBER):
            raise GitHubError("GitHub answered with 500.")
        return original(path)

    object.__setattr__(run, "github", _Replaced(run.github, get))
    assert told(run) == (
        "The review of #12 by alice does not count: whether they are in va/release-po can't be found out. "
        "GitHub answered with 500."
    )


class _Replaced:
    def __init__(self, github: GitHub, get) -> None:
        self.get, self.pages, self.close = get, github.pages, github.close


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("submitted_at", "yesterday", "GitHub's answer has a review without a time in submitted_at."),
        ("submitted_at", "2026-01-27T12:00:00", "GitHub's answer has a review without a time in submitted_at."),
    ],
)
def test_a_review_without_a_time(run, double, name, value, problem):
    double.reviewed({**review("alice"), name: value})
    assert told(run) == problem


def test_a_pull_request_without_a_number(run, double):
    double.pull["number"] = "12"
    assert told(run) == "GitHub's answer has a pull request without a number."


def test_a_server_that_is_not_there_shows_no_token():
    waits: list[float] = []
    endpoint = Endpoint.parse("http://127.0.0.1:9")
    github = GitHub(endpoint, Credential.token(TOKEN), httpx.HTTPTransport, waits.append)
    with pytest.raises(GitHubError) as caught:
        github.get("/x")
    assert str(caught.value) == "GitHub can't be reached at http://127.0.0.1:9: ConnectError."
    assert waits == [0.5, 1.0]
    github.close()


def test_an_answer_without_end_is_cut_off(monkeypatch, double):
    monkeypatch.setattr("flagstaff.approvals.github_api._LARGEST", 10)
    with serving(double) as url:
        github = GitHub(Endpoint.parse(url), Credential.token(TOKEN), httpx.HTTPTransport, lambda _: None)
        with pytest.raises(GitHubError, match="ReadTimeout"):
            github.get(f"{REPO}/commits/{SHA}/pulls")
        github.close()


FULL = {"GITHUB_REPOSITORY": "a/b", "GITHUB_RUN_ID": "1", "GITHUB_SHA": SHA, "GITHUB_TOKEN": TOKEN}


@pytest.mark.parametrize("name", FULL)
def test_elsewhere_nobody_is_asked(name):
    assert Run.of(Surroundings({**FULL, name: ""})) is None


def test_the_usual_host_needs_no_permission():
    run = Run.of(Surroundings(FULL))
    assert str(run.github.endpoint) == "https://api.github.com"
    assert TOKEN not in repr(run)


def test_another_host_has_to_be_allowed():
    there = {**FULL, "GITHUB_API_URL": "https://ghe.example.gov/api/v3"}
    with pytest.raises(GitHubError, match=r'"ghe\.example\.gov"'):
        Run.of(Surroundings(there))
    run = Run.of(Surroundings({**there, "FLAGSTAFF_ALLOWED_HOSTS": "ghe.example.gov"}))
    assert str(run.github.endpoint) == "https://ghe.example.gov/api/v3"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"GITHUB_API_URL": "http://api.github.com"}, "GITHUB_API_URL is not https"),
        ({"GITHUB_API_URL": "api"}, "GITHUB_API_URL must be an address"),
        ({"GITHUB_TOKEN": "two\nlines"}, "holds a character that no header can carry"),
    ],
)
def test_what_cannot_be_asked_with(change, problem):
    with pytest.raises(GitHubError, match=problem):
        Run.of(Surroundings({**FULL, **change}))


def test_no_role_has_a_team(run, double):
    assert reviews(run, [Role(Address("role", "qa"))], Asked("a", "b", NOW)) == Reviews()
    assert double.asked == []
