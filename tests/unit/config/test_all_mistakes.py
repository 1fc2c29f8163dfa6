"""All mistakes of a configuration are said at once, each once, in the order of their places."""

from __future__ import annotations

from flagstaff.diagnostics import Severity

MAIN = """\
flagstaff {
  timezone = "America/New_Yrok"
}

variable "share" {
  type = number
}

locals {
  first  = local.second
  second = local.first
}

togle "a" {
  key = "a"
}

toggle "allergies" {
  key        = "allergies_enabled\\t"
  percentge  = 5
  product    = role.po
  depends_on = [toggle.alergies]
}

toggle "vitals" {
  percentage = var.shrae
  enabled    = true
}
"""

OTHER = """\
role "po" {
}

toggle "labs" {
  key        = "labs_enabled"
  percentage = 120
  requires {
    toggles  = [toggle.labs]
    at_least = "most"
  }
}

toggle "labs" {
  key = "other"
}

toggle "notes" {
  key = "labs_enabled"
}

provider "flipper" {
  source      = "snapshot"
  propagation = "2 minutes"
}

policy {
}

policy {
}
"""


def test_every_mistake_of_two_files_is_said_at_its_place(configure):
    built = configure(MAIN, other=OTHER)
    assert built.desired is None
    assert built.said == [
        "main.hcl:2:14-32 Unknown time zone",
        "main.hcl:5:1-17 No value for variable",
        "main.hcl:10:12-24 Reference cycle",
        "main.hcl:14:1-6 Unknown block type",
        "main.hcl:19:16-37 Invalid key",
        "main.hcl:20:3-12 Unknown attribute",
        "main.hcl:21:16-23 Wrong kind of reference",
        "main.hcl:22:17-32 Undeclared toggle",
        "main.hcl:25:1-16 Missing required attribute",
        "main.hcl:26:16-25 Undeclared variable",
        "other.hcl:6:16-19 Percentage out of range",
        "other.hcl:8:17-28 Toggle requires itself",
        "other.hcl:9:16-22 Wrong type",
        "other.hcl:13:1-14 Duplicate block",
        "other.hcl:18:9-23 Duplicate key",
        "other.hcl:23:17-28 Invalid duration",
        "other.hcl:29:1-7 Duplicate block",
    ]
    assert all(item.severity is Severity.ERROR for item in built.diagnostics)


def test_suggestions_contexts_and_other_places(configure):
    said = {(item.summary, item.range.start.line): item for item in configure(MAIN, other=OTHER).diagnostics}
    assert said["Unknown time zone", 2].detail.endswith('Did you mean "America/New_York"?')
    assert said["Unknown block type", 14].detail == 'There is no block type "togle". Did you mean "toggle"?'
    assert said["Unknown attribute", 20].detail == (
        'A toggle block has no attribute "percentge". Did you mean "percentage"?'
    )
    assert said["Undeclared toggle", 22].detail == 'There is no toggle "alergies". Did you mean "allergies"?'
    assert said["Undeclared variable", 26].detail == 'There is no variable "shrae". Did you mean "share"?'
    assert said["Undeclared variable", 26].context == 'toggle "vitals"'
    assert said["Invalid key", 19].detail.startswith(
        'The key of toggle.allergies has white space around it: "allergies_enabled\\t".'
    )
    assert said["Invalid key", 19].address == "toggle.allergies"
    duplicate = said["Duplicate block", 13]
    assert duplicate.detail == (
        'There is already a block toggle "labs". The first one is at other.hcl:4. Rename or remove one of the two.'
    )
    assert [str(related.range) for related in duplicate.related] == ["other.hcl:4"]
    assert [str(related.range) for related in said["Duplicate block", 29].related] == ["other.hcl:26"]
    assert said["Missing required attribute", 25].detail == 'A toggle block needs the attribute "key".'


def test_the_order_of_files_does_not_change_what_is_found(configure):
    forward, backward = configure(MAIN, other=OTHER), configure("", other=OTHER, main2=MAIN)
    assert len(forward.diagnostics) == len(backward.diagnostics) == 17


def test_a_mistake_in_a_repeated_block_is_said_once(configure):
    built = configure('toggle "a" {\n  count = 50\n  key = "k${count.index}${var.nope}"\n}\n')
    assert built.said == ["main.hcl:3:27-35 Undeclared variable"]


def test_what_a_file_with_syntax_errors_may_declare_is_not_missed(configure):
    built = configure(
        'toggle "a" {\n  key = "a"\n  depends_on = [toggle.b]\n}\n', broken='toggle "b" {\n  key = = "b"\n}\n'
    )
    assert built.diagnostics
    assert all(item.range.filename == "broken.hcl" for item in built.diagnostics), built.said


def test_instances_that_share_a_mistake_share_its_message(configure):
    built = configure('toggle "a" {\n  count = 50\n  key = "same"\n  percentage = 101\n}\n')
    assert built.said == ["main.hcl:3:9-15 Duplicate key", "main.hcl:4:16-19 Percentage out of range"]
    assert built.diagnostics[1].address == "toggle.a[0]"


def test_instances_with_mistakes_of_their_own_are_all_told(configure):
    built = configure('toggle "a" {\n  count = 3\n  key = "k${count.index}"\n  percentage = 100 + count.index\n}\n')
    assert [item.detail.partition(";")[0] for item in built.diagnostics] == [
        '"percentage" of toggle.a[1] is 101',
        '"percentage" of toggle.a[2] is 102',
    ]
