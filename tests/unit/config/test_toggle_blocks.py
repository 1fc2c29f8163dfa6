"""Toggle blocks: what they become, and what is said of wrong ones."""

from __future__ import annotations

from decimal import Decimal

import pytest

from flagstaff.addresses import Address
from flagstaff.model.exposure import ALL_ACTORS, OFF, ON, Exposure

A, B, C = (Address("toggle", name) for name in "abc")


def test_a_toggle_has_all_that_its_block_says(configure):
    desired = configure("""
product "records" {
  title = "Medical Records"
}
toggle "a" {
  key = "a_enabled"
}
toggle "b" {
  key        = "b_enabled"
  title      = "The B"
  product    = product.records
  aliases    = ["isB", "b"]
  percentage = 5
  create     = true
  protected  = true
  depends_on = [toggle.a]
}
""").ok
    toggle = desired.toggles[B]
    assert (toggle.key, toggle.title, toggle.aliases) == ("b_enabled", "The B", ("isB", "b"))
    assert toggle.product == Address("product", "records")
    assert toggle.exposure == Exposure(5000)
    assert (toggle.create, toggle.protected) == (True, True)
    assert [(one.child, one.parent) for one in toggle.depends_on] == [(B, A)]
    assert (toggle.range.start.line, toggle.range.start.column, toggle.range.end.column) == (8, 1, 11)
    assert (toggle.key_range.start.line, toggle.key_range.start.column) == (9, 16)
    assert (toggle.exposure_range.start.line, toggle.exposure_range.start.column) == (13, 3)


def test_a_toggle_without_exposure_is_known_and_never_written(configure):
    toggle = configure('toggle "a" {\n  key = "k"\n}\n').ok.toggles[A]
    assert toggle.exposure is None
    assert toggle.exposure_range is None
    assert (toggle.title, toggle.product, toggle.protected, toggle.create) == ("", None, False, False)


@pytest.mark.parametrize(
    ("line", "exposure"),
    [
        ("percentage = 0", OFF),
        ("percentage = 0.1", Exposure(100)),
        ("percentage = 5.001", Exposure(5001)),
        ("percentage = 99.999", Exposure(99_999)),
        ("percentage = 100", ALL_ACTORS),
        ('percentage = "12.5"', Exposure(12_500)),
        ("percentage = 0.1 + 0.2", Exposure(300)),
        ("enabled = true", ON),
        ("enabled = false", OFF),
        ("percentage = null", None),
        ("enabled = null", None),
    ],
)
def test_exposures_are_exact(configure, line, exposure):
    assert configure(f'toggle "a" {{\n  key = "k"\n  {line}\n}}\n').ok.toggles[A].exposure == exposure


@pytest.mark.parametrize(
    ("value", "summary", "detail"),
    [
        ("101", "Percentage out of range", '"percentage" of toggle.a is 101; it must be from 0 to 100.'),
        ("-0.5", "Percentage out of range", '"percentage" of toggle.a is -0.5; it must be from 0 to 100.'),
        (
            "0.0005",
            "Percentage too fine",
            (
                '"percentage" of toggle.a is 0.0005; the smallest step is 0.001, so it can have three '
                "decimal places at most."
            ),
        ),
        (
            "100 / 3",
            "Percentage too fine",
            (
                '"percentage" of toggle.a is 33.33333333333333333...; the smallest step is 0.001, so it can have three '
                "decimal places at most."
            ),
        ),
        ("5.00000000000000000000000000000000000001", "Percentage too fine", None),
        ("1e4000 * 1e4000", "Number out of range", '"percentage" of toggle.a is infinite.'),
        ('"many"', "Wrong type", '"percentage" of toggle.a has the wrong type: a number is required.'),
        ("1e9999", "Invalid number", None),
    ],
)
def test_impossible_percentages_are_refused(configure, value, summary, detail):
    built = configure(f'toggle "a" {{\n  key = "k"\n  percentage = {value}\n}}\n')
    if summary == "Invalid number":
        assert built.only.range.start.line == 3
        return
    assert built.said == [f"main.hcl:3:16-{16 + len(value)} {summary}"]
    assert detail is None or built.only.detail == detail
    assert (built.only.context, built.only.address) == ('toggle "a"', "toggle.a")


def test_two_sources_of_exposure_name_both_places(configure):
    built = configure('toggle "a" {\n  key = "k"\n  enabled = true\n  percentage = 5\n}\n')
    assert built.said == ["main.hcl:4:3-17 Two sources of exposure"]
    assert built.only.related[0].range.start.line == 3
    assert "enabled (main.hcl:3) and percentage (main.hcl:4)" in built.only.detail


def test_requirements_come_from_any_number_of_blocks(configure):
    desired = configure("""
toggle "a" {
  key = "a"
}
toggle "b" {
  key = "b"
}
toggle "c" {
  key = "c"
  requires {
    toggles = [toggle.a, toggle.b, toggle.a]
  }
  requires {
    toggles     = [toggle.b]
    at_least    = 12.345
    hard        = true
    actors_only = true
    reason      = "same list"
  }
}
""").ok
    first, second, third = desired.toggles[C].requirements
    assert [(one.child, one.parent, one.at_least) for one in (first, second, third)] == [
        (C, A, 100_000),
        (C, B, 100_000),
        (C, B, 12_345),
    ]
    assert (first.hard, first.actors_only, first.reason) == (False, False, "")
    assert (third.hard, third.actors_only, third.reason) == (True, True, "same list")
    assert (second.range.start.line, second.range.start.column) == (11, 26)
    assert (third.range.start.line, third.range.start.column) == (15, 5)


def test_a_requirement_level_is_a_percentage(configure):
    built = configure(
        'toggle "a" {\n  key = "a"\n}\ntoggle "b" {\n  key = "b"\n  requires {\n    toggles = [toggle.a]\n'
        "    at_least = 100.5\n  }\n}\n"
    )
    assert built.said == ["main.hcl:8:16-21 Requirement level out of range"]
    assert built.only.context == 'toggle "b"'


def test_a_toggle_can_neither_require_nor_follow_itself(configure):
    built = configure(
        'toggle "a" {\n  key = "a"\n  depends_on = [toggle.a]\n  requires {\n    toggles = [toggle.a]\n  }\n}\n'
    )
    assert built.said == ["main.hcl:3:17-25 Toggle depends on itself", "main.hcl:5:16-24 Toggle requires itself"]


def test_a_repeated_toggle_without_a_key_stands_for_all(configure):
    desired = configure("""
toggle "site" {
  for_each = toset(["653", "687"])
  key      = "site_${each.key}"
}
toggle "a" {
  key = "a"
  requires {
    toggles = [toggle.site]
  }
  depends_on = [toggle.site["687"]]
}
""").ok
    assert [str(one.parent) for one in desired.toggles[A].requirements] == ['toggle.site["653"]', 'toggle.site["687"]']
    assert [str(one.parent) for one in desired.toggles[A].depends_on] == ['toggle.site["687"]']


@pytest.mark.parametrize(
    ("key", "detail"),
    [
        ('""', "The key of toggle.a is empty."),
        ('"  "', 'The key of toggle.a is only white space ("  ").'),
        (
            '"vitals_enabled\\t"',
            (
                'The key of toggle.a has white space around it: "vitals_enabled\\t". No code reads a '
                "toggle by that name; "
                "remove the white space."
            ),
        ),
        ('"vi\\ntals"', 'The key of toggle.a has a control character in it: "vi\\ntals". Remove it.'),
        ('"vi\\u200btals"', 'The key of toggle.a has a control character in it: "vi\\u200btals". Remove it.'),
    ],
)
def test_keys_that_no_code_reads_are_refused(configure, key, detail):
    built = configure(f'toggle "a" {{\n  key = {key}\n}}\n')
    assert built.said == [f"main.hcl:2:9-{9 + len(key)} Invalid key"]
    assert built.only.detail == detail


def test_aliases_beside_a_mistake_are_checked(configure):
    built = configure('toggle "a" {\n  key = "a"\n  aliases = [var.nope, ""]\n}\n')
    assert built.said == ["main.hcl:3:14-22 Undeclared variable", "main.hcl:3:24-26 Invalid alias"]


def test_an_alias_may_not_be_given_twice(configure):
    built = configure('toggle "a" {\n  key = "a"\n  aliases = ["x", "x"]\n}\n')
    assert built.said == ["main.hcl:3:19-22 Duplicate alias"]


def test_aliases_are_checked_as_keys_are(configure):
    built = configure('toggle "a" {\n  key = "a"\n  aliases = ["ok", " isA", null]\n}\n')
    assert built.said == ["main.hcl:3:20-26 Invalid alias", "main.hcl:3:28-32 Wrong type"]


def test_a_key_or_alias_stands_for_one_toggle(configure):
    built = configure("""
toggle "a" {
  key     = "one"
  aliases = ["shared", "two"]
}
toggle "b" {
  key     = "one"
  aliases = ["shared"]
}
toggle "c" {
  key = "two"
}
""")
    assert built.said == [
        "main.hcl:4:24-29 Duplicate alias",
        "main.hcl:7:13-18 Duplicate key",
        "main.hcl:8:14-22 Duplicate alias",
    ]
    alias, key, _ = built.diagnostics
    assert alias.detail.startswith('"two" is the alias of toggle.a and the key of toggle.c (main.hcl:11).')
    assert key.detail == (
        '"one" is the key of toggle.b and the key of toggle.a (main.hcl:3). One name can stand for one toggle only.'
    )
    assert (key.related[0].range.start.line, key.related[0].message) == (3, "the key of toggle.a")


def test_instances_with_one_key_are_duplicates(configure):
    built = configure('toggle "a" {\n  count = 2\n  key = "same"\n}\n')
    assert built.said == ["main.hcl:3:9-15 Duplicate key"]
    assert built.only.detail.startswith('"same" is the key of toggle.a[1] and the key of toggle.a[0]')


def test_keys_that_differ_by_case_only_are_a_warning(configure):
    built = configure('toggle "a" {\n  key = "x_oh_y"\n}\ntoggle "b" {\n  key = "x_OH_y"\n}\n')
    assert built.said == ["main.hcl:5:9-17 (warning) Keys differ by case only"]
    assert built.ok.toggles[B].key == "x_OH_y"


def test_shares_and_people_of_a_product(configure):
    product = configure("""
role "po" {
  signers     = ["po@example.gov ssh-ed25519 AAAA"]
  github_team = "org/po"
}
product "records" {
  title  = "Medical Records"
  owner  = role.po
  people = 1.2e6
  segment "dual" {
    share = 0.08
    on    = "both"
    off   = "MHV only"
  }
  segment "vista" {
    share = 0.92
  }
}
""").ok.products[Address("product", "records")]
    assert (product.title, product.owner, product.people) == (
        "Medical Records",
        Address("role", "po"),
        1_200_000,
    )
    dual, vista = product.segments
    assert (dual.name, dual.share, dual.on, dual.off) == ("dual", Decimal("0.08"), "both", "MHV only")
    assert (vista.share, vista.on) == (Decimal("0.92"), "")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("people = -1", "main.hcl:2:10-12 Invalid number of people"),
        ("people = 1.5", "main.hcl:2:10-13 Invalid number of people"),
        ('segment "s" {\n share = 8\n}', "main.hcl:3:10-11 Share out of range"),
        ('segment "s" {\n share = 0.6\n}\nsegment "t" {\n share = 0.5\n}', "main.hcl:6:10-13 Shares over 1"),
        ('segment "s" {\n}\nsegment "s" {\n}', "main.hcl:4:1-12 Duplicate block"),
        ("owner = product.p", "main.hcl:2:9-18 Wrong kind of reference"),
    ],
)
def test_impossible_products_are_refused(configure, body, said):
    assert configure(f'product "p" {{\n{body}\n}}\n').said == [said]


def test_a_title_defaults_to_the_name(configure):
    assert configure('product "records" {\n}\n').ok.products[Address("product", "records")].title == "records"


def test_policy(configure):
    policy = configure("""
role "lead" {
}
policy {
  max_raise         = 50
  max_changed_share = 0.3
  owner             = role.lead
}
""").ok.policy
    assert (policy.max_raise, policy.max_changed_share) == (50_000, Decimal("0.3"))
    assert policy.owner == Address("role", "lead")
    assert configure("policy {\n  max_raise = 101\n}\n").said == ["main.hcl:2:15-18 Limit out of range"]
