"""for_each and count on nested blocks and on outputs, and why some blocks can't have them."""

from __future__ import annotations

import pytest

from flagstaff.addresses import Address

SITES = 'toggle "site" {\n  for_each = toset(["653", "687"])\n  key      = "site_${each.key}"\n}\n'


def segments(built, name="p", index=None):
    product = built.ok.products[Address("product", name, index)]
    return [(segment.name, segment.share and float(segment.share), segment.on) for segment in product.segments]


def requirements(built, address):
    return [(str(one.parent), one.at_least // 1000) for one in built.ok.toggles[address].requirements]


def value(built, name="o"):
    return built.ok.outputs[name].value


def test_segments_by_key_and_by_number(configure):
    built = configure(
        'product "p" {\n  segment "dual" {\n    for_each = { "687" = 0.2, "653" = 0.1 }\n'
        '    share = each.value\n    on = "site ${each.key}"\n  }\n'
        '  segment "rest" {\n    count = 2\n    on = "${count.index}"\n  }\n'
        '  segment "one" {\n    share = 0.3\n  }\n}\n'
        'output "o" {\n  value = [product.p.segment.dual["653"].share, product.p.segment.rest[1].on]\n}\n'
        'output "all" {\n  value = { for key, one in product.p.segment.dual : key => one.on }\n}\n'
    )
    assert segments(built) == [
        ('dual["653"]', 0.1, "site 653"),
        ('dual["687"]', 0.2, "site 687"),
        ("rest[0]", None, "0"),
        ("rest[1]", None, "1"),
        ("one", 0.3, ""),
    ]
    assert value(built) == [0.1, "1"]
    assert value(built, "all") == {"653": "site 653", "687": "site 687"}


def test_the_shares_of_repeated_segments_count_one_by_one(configure):
    built = configure(
        'product "p" {\n  segment "s" {\n    count = 3\n    share = 0.4\n  }\n\n'
        '  segment "none" {\n    count = 0\n  }\n}\n'
    )
    assert built.said == ["main.hcl:4:13-16 Shares over 1"]


def test_requires_by_key_and_by_number(configure):
    built = configure(
        SITES + 'toggle "a" {\n  key = "a"\n  requires {\n    for_each = { "653" = 20, "687" = 50 }\n'
        "    toggles  = [toggle.site[each.key]]\n    at_least = each.value\n  }\n"
        "  requires {\n    count = 2\n    toggles = [toggle.b]\n    at_least = 10 + count.index\n  }\n}\n"
        'toggle "b" {\n  key = "b"\n}\noutput "o" {\n  value = [for one in toggle.a.requires : one.at_least]\n}\n'
    )
    assert requirements(built, Address("toggle", "a")) == [
        ('toggle.site["653"]', 20),
        ('toggle.site["687"]', 50),
        ("toggle.b", 10),
        ("toggle.b", 11),
    ]
    assert value(built) == [20, 50, 10, 11]


def test_a_nested_block_sees_its_own_repetition_and_else_the_one_around_it(configure):
    built = configure(
        SITES + 'toggle "a" {\n  for_each = { x = ["653"], y = ["653", "687"] }\n  key = each.key\n'
        "  requires {\n    for_each = toset(each.value)\n    toggles  = [toggle.site[each.key]]\n"
        '    reason   = each.value\n  }\n  requires {\n    count    = each.key == "x" ? 1 : 0\n'
        "    toggles  = [toggle.b]\n    at_least = length(each.value) + count.index\n  }\n}\n"
        'toggle "b" {\n  count = 2\n  key = "b${count.index}"\n  requires {\n    for_each = toset(["687"])\n'
        "    toggles = [toggle.site[each.key]]\n    at_least = 30 + count.index\n  }\n}\n"
    )
    assert requirements(built, Address("toggle", "a", "x")) == [
        ('toggle.site["653"]', 100),
        ("toggle.b[0]", 1),
        ("toggle.b[1]", 1),
    ]
    assert requirements(built, Address("toggle", "a", "y")) == [
        ('toggle.site["653"]', 100),
        ('toggle.site["687"]', 100),
    ]
    assert requirements(built, Address("toggle", "b", 1)) == [('toggle.site["687"]', 31)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("for_each = [1]", "Invalid for_each"),
        ("for_each = local.nope", "Undeclared local value"),
        ("count = 1.5", "Invalid count"),
        ('count = undecided("n")', "Invalid count"),
        ("count = count.index", 'Invalid "count"'),
    ],
)
def test_a_mistake_in_the_repetition_of_a_nested_block_is_said_once(configure, line, said):
    built = configure(
        f'toggle "a" {{\n  for_each = toset(["x", "y"])\n  key = each.key\n  requires {{\n    {line}\n'
        "    toggles = []\n  }\n}\n"
        'output "o" {\n  value = toggle.a["x"].requires[0].reason\n}\n'
    )
    assert [item.summary for item in built.diagnostics] == [said]
    assert built.only.range.start.line == 5
    assert built.only.context == 'toggle "a"'


def test_a_mistake_in_one_segment_hides_no_other(configure):
    built = configure(
        'product "p" {\n  segment "s" {\n    for_each = local.nope\n  }\n  segment "t" {\n    share = 0.5\n  }\n}\n'
        'output "s" {\n  value = product.p.segment.s["x"].share\n}\n'
        'output "t" {\n  value = product.p.segment.t.shar\n}\n'
    )
    assert built.said == ["main.hcl:3:16-26 Undeclared local value", "main.hcl:13:31-35 Unknown attribute"]


def test_a_nested_repetition_in_a_cycle_is_a_cycle(configure):
    built = configure(
        'toggle "a" {\n  key = "a"\n  requires {\n    count = length(toggle.a.requires)\n    toggles = []\n  }\n}\n'
    )
    assert built.said == ["main.hcl:4:20-37 Reference cycle"]


def test_a_repeated_segment_in_a_condition(configure):
    text = (
        'product "p" {\n  segment "dual" {\n    for_each = toset(["653"])\n  }\n'
        '  segment "many" {\n    count = 2\n  }\n}\n'
        'toggle "t" {\n  key = "t"\n}\nexperience "e" {\n  when = toggle.t && WHICH\n}\n'
    )
    (one,) = configure(text.replace("WHICH", 'product.p.segment.dual["653"]')).ok.experiences.values()
    assert str(one.when) == 'product.p.segment.dual["653"] && toggle.t'
    (one,) = configure(text.replace("WHICH", "!product.p.segment.many[1]")).ok.experiences.values()
    assert str(one.when) == "!product.p.segment.many[1] && toggle.t"
    for which in ("product.p.segment.dual", "product.p.segment.many"):
        built = configure(text.replace("WHICH", which))
        assert built.said == [f"main.hcl:13:22-{22 + len(which)} Invalid condition"]


def test_an_output_by_key_and_by_number(configure):
    built = configure(
        'output "o" {\n  for_each = { b = 2, a = 1 }\n  value = { n = each.value }\n  description = "the numbers"\n}\n'
        'output "list" {\n  count = 2\n  value = count.index * 10\n}\n'
        'output "none" {\n  for_each = {}\n  value = each.key\n}\noutput "zero" {\n  count = 0\n  value = 1\n}\n'
    )
    outputs = built.ok.outputs
    assert list(outputs) == ["list", "none", "o", "zero"]
    assert (outputs["o"].value, outputs["o"].description) == ({"a": {"n": 1}, "b": {"n": 2}}, "the numbers")
    assert [outputs[name].value for name in ("list", "none", "zero")] == [[0, 10], {}, []]


def test_a_repeated_output_is_hidden_as_a_whole(configure):
    built = configure(
        'output "s" {\n  count = 2\n  value = count.index\n  sensitive = count.index == 1\n}\n'
        'output "u" {\n  for_each = { a = 1, b = undecided("how far") }\n  value = each.value\n}\n'
    )
    assert [(one.name, one.value, one.hidden) for one in built.ok.outputs.values()] == [
        ("s", None, "sensitive"),
        ("u", None, "undecided: how far"),
    ]


def test_a_mistake_in_an_instance_of_an_output(configure):
    built = configure(
        'variable "s" {\n  default = "x"\n  sensitive = true\n}\n'
        'output "o" {\n  for_each = toset(["a", "b"])\n  value = [var.s]\n}\n'
        'output "p" {\n  for_each = local.nope\n  value = 1\n}\n'
    )
    assert built.said == ["main.hcl:7:11-18 Sensitive value not allowed", "main.hcl:10:14-24 Undeclared local value"]


@pytest.mark.parametrize(
    ("text", "place", "detail"),
    [
        ("flagstaff {\n  X = 1\n}\n", "2:3", "it says what the whole configuration has in common, so there is one."),
        (
            'provider "flipper" {\n  source = "snapshot"\n  X = 1\n}\n',
            "3:3",
            "a configuration has one store. Put the toggles of another store into a directory of their own.",
        ),
        ("policy {\n  X = 1\n}\n", "2:3", "there is one policy, and it holds for every plan as a whole."),
        (
            'flagstaff {\n  backend "local" {\n    X = 1\n  }\n}\n',
            "3:5",
            "the state of a configuration is kept in one place.",
        ),
        (
            'variable "v" {\n  default = 1\n  X = 1\n}\n',
            "3:3",
            "a variable has one value, given under its name. Give it a map, and repeat the blocks that use it.",
        ),
        (
            (
                'variable "v" {\n  default = 1\n  validation {\n    condition = true\n'
                '    error_message = ""\n    X = 1\n  }\n}\n'
            ),
            "6:5",
            "a condition can look at every element itself: alltrue([for x in var.v : x > 0]).",
        ),
        (
            "locals {\n  X = 1\n}\n",
            "2:3",
            (
                'a local value can be a list or map of any size: sites = { for s in ["653"] : s => 5 }. As the name of '
                'a local value, "X" would be taken for a repetition; choose another one.'
            ),
        ),
    ],
)
@pytest.mark.parametrize("name", ["for_each", "count"])
def test_blocks_that_stand_alone_say_why(configure, text, place, detail, name):
    built = configure(text.replace("X", name))
    line, column = map(int, place.split(":"))
    assert built.said == [f"main.hcl:{line}:{column}-{column + len(name)} Block can't be repeated"]
    kind = built.only.detail.split()[1]
    assert built.only.detail == f"A {kind} block takes no {name}: {detail.replace('X', name)}"
