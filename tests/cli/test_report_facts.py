"""The two rollout plans of the first users come back: every fact of them is in the reports of configs/va."""

import html
import re
from pathlib import Path

import pytest

PLANS = Path(__file__).parents[1] / "data" / "plans"

# Slips of the plans' authors, which the configuration doesn't repeat.
SLIPS = {
    "verfiy": "verify",
    "sdcf": "scdf",
    "pahse": "phase",
    "patients patients": "patients",
}
# What stands in a plan and is said otherwise in its report, and why.
OTHERWISE: dict[str, dict[str, str]] = {
    "appointments": {
        "Who Are We Turning This On For?": "the chapter is called Target population",
        "Flag Status": "a column: what the flag does is under When it is on",
        "What Are We Turning On? (Step-by-Step)": "the chapter is called Stages",
        "How Are We Monitoring?": "the chapter is called Monitoring",
        "Key Metrics We're Watching": "the same chapter",
        "What Would Make Us Roll Back?": "the chapter is called Rollback",
        "Immediate Rollback Triggers": "its table",
        "Appendix": "the chapter is called Glossary",
    },
    "medical_records": {
        "Who Is Affected": "the chapter is called Target population",
        "Impact": "a column: the same is under When it is on",
        "To do per domain": "the table of validations has a row for each domain",
        "Dark Deploy (5% of users)": "a heading over the waves, each of which says 5 %",
        "Rollback plans": "the chapter is called Rollback",
        "Rollback if:": "its table of triggers",
        "Item": "a column: the table of a stage calls it Alias",
        "Detail": "a column: what it says is the stage's note",
        "20% Rollout and Each Step Thereafter": "two stages, one of which is undecided",
        "Monitoring & Observability": "the chapter is called Monitoring",
        "Key Metrics to Monitor": "its table",
        "Metric": "its first column",
        "Blockers for 5% rollout": "the chapter is called Blockers",
        "Appendix": "the chapter is called Glossary",
    },
}


def normal(text: str) -> str:
    """Without markup, case, invisible signs and blanks that don't matter."""
    plain = html.unescape(re.sub(r"<[a-z/!][^>]*>", " ", text)).replace("\u200b", "")
    plain = re.sub(r"\\(?=[^\w\s])|\*\*|`|\*(?=\w)|(?<=\w)\*", "", plain)
    plain = " ".join(re.sub(r"[|│┌┐└┘─]", " ", plain).casefold().split())
    for slip, right in SLIPS.items():
        plain = plain.replace(slip, right)
    return re.sub(r" ([.,:;?!)%])", r"\1", plain)


def states(report: str, fact: str) -> bool:
    """Whether a normalised text has it, not as a part of other words."""
    return re.search(rf"(?<!\w){re.escape(normal(fact))}(?!\w)", report) is not None


def sentences(line: str) -> list[str]:
    return re.split(r"(?<=[.?!])\s+(?=[A-Z*\"])", line)


def facts(text: str) -> list[str]:
    """Every cell, bullet, heading and sentence of a plan, as it stands there."""
    found: list[str] = []
    for line in map(str.strip, text.splitlines()):
        if line.startswith("|"):
            found += [cell for cell in map(str.strip, line.strip("|").split("|")) if not re.fullmatch(r"-*", cell)]
        elif line.startswith("#"):
            found.append(re.sub(r"^#+\s+(\d[\d.]*\s+|[A-Z]\.\s+)?", "", line))
        elif bullet := re.match(r"(?:- \[ \]|-|\d+\.|>)\s+(.*)", line):
            found += sentences(bullet[1])
        elif line and not line.startswith("```") and line != "---":
            found += sentences(re.sub(r"^│\s*(?:\d+\.\s+)?|\s*│$", "", line))
    return [fact for fact in dict.fromkeys(found) if re.search(r"\w", fact)]


@pytest.mark.parametrize("form", ["md", "html"])
@pytest.mark.parametrize("name", OTHERWISE)
def test_every_fact_of_the_plan_is_in_its_report(va, name, form):
    stated = facts((PLANS / f"{name}.md").read_text(encoding="utf-8"))
    assert len(stated) > 80
    ran = va.run("report", "rollout", name, f"-format={form}")
    assert ran.code == 0, ran.err
    report = normal(ran.out)
    missing = [fact for fact in stated if not states(report, fact)]
    assert [fact for fact in missing if fact not in OTHERWISE[name]] == []
    assert sorted(OTHERWISE[name]) == sorted(missing), "an exception is not needed any more"


def test_nothing_is_found_in_another_report(va):
    """The comparison can fail: most facts of one plan are not in the report of the other."""
    stated = facts((PLANS / "appointments.md").read_text(encoding="utf-8"))
    report = normal(va.run("report", "rollout", "medical_records").out)
    assert sum(states(report, fact) for fact in stated) < len(stated) / 3
