"""Approvals that were given in GitHub: of this workflow run's environment, or as a review of its merged pull request.

They count for a role whose `github_team` the person is in, actively; not from a bot, not from anybody who wrote the
change, and not for another commit. They are asked for in each run, and never believed from a record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from flagstaff.addresses import Address
from flagstaff.approvals.github_api import GitHub, GitHubError
from flagstaff.model.configuration import Role
from flagstaff.model.evidence import Approval, Decision
from flagstaff.providers.endpoints import Credential, Endpoint, check_allowed
from flagstaff.providers.flipper.connection import Opener
from flagstaff.providers.protocols import StoreError
from flagstaff.providers.surroundings import Surroundings

COUNTS_FOR: Final = timedelta(hours=72)
_HOST: Final = "api.github.com"
_DECIDES: Final = {"APPROVED": Decision.GO, "CHANGES_REQUESTED": Decision.NO_GO, "DISMISSED": None}


@dataclass(frozen=True, slots=True)
class Run:
    """A run of GitHub Actions: `repository` is `owner/name`, `sha` the commit that it is about."""

    github: GitHub
    repository: str
    id: str
    sha: str

    @classmethod
    def of(cls, surroundings: Surroundings) -> Run | None:
        """None outside of GitHub Actions, and where no token is there. Raises `GitHubError`."""
        environment = surroundings.environment
        repository, run, sha = (environment.get(f"GITHUB_{name}", "") for name in ("REPOSITORY", "RUN_ID", "SHA"))
        token = environment.get("FLAGSTAFF_GITHUB_TOKEN") or environment.get("GITHUB_TOKEN")
        if not (repository and run and sha and token):
            return None
        credential = Credential.token(token)
        if problem := credential.problem():
            raise GitHubError(problem)
        return cls(_opened(environment, surroundings, credential), repository, run, sha)

    def close(self) -> None:
        self.github.close()

    def path(self, rest: str) -> str:
        return f"/repos/{quote(self.repository)}/{rest}"


def _opened(environment: Mapping[str, str], surroundings: Surroundings, credential: Credential) -> GitHub:
    try:
        endpoint = Endpoint.parse(environment.get("GITHUB_API_URL") or f"https://{_HOST}")
    except ValueError as error:
        raise GitHubError(f"GITHUB_API_URL {error}.") from None
    if endpoint.scheme != "https" and not endpoint.is_loopback:
        raise GitHubError("GITHUB_API_URL is not https, and a token is sent over nothing else.")
    if endpoint.place != _HOST:
        try:
            check_allowed(endpoint, "GitHub token", surroundings)
        except StoreError as error:
            raise GitHubError(error.detail) from None
    return GitHub(endpoint, credential, Opener(endpoint, {}, endpoint.proxy(environment)))


@dataclass(frozen=True, slots=True)
class Asked:
    """Which change, where and when."""

    change: str
    environment: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Reviews:
    """`problems` are sentences: whose decision was found and does not count, and what could not be asked."""

    approvals: tuple[Approval, ...] = ()
    problems: Mapping[Address, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Said:
    """A person's decision; `trouble`: why it counts for nobody."""

    login: str
    decision: Decision
    at: datetime
    where: str
    note: str = ""
    trouble: str = ""


def reviews(run: Run, roles: Iterable[Role], asked: Asked) -> Reviews:
    """The decisions for those of the roles that have a `github_team`. Never raises for what GitHub answers."""
    teams = [role for role in roles if role.github_team]
    if not teams:
        return Reviews()
    try:
        said = _Reading(run, asked).all()
    except GitHubError as error:
        return Reviews((), {role.address: (str(error),) for role in teams})
    approvals: list[Approval] = []
    problems: dict[Address, tuple[str, ...]] = {}
    for role in teams:
        found = _of_role(run, role, said, asked)
        approvals += found.approvals
        problems |= found.problems
    return Reviews(tuple(approvals), problems)


def _of_role(run: Run, role: Role, said: Sequence[_Said], asked: Asked) -> Reviews:
    approvals, problems = [], []
    for one in said:
        trouble = one.trouble or _not_in_team(run, role.github_team, one.login)
        if trouble:
            problems.append(f"The {one.where} by {one.login} does not count: {trouble}.")
            continue
        approvals.append(
            Approval(
                change=asked.change,
                role=role.address,
                decision=one.decision,
                principal=one.login,
                at=one.at,
                expires=one.at + COUNTS_FOR,
                note=one.note,
                via=f"{one.where} by {one.login} ({role.github_team})",
            )
        )
    return Reviews(tuple(approvals), {role.address: tuple(problems)})


def _not_in_team(run: Run, team: str, login: str) -> str:
    """Why this person is no member, or "" for an active one."""
    organisation, _, name = team.partition("/")
    try:
        found = run.github.get(f"/orgs/{quote(organisation)}/teams/{quote(name)}/memberships/{quote(login, safe='')}")
    except GitHubError as error:
        return f"whether they are in {team} can't be found out. {error}".removesuffix(".")
    if found is None:
        return (
            f"GitHub does not say that they are in {team}. Either they are not, or the token may not see the team: it "
            "needs the scope read:org, or as an app's the permission Members: read. A workflow's own GITHUB_TOKEN has "
            "neither; give one as FLAGSTAFF_GITHUB_TOKEN"
        )
    state = _text(found, "state")
    return "" if state == "active" else f"they were asked into {team}, and have not accepted"


@dataclass(frozen=True, slots=True)
class _Reading:
    run: Run
    asked: Asked

    def all(self) -> tuple[_Said, ...]:
        """Decisions on this run and on the pull requests that made its commit. Raises `GitHubError`."""
        pulls = [pull for pull in self._pages(f"commits/{quote(self.run.sha)}/pulls") if self._made(pull)]
        authors = self._authors(pulls)
        said = [one for pull in pulls for one in self._of_pull(pull)]
        said += self._of_run()
        return tuple(_Reading._judged(one, authors) for one in said)

    def _pages(self, rest: str) -> Iterator[dict[str, Any]]:
        return self.run.github.pages(self.run.path(rest))

    def _made(self, pull: Mapping[str, Any]) -> bool:
        """Whether its merge is this commit, in this repository."""
        here = _text(pull, "base", "repo", "full_name").casefold() == self.run.repository.casefold()
        return here and bool(pull.get("merged_at")) and _text(pull, "merge_commit_sha") == self.run.sha

    def _authors(self, pulls: Sequence[Mapping[str, Any]]) -> frozenset[str]:
        """Who opened the pull requests and who wrote their commits; without one, who wrote the commit itself."""
        found = {_text(pull, "user", "login") for pull in pulls}
        for pull in pulls:
            found |= {_text(commit, "author", "login") for commit in self._pages(f"pulls/{_number(pull)}/commits")}
        if not pulls:
            commit = self.run.github.get(self.run.path(f"commits/{quote(self.run.sha)}"))
            found.add(_text(commit, "author", "login"))
        return frozenset(login.casefold() for login in found if login)

    def _of_pull(self, pull: Mapping[str, Any]) -> list[_Said]:
        """Each person's latest review that decides."""
        number, head = _number(pull), _text(pull, "head", "sha")
        last: dict[str, _Said | None] = {}
        for review in self._pages(f"pulls/{number}/reviews"):
            state, login = _text(review, "state"), _text(review, "user", "login")
            if state not in _DECIDES or not login or _is_bot(review):
                continue
            decision = _DECIDES[state]
            stale = "" if _text(review, "commit_id") == head else "it is of an earlier commit than what was merged"
            last[login] = None
            if decision is not None:
                at = _time(review, "submitted_at")
                last[login] = _Said(login, decision, at, f"review of #{number}", _text(review, "body"), stale)
        return [one for one in last.values() if one is not None]

    def _of_run(self) -> list[_Said]:
        """Who let this run into the environment of the same name. GitHub doesn't say when that was: now."""
        found = []
        for item in self._pages(f"actions/runs/{quote(self.run.id)}/approvals"):
            places = item.get("environments")
            names = [_text(place, "name") for place in places] if isinstance(places, list) else []
            here = self.asked.environment.casefold() in {name.casefold() for name in names}
            login = _text(item, "user", "login")
            if here and login and _text(item, "state") == "approved" and not _is_bot(item):
                where = f"approval of run {self.run.id}"
                found.append(_Said(login, Decision.GO, self.asked.now, where, _text(item, "comment")))
        return found

    @staticmethod
    def _judged(said: _Said, authors: frozenset[str]) -> _Said:
        if said.login.casefold() in authors and said.decision is Decision.GO:
            return _Said(said.login, said.decision, said.at, said.where, said.note, "they wrote the change")
        return said


def _is_bot(item: Mapping[str, Any]) -> bool:
    return _text(item, "user", "type") == "Bot" or _text(item, "user", "login").endswith("[bot]")


def _text(found: Any, *names: str) -> str:
    """A text inside an answer; "" where there is none."""
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) else ""


def _number(pull: Mapping[str, Any]) -> int:
    number = pull.get("number")
    if not isinstance(number, int):
        raise GitHubError("GitHub's answer has a pull request without a number.")
    return number


def _time(found: Mapping[str, Any], name: str) -> datetime:
    try:
        time = datetime.fromisoformat(_text(found, name))
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise GitHubError(f"GitHub's answer has a review without a time in {name}.")
    return time
