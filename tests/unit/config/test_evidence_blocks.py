"""Blockers, risks and documents; and who answers for what nobody has decided."""

from __future__ import annotations

import pytest

from flagstaff.addresses import Address
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.rollout import Blocker, Document, Risk, Section

BLOCKER = Address("blocker", "b")
ROLLOUT = Address("rollout", "r")
PEOPLE = (
    'role "po" {\n}\nrole "lead" {\n}\nproduct "p" {\n  owner = role.po\n}\n'
    'product "q" {\n  owner = undecided("who?")\n}\n'
)


def blocker(*lines):
    return 'blocker "b" {\n' + "".join(f"  {line}\n" for line in lines) + "}\n"


def decisions(built):
    return [(one.why, one.place, one.owner and str(one.owner)) for one in built.ok.open_decisions]


def test_a_blocker_with_everything(configure):
    built = configure(
        PEOPLE
        + blocker(
            'title = "Vista data"',
            'status = "in_progress"',
            "blocking = false",
            "owner = role.lead",
            'evidence = "link"',
            'note = "n"',
            "product = product.p",
        )
    )
    one = built.ok.blockers[BLOCKER]
    assert (one.title, one.status, one.blocking, one.evidence, one.note) == (
        "Vista data",
        "in_progress",
        False,
        "link",
        "n",
    )
    assert (one.owner, one.product) == (Address("role", "lead"), Address("product", "p"))
    assert one.status_range.start.line == PEOPLE.count("\n") + 3


@pytest.mark.parametrize("line", ["", "blocking = null", 'blocking = undecided("?")', 'status = undecided("?")'])
def test_what_is_not_said_is_pending_and_blocks(configure, line):
    one = configure(blocker(line)).ok.blockers[BLOCKER]
    assert (one.title, one.status, one.is_open) == ("b", "pending", True)


def test_a_blocker_has_its_products_owner(configure):
    assert configure(PEOPLE + blocker("product = product.p")).ok.blockers[BLOCKER].owner == Address("role", "po")


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("done", 'Did you mean "complete"?'),
        ("In progress", 'Did you mean "in_progress"?'),
        ("compleet", 'Did you mean "complete"?'),
        ("open", 'Did you mean "pending"?'),
        ("xyzzy", 'it is "pending", "in_progress" or "complete".'),
    ],
)
def test_an_unknown_status(configure, text, end):
    built = configure(blocker(f'status = "{text}"'))
    assert built.said == [f"main.hcl:2:12-{14 + len(text)} Unknown word"]
    assert built.only.detail.startswith(f'"status" of blocker.b is "{text}"; ')
    assert built.only.detail.endswith(end)


def test_risks_and_the_document(configure):
    built = configure(
        PEOPLE
        + 'rollout "r" {\n'
        + '  risk "avs" {\n    title = "AVS is slow"\n    detail = "d"\n    mitigation = undecided("pivot?")\n'
        + '    status = "watching"\n    owner = role.lead\n  }\n'
        + '  risk "each" {\n    count = 2\n  }\n'
        + '  document {\n    title = "Plan"\n    status = "Draft"\n    updated = "January 22, 2026"\n'
        + '    facts = { Step = undecided("which"), Integration = "Oracle Health", none = null }\n'
        + '    glossary = { UAE = "Unified" }\n'
        + '    section "summary" {\n      title = "Summary"\n      body = "text"\n    }\n'
        + '    section "flow" {\n      body = undecided("diagrams")\n    }\n'
        + '    section "s" {\n      for_each = { x = "1" }\n      body = each.value\n    }\n'
        + "  }\n}\n"
    )
    one = built.ok.rollouts[ROLLOUT]
    first, second, third = one.risks
    assert (first.title, first.detail, first.mitigation) == ("AVS is slow", "d", "undecided: pivot?")
    assert (first.status, first.owner) == ("watching", Address("role", "lead"))
    assert (second.title, second.status, third.title) == ("each[0]", "open", "each[1]")
    document = one.document
    assert (document.title, document.status, document.updated) == ("Plan", "Draft", "January 22, 2026")
    assert document.facts == {"Integration": "Oracle Health", "Step": "undecided: which"}
    assert document.glossary == {"UAE": "Unified"}
    summary, flow, repeated = document.sections
    assert (summary, repeated) == (Section("summary", "Summary", "text"), Section('s["x"]', 's["x"]', "1"))
    assert isinstance(flow.body, OpenDecision)
    assert (flow.title, flow.body.place) == ("flow", "rollout.r.section.flow")


def test_without_a_document_there_is_an_empty_one(configure):
    one = configure('rollout "r" {\n  risk "x" {\n  }\n}\n').ok.rollouts[ROLLOUT]
    assert one.document == Document()
    assert one.risks == (Risk("x", range=one.risks[0].range),)
    assert Blocker(BLOCKER, "t").is_open


STAGE = '  stage "one" {\n    percentage = 5\n    toggles = [toggle.a]\n'
TOGGLE = 'toggle "a" {\n  key = "a"\n}\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (blocker('status = undecided("X")', "owner = role.lead"), ("X", "blocker.b", "role.lead")),
        (blocker('status = undecided("X")', "product = product.p"), ("X", "blocker.b", "role.po")),
        (blocker('status = undecided("X")'), ("X", "blocker.b", None)),
        (
            blocker('for_each = toset(["x", "y"])', 'status = undecided("X")', "product = product.p"),
            ("X", "blocker.b", "role.po"),
        ),
        (
            blocker('for_each = { x = undecided("X") }', "status = each.value", "product = product.p"),
            ("X", "blocker.b", "role.po"),
        ),
        (
            'locals {\n  x = undecided("X")\n}\n' + blocker("status = local.x", "product = product.p"),
            ("X", "local.x", "role.po"),
        ),
        (
            'variable "x" {\n  default = "y"\n}\nlocals {\n  x = undecided("X")\n}\n'
            + TOGGLE.replace("}", "  percentage = local.x\n  product = product.p\n}"),
            ("X", "local.x", "role.po"),
        ),
        (
            TOGGLE + 'rollout "r" {\n  product = product.p\n' + STAGE + '    soak = undecided("X")\n  }\n}\n',
            ("X", "rollout.r.stage.one", "role.po"),
        ),
        (
            (
                'rollout "r" {\n  owner = role.lead\n'
                '  risk "a" {\n    owner = role.po\n    detail = undecided("X")\n  }\n}\n'
            ),
            ("X", "rollout.r.risk.a", "role.po"),
        ),
        (
            'rollout "r" {\n  owner = role.lead\n  document {\n    status = undecided("X")\n  }\n}\n',
            ("X", "rollout.r", "role.lead"),
        ),
        ('policy {\n  owner = role.lead\n  max_raise = undecided("X")\n}\n', ("X", "policy", "role.lead")),
    ],
)
def test_who_answers_for_an_open_decision_and_where_it_stands(configure, text, expected):
    built = configure(PEOPLE.replace('  owner = undecided("who?")\n', "") + text)
    assert decisions(built) == [expected]


def test_an_owner_that_nobody_has_chosen(configure):
    built = configure(PEOPLE + blocker('status = undecided("X")', "product = product.q"))
    assert decisions(built) == [("who?", "product.q", None), ("X", "blocker.b", None)]


def waits(built, stage="one"):
    return [one.why for one in built.ok.rollouts[ROLLOUT].stage(stage).open_decisions]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('percentage = undecided("X")', ["X"]),
        ('enabled = undecided("X")', ["X"]),
        ('percentage = 5\n    not_before = undecided("X")', ["X"]),
        ('percentage = 5\n    soak = between("1h", undecided("X"))', ["X"]),
        ('percentage = 5\n    blocked_by = undecided("X")', ["X"]),
        ('percentage = 5\n    blocked_by = [blocker.b, undecided("Y")]', ["S", "Y"]),
        ("percentage = 5\n    blocked_by = [blocker.soft]", []),
        ('percentage = 5\n    monitors = [undecided("X")]', ["X"]),
        ("percentage = 5\n    monitors = [monitor.m]", ["Q"]),
        ('percentage = 5\n    approval = undecided("X")', ["X"]),
        ('percentage = 5\n    max_raise = undecided("X")', ["X"]),
        ('percentage = 5\n    title = undecided("X")\n    note = undecided("Y")', []),
    ],
)
def test_what_a_stage_waits_for(configure, line, expected):
    others = (
        'blocker "b" {\n  status = undecided("S")\n}\n'
        'blocker "soft" {\n  status = undecided("S")\n  blocking = false\n}\n'
        'monitor "m" {\n  normal = undecided("N")\n  source "manual" {\n    question = undecided("Q")\n  }\n}\n'
    )
    built = configure(
        TOGGLE + others + 'rollout "r" {\n  stage "one" {\n    toggles = [toggle.a]\n    ' + line + "\n  }\n}\n"
    )
    assert built.said == []
    assert waits(built) == expected


def test_what_a_whole_rollout_waits_for(configure):
    built = configure(
        TOGGLE
        + 'rollout "r" {\n  soak = undecided("how long")\n  approval = undecided("by whom")\n'
        + STAGE
        + '  }\n  stage "two" {\n    soak = "1h"\n  }\n}\n'
    )
    assert waits(built) == ["how long", "by whom"]
    assert waits(built, "two") == ["by whom"]
    assert isinstance(built.ok.rollouts[ROLLOUT].stage("one").soak, OpenDecision)
