"""for_each and count: which blocks there are."""

from __future__ import annotations

import pytest


def keys(built):
    return {str(address): toggle.key for address, toggle in built.ok.toggles.items()}


def test_for_each_over_a_map(configure):
    built = configure(
        'toggle "site" {\n  for_each = { b = { n = 2 }, a = { n = 1 } }\n  key = "s_${each.key}_${each.value.n}"\n}\n'
    )
    assert keys(built) == {'toggle.site["a"]': "s_a_1", 'toggle.site["b"]': "s_b_2"}


def test_for_each_over_a_set(configure):
    built = configure('toggle "site" {\n  for_each = toset(["y", "x"])\n  key = "s_${each.key}_${each.value}"\n}\n')
    assert keys(built) == {'toggle.site["x"]': "s_x_x", 'toggle.site["y"]': "s_y_y"}


def test_count_in_the_order_of_numbers(configure):
    built = configure('toggle "site" {\n  count = 11\n  key = "s${count.index}"\n}\n')
    assert list(keys(built).values()) == [f"s{number}" for number in range(11)]
    assert list(keys(built))[10] == "toggle.site[10]"


def test_a_count_of_zero_and_an_empty_map(configure):
    assert keys(configure('toggle "a" {\n  count = 0\n  key = "a"\n}\n')) == {}
    assert keys(configure('toggle "a" {\n  for_each = {}\n  key = "a"\n}\n')) == {}


def test_count_makes_a_tuple_of_references(configure):
    built = configure(
        'toggle "a" {\n  count = 2\n  key = "k${count.index}"\n}\noutput "o" {\n  value = toggle.a[*].key\n}\n'
        'output "second" {\n  value = toggle.a[1].key\n}\n'
    )
    assert built.ok.outputs["o"].value == ["k0", "k1"]
    assert built.ok.outputs["second"].value == "k1"


def test_other_kinds_are_repeated_too(configure):
    built = configure("""
locals {
  teams = toset(["sm", "mr"])
}
role "po" {
  for_each    = local.teams
  github_team = "org/${each.key}"
}
product "p" {
  for_each = local.teams
  title    = upper(each.key)
  owner    = role.po[each.key]
}
toggle "t" {
  for_each = product.p
  key      = "t_${each.key}"
  product  = each.value
}
experience "e" {
  for_each = local.teams
  when     = toggle.t[each.key]
}
removed {
  for_each = local.teams
  from     = toggle.old[each.key]
}
moved {
  for_each = local.teams
  from     = toggle.before[each.key]
  to       = toggle.t[each.key]
}
""").ok
    assert [(str(one.address), one.github_team) for one in built.roles.values()] == [
        ('role.po["mr"]', "org/mr"),
        ('role.po["sm"]', "org/sm"),
    ]
    assert [str(one.owner) for one in built.products.values()] == ['role.po["mr"]', 'role.po["sm"]']
    assert [str(one.product) for one in built.toggles.values()] == ['product.p["mr"]', 'product.p["sm"]']
    assert [str(one.when) for one in built.experiences.values()] == ['toggle.t["mr"]', 'toggle.t["sm"]']
    assert [str(one.address) for one in built.removed] == ['toggle.old["mr"]', 'toggle.old["sm"]']
    assert [str(one.target) for one in built.moved] == ['toggle.t["mr"]', 'toggle.t["sm"]']


@pytest.mark.parametrize(
    ("line", "summary", "detail"),
    [
        (
            'for_each = ["a"]',
            "Invalid for_each",
            (
                "for_each takes a map, an object or a set of strings; this is a tuple. A list becomes a set with "
                'toset(["a"]).'
            ),
        ),
        (
            "for_each = toset([1, 2])",
            "Invalid for_each",
            "Each element of the set must be a known string, since it becomes a part of an address.",
        ),
        ("for_each = null", "Invalid for_each", "for_each is null. Leave it out, or give it a value."),
        (
            'for_each = undecided("which sites")',
            "Invalid for_each",
            "for_each must be decided: it says which blocks there are.",
        ),
        (
            'for_each = toset(["a", undecided("which sites")])',
            "Invalid for_each",
            "for_each must be decided: it says which blocks there are.",
        ),
        (
            "for_each = var.secret",
            "Invalid for_each",
            "for_each is sensitive, and its keys would show in every address.",
        ),
        ("count = 1.5", "Invalid count", "count takes a whole number from 0 to 100000."),
        ("count = -1", "Invalid count", "count takes a whole number from 0 to 100000."),
        ("count = 100001", "Invalid count", "count takes a whole number from 0 to 100000."),
        ('count = "x"', "Invalid count", "count takes a whole number: a number is required."),
        ('count = undecided("n")', "Invalid count", "count must be decided: it says which blocks there are."),
    ],
)
def test_impossible_repetitions(configure, line, summary, detail):
    built = configure(
        'variable "secret" {\n  sensitive = true\n  default = { a = 1 }\n}\n'
        f'toggle "a" {{\n  key = "a"\n  {line}\n}}\noutput "o" {{\n  value = [for t in toggle.a : t.key]\n}}\n'
    )
    start = line.index("=") + 5
    assert built.said == [f"main.hcl:7:{start}-{len(line) + 3} {summary}"]
    assert built.only.detail == detail
    assert built.only.context == 'toggle "a"'


def test_for_each_and_count_exclude_each_other(configure):
    built = configure('toggle "a" {\n  count = 1\n  for_each = {}\n  key = "a"\n}\n')
    assert built.said == ["main.hcl:3:3-16 Both for_each and count"]
    assert built.only.related[0].range.start.line == 2


def test_a_key_that_is_not_there(configure):
    built = configure(
        'toggle "a" {\n  for_each = { "653" = 1 }\n  key = "a"\n}\ntoggle "b" {\n  key = "b"\n'
        '  depends_on = [toggle.a["635"]]\n}\n'
    )
    assert [item.range.start.line for item in built.diagnostics] == [7]
    assert 'Did you mean "653"?' in built.only.detail


def test_a_mistake_in_for_each_is_said_once(configure):
    built = configure(
        'toggle "a" {\n  for_each = local.nope\n  key = each.key\n}\ntoggle "b" {\n  key = "b"\n'
        "  depends_on = [toggle.a]\n  requires {\n    toggles = toggle.a\n  }\n}\n"
    )
    assert built.said == ["main.hcl:2:14-24 Undeclared local value"]


def test_a_mistake_in_an_element_of_for_each_is_said_once(configure):
    built = configure('toggle "a" {\n  for_each = toset(["a", local.nope])\n  key = each.key\n}\n')
    assert built.said == ["main.hcl:2:26-36 Undeclared local value"]


def test_a_counted_block_without_an_index_stands_for_all(configure):
    desired = configure(
        'toggle "a" {\n  count = 2\n  key = "a${count.index}"\n}\n'
        'toggle "b" {\n  key = "b"\n  depends_on = [toggle.a]\n}\n'
    ).ok
    (b,) = [toggle for toggle in desired.toggles.values() if toggle.key == "b"]
    assert [str(one.parent) for one in b.depends_on] == ["toggle.a[0]", "toggle.a[1]"]
