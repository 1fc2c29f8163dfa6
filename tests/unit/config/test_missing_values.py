"""Checking without values for variables: they are unknown, and what is built on them is passed over."""

from __future__ import annotations

import pytest

from flagstaff.addresses import Address
from flagstaff.config.load import Inputs, load
from flagstaff.config.variables import Given
from flagstaff.providers.registry import check_settings

VARIABLES = """\
variable "text" {
  type = string
}
variable "share" {
  type = number
  validation {
    condition     = var.share < 50
    error_message = "Too much: ${var.share}."
  }
}
variable "on" {
  type     = bool
  nullable = false
}
variable "sites" {
  type = set(string)
}
variable "owners" {
  type = map(object({ team = string }))
}
variable "untyped" {
}
variable "token" {
  sensitive = true
}
"""


def check(configure, text, **more):
    return configure(VARIABLES + text, require_values=False, **more)


@pytest.mark.parametrize(
    "text",
    [
        'toggle "a" {\n  key = var.text\n  aliases = [var.text, "a"]\n  title = upper(var.untyped)\n}\n',
        'toggle "a" {\n  key = "a"\n  percentage = var.share + 1\n  enabled = var.untyped\n}\n',
        'toggle "a" {\n  key = "a"\n  percentage = 5\n  enabled = var.on\n}\n',
        'toggle "a" {\n  key = "a"\n  product = var.untyped\n  depends_on = var.untyped\n  protected = var.on\n}\n',
        'toggle "a" {\n  key = "a"\n  requires {\n    toggles = [var.untyped]\n    at_least = var.share\n  }\n}\n',
        'product "p" {\n  people = var.share\n  segment "s" {\n    for_each = var.sites\n    share = 2\n  }\n}\n',
        "policy {\n  max_raise = var.share\n  max_changed_share = var.untyped\n}\n",
        "flagstaff {\n  environment = var.text\n  timezone = var.text\n  required_version = var.text\n}\n",
        'flagstaff {\n  backend "local" {\n    path = var.text\n  }\n}\n',
        'output "o" {\n  value = { a = var.text, b = [for s in var.sites : s] }\n}\n',
        'output "o" {\n  for_each = var.sites\n  value = each.key\n}\n',
        'toggle "a" {\n  key = "a"\n}\nexperience "e" {\n  when = var.on && toggle.a || var.share > 5\n}\n',
        'role "r" {\n  for_each = var.owners\n  github_team = each.value.team\n}\n',
        'role "r" {\n  for_each = var.owners\n}\nproduct "p" {\n  owner = role.r["sm"]\n}\n',
        "removed {\n  from = toggle.a[var.text]\n}\n",
        'provider "flipper" {\n  source = "api"\n  token = var.token\n}\n',
    ],
)
def test_nothing_that_is_built_on_them_complains(configure, text):
    built = check(configure, text)
    assert built.said == []
    assert built.desired is not None


def test_blocks_whose_keys_are_unknown_have_no_instances_and_references_to_them_are_silent(configure):
    built = check(
        configure,
        'toggle "site" {\n  for_each = var.sites\n  key = "s_${each.key}"\n}\n'
        'toggle "list" {\n  count = var.share\n  key = "l_${count.index}"\n}\n'
        'toggle "a" {\n  key = "a"\n  depends_on = [toggle.site["653"], toggle.list[3]]\n'
        "  requires {\n    toggles = [toggle.site]\n  }\n}\n"
        'output "o" {\n  value = [toggle.site["653"].key, length(toggle.list), toggle.site["653"].nope]\n}\n'
        'moved {\n  from = toggle.old\n  to = toggle.site["653"]\n}\n'
        "moved {\n  from = toggle.l\n  to = toggle.list\n}\n"
        'experience "e" {\n  when = toggle.a && toggle.site["653"]\n}\n',
    )
    assert built.said == []
    assert list(map(str, built.ok.toggles)) == ["toggle.a"]


def test_other_mistakes_are_found_all_the_same(configure):
    built = check(
        configure,
        'toggle "a" {\n  key = "a"\n  percentage = 101\n  title = "${var.text}${var.txt}"\n}\n'
        'output "o" {\n  value = var.owners["sm"].taem\n}\n',
    )
    assert [item.summary for item in built.diagnostics] == [
        "Percentage out of range",
        "Undeclared variable",
        "Unknown attribute",
    ]


def test_a_secret_without_a_value_is_still_a_secret(configure):
    built = check(configure, 'toggle "a" {\n  key = var.token\n}\n')
    assert [item.summary for item in built.diagnostics] == ["Sensitive value not allowed"]


def test_given_values_are_checked(configure):
    text = 'toggle "a" {\n  key = "a"\n  percentage = var.share * 10\n}\n'
    built = check(configure, text, given=[Given("share", "20", "-var share=...")])
    assert built.said == ["main.hcl:28:16-30 Percentage out of range"]


def test_without_the_flag_a_value_is_required(configure):
    assert [item.summary for item in configure(VARIABLES).diagnostics] == ["No value for variable"] * 7


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('source = "embedded"\n  path = var.text', []),
        ("source = var.text\n  path = 5", []),
        ('source = "embedded"\n  path = var.token', []),
        ('source = "embedded"\n  pth = var.text', ["Missing required argument", "Unsupported argument"]),
        ('source = "embeded"\n  path = var.text', ["Unknown source"]),
    ],
)
def test_a_provider_is_checked_as_far_as_it_is_known(configure, lines, said):
    settings = check(configure, f'provider "flipper" {{\n  {lines}\n}}\n').ok.provider
    assert [item.summary for item in check_settings(settings)] == said


def test_load_with_and_without_the_flag(tmp_path):
    (tmp_path / "main.hcl").write_text(
        'provider "flipper" {\n  source = "snapshot"\n}\nvariable "x" {\n}\ntoggle "a" {\n  key = var.x\n}\n'
    )
    assert [item.summary for item in load(tmp_path, Inputs()).diagnostics] == ["No value for variable"]
    loaded = load(tmp_path, Inputs(require_values=False))
    assert list(loaded.diagnostics) == []
    assert list(loaded.desired.toggles) == [Address("toggle", "a")]
