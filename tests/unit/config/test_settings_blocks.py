"""The flagstaff and provider blocks, outputs, and what is undecided."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from flagstaff.addresses import Address
from flagstaff.config.notations import allows
from flagstaff.language.durations import read_duration
from flagstaff.model.decisions import OpenDecision


def test_the_flagstaff_block(configure):
    settings = configure("""
variable "environment" {
  default = "staging"
}
flagstaff {
  required_version = ">= 0.1, < 2"
  environment      = var.environment
  production       = true
  timezone         = "America/New_York"
  backend "local" {
    path = "../../state/${var.environment}.json"
  }
}
""").ok.settings
    assert (settings.environment, settings.production, settings.timezone) == ("staging", True, "America/New_York")
    assert (settings.backend.kind, settings.backend.settings) == ("local", {"path": "../../state/staging.json"})
    assert settings.backend.range.start.line == 10


def test_without_a_flagstaff_block_there_are_defaults(configure):
    settings = configure("").ok.settings
    assert (settings.environment, settings.production, settings.timezone) == ("default", False, "UTC")
    assert settings.backend.settings == {}


@pytest.mark.parametrize(
    ("line", "said", "detail"),
    [
        (
            'required_version = ">= 0.2"',
            "2:22-30 Unsupported Flagstaff version",
            'This is Flagstaff 0.1.0, and the configuration needs ">= 0.2". Install a version that fits.',
        ),
        (
            'required_version = "new"',
            "2:22-27 Invalid version constraint",
            '"new" is not a version constraint. One looks like ">= 0.1" or "~> 1.2, != 1.2.3".',
        ),
        ('timezone = "EST5EDT4"', "2:14-24 Unknown time zone", None),
        ('timezone = "../etc/passwd"', "2:14-29 Unknown time zone", None),
        ('environment = " "', "2:17-20 Invalid environment", None),
        (
            'backend "s4" {\n  }',
            "2:11-15 Unknown backend",
            'There is no backend "s4". Known: local, postgres, s3. Did you mean "s3"?',
        ),
        (
            'backend "local" {\n    pth = "x"\n  }',
            "3:5-8 Unknown attribute",
            'A local backend has no attribute "pth". Did you mean "path"?',
        ),
        ('backend "local" {\n    path = " "\n  }', "3:12-15 Wrong type", None),
        ('environment = undecided("name")', "2:17-34 Value must be decided", None),
    ],
)
def test_impossible_settings(configure, line, said, detail):
    built = configure(f"flagstaff {{\n  {line}\n}}\n")
    assert built.said == [f"main.hcl:{said}"]
    assert detail is None or built.only.detail == detail


def test_the_provider_block_keeps_what_its_store_needs(configure):
    provider = configure(
        'provider "flipper" {\n  source = "api"\n  propagation = "2m"\n  url = "https://x"\n  pages = 5\n'
        '  unset = null\n  headers = { b = [1.5, true], a = "x" }\n}\n'
    ).ok.provider
    assert (provider.kind, provider.source, provider.propagation) == ("flipper", "api", timedelta(minutes=2))
    assert provider.settings == {"headers": {"a": "x", "b": [1.5, True]}, "pages": 5, "url": "https://x"}
    assert provider.sensitive == {}


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("0", timedelta(0)),
        ("90s", timedelta(seconds=90)),
        ("2m", timedelta(minutes=2)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("1.5h", timedelta(hours=1.5)),
        ("7d", timedelta(days=7)),
        ("250ms", timedelta(milliseconds=250)),
        ("", None),
        ("2", None),
        ("-2m", None),
        ("2 m", None),
        ("2m ", None),
        ("2m\n", None),
        ("2w", None),
        ("999999999d999999999d", None),
    ],
)
def test_durations(text, duration):
    assert read_duration(text) == duration


@pytest.mark.parametrize(
    ("constraints", "version", "allowed"),
    [
        ("0.1.0", "0.1.0", True),
        ("= 0.1", "0.1.0", True),
        ("!= 0.1.0", "0.1.0", False),
        ("> 0.1", "0.1.0", False),
        ("> 0.1", "0.1.1", True),
        (">= 0.10", "0.9.9", False),
        ("< 0.1.1", "0.1.0", True),
        ("<= 0.1", "0.1.1", False),
        ("~> 1.2", "1.9.0", True),
        ("~> 1.2", "2.0.0", False),
        ("~> 1.2.3", "1.2.9", True),
        ("~> 1.2.3", "1.3.0", False),
        ("~> 1", "1.5.0", True),
        (">= 0.1, != 0.1.0", "0.1.0", False),
        (">= 0.1,", "0.1.0", None),
        ("=> 0.1", "0.1.0", None),
    ],
)
def test_version_constraints(constraints, version, allowed):
    assert allows(constraints, version) is allowed


def test_outputs(configure):
    outputs = configure(
        'output "b" {\n  value = 0.1 + 0.2\n  description = "sum"\n}\noutput "a" {\n  value = undecided("who")\n}\n'
        'output "c" {\n  value = [1, undecided("when")]\n}\n'
        'output "d" {\n  value = sensitive("x")\n  sensitive = true\n}\n'
    ).ok.outputs
    assert list(outputs) == ["a", "b", "c", "d"]
    assert (outputs["b"].value, outputs["b"].description, outputs["b"].hidden) == (0.3, "sum", "")
    assert (outputs["a"].value, outputs["a"].hidden) == (None, "undecided: who")
    assert (outputs["c"].value, outputs["c"].hidden) == (None, "undecided: when")
    assert (outputs["d"].value, outputs["d"].hidden) == (None, "sensitive")


UNDECIDED = """\
variable "start" {
  default = undecided("the first share")
}
locals {
  vaccines = undecided("X% for LH alignment")
}
product "p" {
  title  = undecided("a title")
  people = undecided("how many people")
  owner  = undecided("who owns it")
  segment "dual" {
    share = undecided("how many are dual")
  }
}
toggle "a" {
  key        = "a"
  percentage = undecided("share of a")
  protected  = undecided("whether to protect")
}
toggle "b" {
  key        = "b"
  percentage = local.vaccines
}
toggle "c" {
  key     = "c"
  enabled = var.start == 1
  requires {
    toggles  = [toggle.a]
    at_least = undecided("how far")
    hard     = undecided("how hard")
    reason   = undecided("why")
  }
}
policy {
  max_raise         = undecided("limit")
  max_changed_share = undecided("another limit")
}
"""


def test_what_is_undecided_is_an_open_decision(configure):
    desired = configure(UNDECIDED).ok
    a, b, c = (desired.toggles[Address("toggle", name)] for name in "abc")
    assert isinstance(a.exposure, OpenDecision)
    assert (a.exposure.why, str(a.exposure.range), a.exposure.range.start.column) == ("share of a", "main.hcl:17", 16)
    assert isinstance(b.exposure, OpenDecision)
    assert (b.exposure.why, str(b.exposure.range)) == ("X% for LH alignment", "main.hcl:5")
    assert b.exposure_range.start.line == 22
    assert isinstance(c.exposure, OpenDecision)
    assert c.exposure.why == "the first share"
    assert [(str(one.range), one.why) for one in desired.open_decisions] == [
        ("main.hcl:2", "the first share"),
        ("main.hcl:5", "X% for LH alignment"),
        ("main.hcl:8", "a title"),
        ("main.hcl:9", "how many people"),
        ("main.hcl:10", "who owns it"),
        ("main.hcl:12", "how many are dual"),
        ("main.hcl:17", "share of a"),
        ("main.hcl:18", "whether to protect"),
        ("main.hcl:29", "how far"),
        ("main.hcl:30", "how hard"),
        ("main.hcl:31", "why"),
        ("main.hcl:35", "limit"),
        ("main.hcl:36", "another limit"),
    ]


def test_what_is_undecided_restrains(configure):
    desired = configure(UNDECIDED).ok
    assert desired.toggles[Address("toggle", "a")].protected is True
    (requirement,) = desired.toggles[Address("toggle", "c")].requirements
    assert (requirement.at_least, requirement.hard, requirement.reason) == (100_000, True, "")
    assert (desired.policy.max_raise, desired.policy.max_changed_share) == (0, Decimal(0))
    product = desired.products[Address("product", "p")]
    assert (product.title, product.people, product.owner, product.segments[0].share) == ("p", None, None, None)


@pytest.mark.parametrize(
    "text",
    [
        'toggle "a" {\n  key = undecided("key")\n}\n',
        'toggle "a" {\n  key = "a"\n  depends_on = undecided("which")\n}\n',
        'toggle "a" {\n  key = "a"\n  requires {\n    toggles = [undecided("which")]\n  }\n}\n',
        'removed {\n  from = toggle.a\n  delete = undecided("whether")\n}\n',
        'provider "flipper" {\n  source = "api"\n  url = undecided("where")\n}\n',
    ],
)
def test_what_must_be_decided(configure, text):
    built = configure(text)
    assert [item.summary for item in built.diagnostics] == ["Value must be decided"]


def test_an_undecided_condition_leaves_the_experience_out(configure):
    built = configure('experience "e" {\n  when = undecided("which toggles")\n}\n')
    assert built.ok.experiences == {}
    assert built.said == ["main.hcl:2:10-36 (warning) Undecided condition"]
    assert [one.why for one in built.ok.open_decisions] == ["which toggles"]


def test_what_is_infinite_is_neither_a_setting_nor_an_output(configure):
    built = configure(
        'provider "flipper" {\n  source = "api"\n  pages = 1e4000 * 1e4000\n}\n'
        'output "o" {\n  value = 1e4000 * 1e4000\n}\n'
    )
    assert built.said == ["main.hcl:3:11-26 Wrong type", "main.hcl:6:11-26 Wrong type"]


def test_a_mistake_inside_of_a_setting_is_said_once(configure):
    built = configure('provider "flipper" {\n  source = "api"\n  headers = { a = var.nope, b = [1] }\n}\n')
    assert built.said == ["main.hcl:3:19-27 Undeclared variable"]
