"""moved and removed blocks."""

from __future__ import annotations

import pytest

TOGGLES = 'toggle "a" {\n  key = "a"\n}\ntoggle "site" {\n  for_each = toset(["653", "687"])\n  key = each.key\n}\n'


def test_removed_and_moved_name_toggles_that_are_gone(configure):
    desired = configure(
        TOGGLES
        + 'removed {\n  from = toggle.site["999"]\n  delete = true\n}\nremoved {\n  from = (toggle.old)\n}\n'
        + 'moved {\n  from = toggle.before\n  to = toggle.site["653"]\n}\n'
        + "moved {\n  from = toggle.list[0]\n  to = toggle.a\n}\n"
    ).ok
    assert [(str(one.address), one.delete) for one in desired.removed] == [
        ("toggle.old", False),
        ('toggle.site["999"]', True),
    ]
    assert [(str(one.source), str(one.target)) for one in desired.moved] == [
        ("toggle.before", 'toggle.site["653"]'),
        ("toggle.list[0]", "toggle.a"),
    ]
    assert desired.removed[1].range.start.line == 8


def test_a_repeated_block_is_moved_instance_by_instance(configure):
    desired = configure(TOGGLES + "moved {\n  from = toggle.place\n  to = toggle.site\n}\n").ok
    assert [(str(one.source), str(one.target)) for one in desired.moved] == [
        ('toggle.place["653"]', 'toggle.site["653"]'),
        ('toggle.place["687"]', 'toggle.site["687"]'),
    ]


def test_a_single_toggle_becomes_an_instance(configure):
    desired = configure(TOGGLES + 'moved {\n  from = toggle.site\n  to = toggle.site["653"]\n}\n').ok
    assert [(str(one.source), str(one.target)) for one in desired.moved] == [("toggle.site", 'toggle.site["653"]')]


def test_a_toggle_may_have_been_moved_twice(configure):
    desired = configure(
        TOGGLES + "moved {\n  from = toggle.x\n  to = toggle.y\n}\nmoved {\n  from = toggle.y\n  to = toggle.a\n}\n"
    ).ok
    assert len(desired.moved) == 2


@pytest.mark.parametrize(
    ("text", "said", "detail"),
    [
        (
            "removed {\n  from = toggle.a\n}\n",
            "9:10-18 Still declared",
            "toggle.a is removed and still declared. Take out one of the two blocks.",
        ),
        ("removed {\n  from = toggle.site\n}\n", "9:10-21 Still declared", None),
        ('removed {\n  from = toggle.site["653"]\n}\n', "9:10-28 Still declared", None),
        (
            "removed {\n  from = toggle.x\n}\nremoved {\n  from = toggle.x\n}\n",
            "12:10-18 Removed twice",
            "toggle.x is named by another removed block at main.hcl:9.",
        ),
        (
            "removed {\n  from = product.x\n}\n",
            "9:10-19 Wrong kind of reference",
            '"from" takes the address of a toggle, and this one starts with "product".',
        ),
        (
            'removed {\n  from = "toggle.x"\n}\n',
            "9:10-20 Invalid address",
            (
                '"from" takes the address of a toggle, such as toggle.x or toggle.x["key"]. '
                "Write toggle.x, without quotes."
            ),
        ),
        ("removed {\n  from = toggle.x[true]\n}\n", "9:19-23 Invalid address", None),
        ("removed {\n  from = toggle.x[1.5]\n}\n", "9:19-22 Invalid address", None),
        ("removed {\n  from = toggle.x[var.nope]\n}\n", "9:19-27 Undeclared variable", None),
        ("removed {\n}\n", "8:1-8 Missing required attribute", None),
        ("moved {\n  from = toggle.x\n}\n", "8:1-6 Missing required attribute", None),
        (
            "moved {\n  from = toggle.x\n  to = toggle.x\n}\n",
            "10:8-16 Moved to itself",
            "toggle.x is moved to its own address.",
        ),
        ('moved {\n  from = toggle.a\n  to = toggle.site["653"]\n}\n', "9:10-18 Still declared", None),
        (
            "moved {\n  from = toggle.x\n  to = toggle.sites\n}\n",
            "10:8-20 Moved to an undeclared toggle",
            'toggle.x is moved to toggle.sites, and that toggle is not declared. Did you mean "site"?',
        ),
        (
            'moved {\n  from = toggle.x\n  to = toggle.site["635"]\n}\n',
            "10:8-26 Moved to an undeclared toggle",
            (
                'toggle.x is moved to toggle.site["635"], and that toggle is not declared. There is a '
                "block toggle.site, "
                "with other instances."
            ),
        ),
        (
            "moved {\n  from = toggle.x\n  to = toggle.a\n}\nmoved {\n  from = toggle.y\n  to = toggle.a\n}\n",
            "14:8-16 Two toggles moved to one",
            None,
        ),
    ],
)
def test_impossible_moves_and_removals(configure, text, said, detail):
    built = configure(TOGGLES + text)
    assert built.said == [f"main.hcl:{said}"]
    assert detail is None or built.only.detail == detail


def test_moves_in_a_circle(configure):
    built = configure(
        "moved {\n  from = toggle.x\n  to = toggle.y\n}\nmoved {\n  from = toggle.y\n  to = toggle.x\n}\n"
    )
    assert built.said == ["main.hcl:3:8-16 Moved in a circle", "main.hcl:7:8-16 Moved in a circle"]


def test_a_move_from_one_source_to_two_targets(configure):
    built = configure(
        TOGGLES
        + 'moved {\n  from = toggle.x\n  to = toggle.a\n}\nmoved {\n  from = toggle.x\n  to = toggle.site["653"]\n}\n'
    )
    assert built.said == ["main.hcl:13:10-18 Moved twice"]


def test_a_target_may_stand_in_a_file_with_syntax_errors(configure):
    built = configure("moved {\n  from = toggle.x\n  to = toggle.y\n}\n", broken='toggle "y" {\n  key = = 1\n}\n')
    assert {item.range.filename for item in built.diagnostics} == {"broken.hcl"}
