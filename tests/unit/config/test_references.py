"""What names mean: variables, locals, blocks and their attributes; and cycles."""

from __future__ import annotations

import pytest

from flagstaff.addresses import Address
from flagstaff.model.exposure import Exposure


def outputs(built):
    return {name: output.value for name, output in built.ok.outputs.items()}


def test_attributes_of_blocks_are_values(configure):
    built = configure("""
product "records" {
  title = "Medical Records"
  segment "dual" {
    share = 0.5
  }
}
toggle "a" {
  key        = "${toggle.b.key}_a"
  title      = "A of ${product.records.title}"
  percentage = toggle.b.percentage
}
toggle "b" {
  key        = "b"
  percentage = 5
  requires {
    toggles = [toggle.site["x"]]
    reason  = "why"
  }
}
toggle "site" {
  for_each = { x = 1, y = 2 }
  key      = "site_${each.key}_${each.value}"
}
output "reason" {
  value = toggle.b.requires[0].reason
}
output "share" {
  value = product.records.segment.dual.share
}
output "keys" {
  value = [for name, site in toggle.site : site.key]
}
output "unset" {
  value = toggle.b.title
}
output "toggle" {
  value = toggle.site["y"]
}
""")
    a = built.ok.toggles[Address("toggle", "a")]
    assert (a.key, a.title, a.exposure) == ("b_a", "A of Medical Records", Exposure(5000))
    assert outputs(built) == {
        "keys": ["site_x_1", "site_y_2"],
        "reason": "why",
        "share": 0.5,
        "toggle": 'toggle.site["y"]',
        "unset": None,
    }


@pytest.mark.parametrize(
    ("expression", "summary", "detail"),
    [
        ("var.nmae", "Undeclared variable", 'There is no variable "nmae". Did you mean "name"?'),
        ("local.lcoal", "Undeclared local value", 'There is no local value "lcoal". Did you mean "local"?'),
        ("product.q", "Undeclared product", 'There is no product "q".'),
        ("role.po", "Undeclared role", 'There is no role "po".'),
        ("experience.po", "Undeclared experience", 'There is no experience "po".'),
        ("toggel.x", "Unknown name", 'There is nothing named "toggel" here. Did you mean "toggle"?'),
        (
            "path.module",
            "Unknown name",
            'There is nothing named "path" here. Terraform has it, and Flagstaff does not.',
        ),
        ("foobarbaz", "Unknown name", 'There is nothing named "foobarbaz" here. A text needs quotes around it.'),
        ("toggle", "Incomplete reference", "toggle must be followed by a name, as in toggle.x."),
        ("each.key", 'Invalid "each"', "each.key has a value only in a block with for_each."),
        ("count.index", 'Invalid "count"', "count.index has a value only in a block with count."),
        ("each.vlaue", 'Invalid "each"', "There are only each.key and each.value."),
        ("toggle.t.kye", "Unknown attribute", 'toggle.t is a toggle; it has no attribute "kye". Did you mean "key"?'),
        ("experience.e.when", "Not a value", "The when of experience.e is a condition, and has no value yet."),
    ],
)
def test_names_that_mean_nothing(configure, expression, summary, detail):
    built = configure(
        'variable "name" {\n  default = 1\n}\nlocals {\n  local = 1\n}\nproduct "p" {\n}\n'
        'toggle "t" {\n  key = "t"\n}\n'
        f'experience "e" {{\n  when = toggle.t\n}}\noutput "o" {{\n  value = {expression}\n}}\n'
    )
    assert built.only.summary == summary
    assert built.only.detail == detail
    assert built.only.context == 'output "o"'
    start, end = built.only.range.start, built.only.range.end
    assert (start.line, end.column) == (16, 11 + len(expression))


@pytest.mark.parametrize(
    ("attribute", "detail"),
    [
        ("product = toggle.t", '"product" of toggle.x takes a product, and toggle.t is a toggle.'),
        ('product = "p"', '"product" of toggle.x takes a product, not a string. Write product.p, without quotes.'),
        ("product = 5", '"product" of toggle.x takes a product, such as product.x, and this is a number.'),
        (
            "product = product.many",
            '"product" of toggle.x takes a product, such as product.x, and this is several blocks.',
        ),
        ("depends_on = [product.p]", '"depends_on" of toggle.x takes a toggle, and product.p is a product.'),
        ("depends_on = [null]", '"depends_on" of toggle.x takes a toggle, not null.'),
        ("depends_on = local.list", '"depends_on" of toggle.x takes a toggle, and product.p is a product.'),
    ],
)
def test_wrong_kinds_of_references(configure, attribute, detail):
    built = configure(
        'product "p" {\n}\nproduct "many" {\n  count = 2\n}\ntoggle "t" {\n  key = "t"\n}\n'
        f'locals {{\n  list = [product.p]\n}}\ntoggle "x" {{\n  key = "x"\n  {attribute}\n}}\n'
    )
    assert [item.summary for item in built.diagnostics] == ["Wrong kind of reference"]
    assert built.only.detail == detail


def test_a_list_of_references_must_be_a_list(configure):
    built = configure('toggle "t" {\n  key = "t"\n}\ntoggle "x" {\n  key = "x"\n  depends_on = toggle.t\n}\n')
    assert built.said == ["main.hcl:6:16-24 Wrong type"]
    assert built.only.detail == '"depends_on" of toggle.x takes a list. Put it in brackets: [toggle.t].'


def test_a_cycle_of_locals_is_a_path_with_the_place_of_each_edge(configure):
    built = configure("locals {\n  a = 1 + local.b\n  b = local.c\n  c = upper(local.a)\n}\n")
    assert built.said == ["main.hcl:2:11-18 Reference cycle"]
    assert built.only.detail.startswith("A value can't depend on itself: local.a -> local.b -> local.c -> local.a.")
    assert [(related.message, str(related.range)) for related in built.only.related] == [
        ("local.a refers to local.b", "main.hcl:2"),
        ("local.b refers to local.c", "main.hcl:3"),
        ("local.c refers to local.a", "main.hcl:4"),
    ]


def test_a_cycle_of_attributes_and_locals(configure):
    built = configure(
        'locals {\n  l = toggle.b.key\n}\ntoggle "a" {\n  key = local.l\n}\ntoggle "b" {\n  key = toggle.a.key\n}\n'
    )
    assert built.said == ["main.hcl:2:7-19 Reference cycle"]
    assert "local.l -> toggle.b.key -> toggle.a.key -> local.l" in built.only.detail


def test_a_cycle_through_for_each(configure):
    built = configure('toggle "a" {\n  for_each = { x = toggle.a["x"].key }\n  key = "k"\n}\n')
    assert built.said == ["main.hcl:2:20-37 Reference cycle"]


def test_a_cycle_of_experiences(configure):
    built = configure(
        'toggle "t" {\n  key = "t"\n}\nexperience "a" {\n  when = toggle.t && experience.b\n}\n'
        'experience "b" {\n  when = experience.a\n}\n'
    )
    assert built.said == ["main.hcl:5:22-34 Reference cycle"]


def test_a_cycle_that_only_values_show(configure):
    built = configure(
        'locals {\n  t = toggle.a\n}\ntoggle "a" {\n  key = "k"\n  title = local.t.title\n}\n'
        'toggle "b" {\n  key = "l"\n  title = local.t.title\n}\n'
    )
    assert built.said == ["main.hcl:6:19-24 Reference cycle"]
    assert "toggle.a.title -> toggle.a.title" in built.only.detail


def test_a_local_may_hide_behind_the_variable_of_a_for(configure):
    built = configure('locals {\n  a = [for local in [{ a = 1 }] : local.a]\n}\noutput "o" {\n  value = local.a\n}\n')
    assert outputs(built) == {"o": [1]}


def test_references_by_key_and_through_keys(configure):
    built = configure("""
locals {
  which = "x"
  key   = toggle.site[local.which].key
  other = local["key"]
}
toggle "site" {
  for_each = toset(["x"])
  key      = "site_${each.value}"
}
output "o" {
  value = local.other
}
""")
    assert outputs(built) == {"o": "site_x"}


def test_a_long_chain_of_locals_is_no_deep_one(configure):
    count = 3000
    lines = "".join(f"  l{number} = local.l{number + 1}\n" for number in range(count))
    built = configure(f'locals {{\n{lines}  l{count} = "end"\n}}\noutput "o" {{\n  value = local.l0\n}}\n')
    assert outputs(built) == {"o": "end"}


def test_a_long_cycle_is_said_like_a_short_one(configure):
    count = 3000
    lines = "".join(f"  l{number} = local.l{(number + 1) % count}\n" for number in range(count))
    built = configure(f"locals {{\n{lines}}}\n")
    assert [item.summary for item in built.diagnostics] == ["Reference cycle"]
    assert len(built.only.related) == count


def test_values_inside_of_values_may_not_nest_without_end(configure):
    count = 100
    toggles = "".join(
        f'toggle "t{number}" {{\n  key = "k{number}"\n  title = [toggle.t{number + 1}][0].title\n}}\n'
        for number in range(count)
    )
    built = configure(f'{toggles}toggle "t{count}" {{\n  key = "end"\n  title = "end"\n}}\n')
    assert {item.summary for item in built.diagnostics} == {"References nested too deeply"}


def test_nobody_is_blamed_for_a_mistake_elsewhere(configure):
    built = configure(
        'locals {\n  a = var.nope\n}\ntoggle "a" {\n  key = local.a\n}\noutput "o" {\n  value = toggle.a.key\n}\n'
    )
    assert built.said == ["main.hcl:2:7-15 Undeclared variable"]
    assert built.only.context == "locals"


@pytest.mark.parametrize(
    "expression",
    [
        "(local.a)",
        "!local.a",
        "1 + local.a",
        "true ? local.a : 1",
        "local.a ? 1 : 2",
        "[local.a]",
        "{ x = local.a }",
        "{ (local.a) = 1 }",
        "upper(local.a)",
        '"${local.a}"',
        '"x${local.a}"',
        '"%{ for x in local.a }${x}%{ endfor }"',
        "local.a.b.c",
        "local.a[0]",
        'local["a"]',
        "local.a[*].x",
        "[1, 2][local.a]",
        "var.x[local.a].y",
        "[for x in local.a : x]",
        "[for x in [1] : local.a if x]",
        "{ for k, v in {} : k => local.a }",
    ],
)
def test_a_reference_is_found_wherever_it_stands(configure, expression):
    built = configure(f'variable "x" {{\n  default = {{}}\n}}\nlocals {{\n  a = {expression}\n}}\n')
    assert [item.summary for item in built.diagnostics] == ["Reference cycle"]
    assert built.only.detail.startswith("A value can't depend on itself: local.a -> local.a.")
    found = built.only.range
    marked = f"  a = {expression}"[found.start.column - 1 : found.end.column - 1]
    assert marked.startswith("local")
