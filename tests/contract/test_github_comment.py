"""action/comment.py: one comment, ours and nobody else's, and a clear word where GitHub says no."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest

BOT = "github-actions[bot]"
TOKEN = "ghs_comment-token-canary"
REFUSED = "::error title=Flagstaff::The comment could not be written; the summary has the plan. "


@pytest.fixture(scope="module")
def script():
    path = Path(__file__).parents[2] / "action" / "comment.py"
    spec = importlib.util.spec_from_file_location("action_comment", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def write(script, api, tmp_path, monkeypatch, capsys):
    """Writes the text as the comment, and returns the exit code with what was printed."""
    (tmp_path / "event.json").write_text(json.dumps({"pull_request": {"number": 7}}), encoding="utf-8")
    monkeypatch.setattr(script.time, "sleep", lambda _: None)
    for name, text in {
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_API_URL": api.url,
        "GITHUB_REPOSITORY": "octo-org/toggles",
        "FLAGSTAFF_COMMENT_TOKEN": TOKEN,
    }.items():
        monkeypatch.setenv(name, text)
    monkeypatch.delenv("FLAGSTAFF_COMMENT_AUTHOR", raising=False)

    def written(text="the plan\n", name="configs/va "):
        (tmp_path / "comment.md").write_text(text, encoding="utf-8")
        try:
            script.main(name, str(tmp_path / "comment.md"))
        except SystemExit as end:
            return end.code, capsys.readouterr().out
        return 0, capsys.readouterr().out

    return written


def test_it_is_made_once_left_alone_and_changed(write, api):
    assert write() == (0, "The plan is a new comment.\n")
    assert write() == (0, "The comment says so already.\n")
    assert write("another plan\n") == (0, "The comment is up to date.\n")
    assert [method for method, _ in api.asked] == ["GET", "POST", "GET", "GET", "PATCH"]
    (comment,) = api.comments
    assert re.fullmatch(r"<!-- flagstaff comment [0-9a-f]{16} -->\n\nanother plan", comment["body"])
    assert api.tokens == {f"Bearer {TOKEN}"}


def test_a_comment_that_only_looks_like_ours_is_not_touched(write, api):
    write()
    api.comments[0]["user"]["login"] = "mallory"
    before = dict(api.comments[0])
    assert write("another plan") == (0, "The plan is a new comment.\n")
    assert [one["user"]["login"] for one in api.comments] == ["mallory", BOT]
    assert api.comments[0] == before
    api.comments.insert(0, {"id": 1, "body": None, "user": None})
    assert write("another plan") == (0, "The comment says so already.\n")


def test_our_comment_is_found_behind_many_others(write, api):
    for number in range(205):
        api.add(f"comment {number}", "ann")
    write()
    write("another plan")
    assert len(api.comments) == 206


def test_a_token_of_somebody_else_needs_their_name(write, api, monkeypatch):
    api.author = "our-app[bot]"
    code, said = write()
    assert code == 0
    assert '::warning title=Flagstaff::The token is of our-app[bot]: give the action `author: "our-app[bot]"`' in said
    monkeypatch.setenv("FLAGSTAFF_COMMENT_AUTHOR", "our-app[bot]")
    assert write("another plan") == (0, "The comment is up to date.\n")
    assert len(api.comments) == 1


def test_without_a_pull_request_nothing_is_asked(write, api, tmp_path):
    (tmp_path / "event.json").write_text(json.dumps({"ref": "refs/heads/main"}), encoding="utf-8")
    assert write() == (0, "")
    assert api.asked == []


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (302, ""),
        (401, " The token is not valid any more."),
        (403, " The job needs `permissions: pull-requests: write`, and the conversation must not be locked."),
        (404, " The job needs `permissions: pull-requests: write`."),
        (422, " It does not take this text."),
        (429, " It is asked too often: run the job again later."),
    ],
)
def test_what_github_refuses_is_said_and_not_asked_again(write, api, status, hint):
    api.refuse = status
    code, said = write()
    assert code == 1
    path = "/repos/octo-org/toggles/issues/7/comments?per_page=100&page=1"
    assert said == f"{REFUSED}GitHub answered GET {path} with {status}.{hint}\n"
    assert len(api.asked) == 1


def test_trouble_at_github_is_waited_out(write, api):
    api.refuse, api.refusals = 502, 2
    assert write() == (0, "The plan is a new comment.\n")
    assert [method for method, _ in api.asked] == ["GET", "GET", "GET", "POST"]


def test_trouble_that_stays_is_said(write, api):
    api.refuse = 503
    code, said = write()
    assert code == 1
    assert said.endswith("with 503. Run the job again.\n")
    assert len(api.asked) == 3


def test_a_comment_that_may_have_been_made_is_not_made_again(write, api):
    plain = api.answer
    api.answer = lambda method, *rest: (
        (plain(method, *rest), (502, {}))[1] if method == "POST" else plain(method, *rest)
    )
    code, said = write()
    assert code == 1
    assert "answered POST" in said
    assert len(api.comments) == 1
    api.answer = plain
    assert write()[1] == "The comment says so already.\n"


def test_nobody_there(write, monkeypatch):
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:1")
    code, said = write()
    assert code == 1
    assert said == f"{REFUSED}GitHub can't be asked (URLError). Run the job again.\n"


def test_a_token_is_sent_over_https_only(write, api, monkeypatch):
    monkeypatch.setenv("GITHUB_API_URL", "http://api.example.gov")
    code, said = write()
    assert code == 1
    assert "GITHUB_API_URL is not https" in said
    assert api.asked == []


def test_a_text_that_is_too_long_is_cut_and_no_more(write, api):
    write("x" * 70_000)
    assert len(api.comments[0]["body"]) == 65_536
