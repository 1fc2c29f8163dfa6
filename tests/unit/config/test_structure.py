"""The shape of blocks: labels, attributes, nested blocks."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("text", "said", "detail"),
    [
        ("x = 1\n", "1:1-2 Attribute outside of a block", '"x" must stand in a block, such as toggle or locals.'),
        (
            "toggle = 1\n",
            "1:1-7 Attribute outside of a block",
            (
                '"toggle" must stand in a block, such as toggle or locals. It is a block: write toggle "..." { ... } '
                "without the equals sign."
            ),
        ),
        (
            "resource {\n}\n",
            "1:1-9 Unknown block type",
            'There is no block type "resource". A toggle is declared as toggle "name" { ... }.',
        ),
        (
            'toggle {\n  key = "a"\n}\n',
            "1:1-7 Missing label",
            'A toggle block needs a label, its name: toggle "..." {',
        ),
        (
            'toggle "a" "b" {\n  key = "a"\n}\n',
            "1:12-15 Extra label",
            'A toggle block takes only one label, its name; "b" must go.',
        ),
        ('locals "a" {\n}\n', "1:8-11 Extra label", 'A locals block takes no label; "a" must go.'),
        (
            'toggle "a b" {\n  key = "a"\n}\n',
            "1:8-13 Invalid name",
            (
                '"a b" is not a name. A name starts with a letter or an underscore and has only letters, digits, '
                'underscores and hyphens. Write "a_b"; the words for people go into title.'
            ),
        ),
        ('toggle "a" {\n}\n', "1:1-11 Missing required attribute", 'A toggle block needs the attribute "key".'),
        (
            'toggle "a" {\n  key = null\n}\n',
            "2:9-13 Missing required attribute",
            '"key" of toggle.a is null, and it needs a value.',
        ),
        (
            'toggle "a" {\n  key = "a"\n  requires = [1]\n}\n',
            "3:3-11 Unknown attribute",
            (
                'A toggle block has no attribute "requires". It is a block: write requires { ... } '
                "without the equals sign."
            ),
        ),
        (
            'toggle "a" {\n  key = "a"\n  percentage {\n  }\n}\n',
            "3:3-13 Unknown nested block",
            'A toggle block has no block "percentage" in it. It is an attribute: write percentage = ...',
        ),
        (
            'toggle "a" {\n  key = "a"\n  require {\n  }\n}\n',
            "3:3-10 Unknown nested block",
            'A toggle block has no block "require" in it. Did you mean "requires"?',
        ),
        (
            'experience "a" {\n}\n',
            "1:1-15 Missing required attribute",
            'An experience block needs the attribute "when".',
        ),
        (
            'product "p" {\n  segment {\n  }\n}\n',
            "2:3-10 Missing label",
            'A segment block needs a label, its name: segment "..." {',
        ),
        (
            'flagstaff {\n  backend "local" {\n  }\n  backend "local" {\n  }\n}\n',
            "4:3-18 Duplicate block",
            (
                "There may be only one backend block. The first one is at main.hcl:2. Remove one of the two, or put "
                "all of it into one."
            ),
        ),
    ],
)
def test_misshapen_blocks(configure, text, said, detail):
    built = configure(text)
    assert built.said == [f"main.hcl:{said}"]
    assert built.only.detail == detail


def test_a_configuration_needs_a_provider(configure):
    built = configure('output "x" {\n  value = "provider \\"x\\""\n}\n')
    assert built.said == []
    from flagstaff.config.build import build
    from flagstaff.diagnostics import Diagnostics

    diagnostics = Diagnostics()
    assert build((), (), diagnostics, version="0.1.0") is None
    assert [item.summary for item in diagnostics] == ["Missing provider"]


def test_a_provider_without_a_label_is_not_missed(configure):
    built = configure('provider {\n  source = "api"\n}\nlocals {\n  x = "provider \\""\n}\n')
    assert built.said == ["main.hcl:1:1-9 Missing label"]


def test_locals_may_be_spread_and_not_repeated(configure):
    built = configure("locals {\n  a = 1\n  b = 2\n}\nlocals {\n  c = 3\n  a = 4\n}\n")
    assert built.said == ["main.hcl:7:3-4 Duplicate local value"]
    assert str(built.only.related[0].range) == "main.hcl:2"
    assert built.only.detail == "local.a is already declared at main.hcl:2. Rename or remove one of the two."
