"""Slips that people make, and what each is told: what is wrong, where, and what to write instead."""

from __future__ import annotations

import pytest

from flagstaff.config.hints import type_hint
from flagstaff.config.load import Inputs, Variable, load
from flagstaff.diagnostics import Severity
from flagstaff.language.types import NUMBER
from flagstaff.language.values import SENSITIVE, string

BASE = """\
role "po" {
  github_team = "org/po"
}
product "records" {
  title = "Medical Records"
}
product "other" {
  title = upper("other")
}
toggle "allergies" {
  key = "allergies_enabled"
}
variable "wave" {
  type    = number
  default = 5
}
locals {
  wave = 5
}
"""
LINES = BASE.count("\n")


def toggle(*lines, key='"vitals_enabled"'):
    return "\n".join(['toggle "vitals" {', f"  key = {key}", *(f"  {line}" for line in lines), "}\n"])


def requires(*lines):
    return "requires {\n    " + "\n    ".join(lines) + "\n  }"


ERRORS = [
    (toggle('percentage = "5%"'), 3, "a number is required. Write 5."),
    (toggle('percentage = " 0.5 percent"'), 3, "a number is required. Write 0.5."),
    (toggle("percentage = true"), 3, "The switch for everybody is an attribute of its own: enabled = true."),
    (toggle('percentage = "off"'), 3, "The switch for everybody is an attribute of its own: enabled = false."),
    (toggle("percentage = [5, 20]"), 3, "a number is required."),
    (
        toggle("percentage = between(1, 5)"),
        3,
        "a number is required. Only the percentage of a stage and a soak can be between two values.",
    ),
    (toggle('enabled = "yes"'), 3, "a bool is required. Write true."),
    (toggle("create = 1"), 3, "a bool is required. Write true."),
    (toggle('protected = "maybe"'), 3, "a bool is required."),
    (toggle("enabled = no"), 3, 'There is nothing named "no" here. Write false.'),
    (toggle("percentage = TBD"), 3, 'For a value that nobody has chosen yet write undecided("why it is open").'),
    (toggle("product = records"), 3, "Did you mean product.records?"),
    (toggle("percentage = wave"), 3, "Did you mean var.wave or local.wave?"),
    (toggle("percentage = variable.wave"), 3, 'Did you mean "var"?'),
    (toggle('product = "product.records"'), 3, "takes a product, not a string. Write product.records, without quotes."),
    (toggle('product = "Medical Records"'), 3, "takes a product, not a string. Did you mean product.records?"),
    (toggle('product = "Records"'), 3, "takes a product, not a string. Did you mean product.records?"),
    (toggle('product = "recrods"'), 3, 'takes a product, not a string. Did you mean "records"?'),
    (
        (
            'toggle "site" {\n  for_each = toset(["653"])\n  key = each.key\n}\n'
            'output "o" {\n  value = toggle.site.key\n}\n'
        ),
        6,
        'This has an instance for each key: write toggle.site["653"].key.',
    ),
    (
        'experience "e" {\n  when = "toggle.allergies"\n}\n',
        2,
        "this is a string. Write toggle.allergies, without quotes.",
    ),
    ('experience "e" {\n  when = [toggle.allergies]\n}\n', 2, "write alltrue([...]), for any of them anytrue([...])."),
    ('product "x" {\n  people = true\n}\n', 2, "a number is required."),
    (toggle("title = [1]"), 3, "a string is required."),
    ('toggle "9 lives" {\n  key = "k"\n}\n', 1, "letters, digits, underscores and hyphens."),
    ('removed {\n  from = "mhv_x"\n}\n', 2, 'such as toggle.x or toggle.x["key"].'),
    ('provider "flipper" {\n  source = "api"\n  propagation = "soon"\n}\n', 3, 'such as "90s", "2m" or "1h30m".'),
    (toggle('product = "xyz"'), 3, "not a string. Write one such as product.records, without quotes."),
    (toggle(requires("toggles = toggle.allergies")), 4, "takes a list. Put it in brackets: [toggle.allergies]."),
    (toggle(requires('toggles = ["allergies_enabled"]')), 4, "not a string. Did you mean toggle.allergies?"),
    (toggle(requires("toggles = [toggle.allergies.key]")), 4, "not a string. Did you mean toggle.allergies?"),
    (toggle('aliases = "isVitals"'), 3, 'a list of string is required. Put it in brackets: ["isVitals"].'),
    ('product "x" {\n  segment "dual" {\n    share = "8%"\n  }\n}\n', 3, "a number is required. Write 0.08."),
    ('product "x" {\n  people = "1,200,000"\n}\n', 2, "a number is required. Write 1200000."),
    ('toggle "site" {\n  key = each.key\n  for_each = ["653"]\n}\n', 3, 'A list becomes a set with toset(["653"]).'),
    ('toggle "Care Notes" {\n  key = "k"\n}\n', 1, 'Write "care_notes"; the words for people go into title.'),
    ('provider {\n  source = "api"\n}\n', 1, 'A provider block needs a label, its kind: provider "flipper" {'),
    ('flagstaff {\n  backend = "local"\n}\n', 2, 'write backend "..." { ... } without the equals sign.'),
    ('check "x" {\n}\n', 1, "check comes with a later release of Flagstaff; take the block out until then."),
    ("terraform {\n}\n", 1, "Flagstaff's own settings stand in flagstaff { ... }."),
    ('flag "x" {\n}\n', 1, 'A toggle is declared as toggle "name" { ... }.'),
    (
        "unheard {\n}\n",
        1,
        (
            "There are blocker, experience, flagstaff, locals, monitor, moved, output, policy, product, provider, "
            "removed, role, rollout, toggle, trigger, variable."
        ),
    ),
    ('role "x" {\n  colour = 1\n}\n', 2, "It has signers, github_team, for_each, count."),
    ("policy {\n}\npolicy {\n}\n", 3, "Remove one of the two, or put all of it into one."),
    (
        "moved {\n  from = toggle.allergies\n  to   = toggle.allergy\n}\n",
        2,
        (
            "toggle.allergies is declared, and toggle.allergy is not: from takes the old address, and to the new one. "
            "Swap the two."
        ),
    ),
    ('moved {\n  from = "toggle.old"\n  to = toggle.allergies\n}\n', 2, "Write toggle.old, without quotes."),
    ('flagstaff {\n  timezone = "Eastern"\n}\n', 2, 'Did you mean "America/New_York"?'),
    ('flagstaff {\n  timezone = "Los Angeles"\n}\n', 2, 'Did you mean "America/Los_Angeles"?'),
    ('provider "flipper" {\n  source = "api"\n  propagation = "2 min"\n}\n', 3, 'Did you mean "2m"?'),
    ('provider "flipper" {\n  source = "api"\n  propagation = 120\n}\n', 3, 'Did you mean "120s"?'),
    ('role "x" {\n  signers = ["po@example.gov"]\n}\n', 2, "One looks like po@example.gov ssh-ed25519 AAAA..."),
    (
        'role "x" {\n  signers = ["*@x.gov ssh-ed25519 AAAA"]\n}\n',
        2,
        "One looks like po@example.gov ssh-ed25519 AAAA...",
    ),
    ('role "x" {\n  github_team = "https://github.com/orgs/a/teams/b"\n}\n', 2, 'Write "a/b".'),
    ('role "x" {\n  github_team = "@a/b"\n}\n', 2, 'Write "a/b".'),
    ('role "x" {\n  github_team = "b"\n}\n', 2, "It is the organisation and the team, such as org/team."),
]


@pytest.mark.parametrize(("text", "line", "end"), ERRORS)
def test_a_mistake_is_told_once_with_what_to_write_instead(configure, text, line, end):
    built = configure(BASE + text)
    assert built.only.severity is Severity.ERROR
    assert built.only.range.start.line == LINES + line
    assert built.only.detail.endswith(end)


WARNINGS = [
    (
        toggle("percentage = 0.05"),
        3,
        "Percentage below 1",
        '"percentage" of toggle.vitals is 0.05: 0.05 % is 1 person in 2,000. Did you mean 5?',
    ),
    (
        toggle("percentage = 0.3"),
        3,
        "Percentage below 1",
        '"percentage" of toggle.vitals is 0.3: 0.3 % is 1 person in 333. Did you mean 30?',
    ),
    (
        toggle(requires("toggles = [toggle.allergies]", "at_least = 1")),
        5,
        "Percentage of 1 or less",
        (
            '"at_least" of toggle.vitals is 1, in percent: what is required need only be at 1 %. Did you mean 100, '
            "the default? Then only people who have what is required get this toggle."
        ),
    ),
    (
        toggle(requires("toggles = [toggle.allergies]", "at_least = 0")),
        5,
        "Nothing is required",
        'With "at_least" = 0 this requires nothing of toggle.vitals. Give a percentage, or take it out.',
    ),
    (
        toggle(requires("toggles = []")),
        4,
        "Nothing is required",
        "The list is empty, so this requires nothing of toggle.vitals. Name toggles, or take it out.",
    ),
    (
        "policy {\n  max_raise = 0.5\n}\n",
        2,
        "Percentage below 1",
        '"max_raise" of policy is 0.5, in percentage points. Did you mean 50?',
    ),
    (
        toggle('aliases = ["vitals_enabled"]'),
        3,
        "Alias without use",
        '"vitals_enabled" is the key of toggle.vitals already. Take the alias out.',
    ),
    (
        toggle(key='"vitals enabled"'),
        2,
        "Unusual key",
        'The key of toggle.vitals has white space in it: "vitals enabled". Make sure that it is so.',
    ),
    (
        toggle(key='":vitals_enabled"'),
        2,
        "Unusual key",
        (
            'The key of toggle.vitals starts with a colon: ":vitals_enabled". Code writes a Ruby symbol so; in the '
            'store the key is "vitals_enabled".'
        ),
    ),
    (
        'flagstaff {\n  timezone = "EST"\n}\n',
        2,
        "Time zone without summer time",
        '"EST" is the same all year, without summer time. The zone that people live in is "America/New_York".',
    ),
    (
        'experience "e" {\n  when = toggle.allergies.percentage == null\n}\n',
        2,
        "Condition is always true",
        (
            "An attribute of a toggle is a value that the configuration knows, so this doesn't depend on any person. "
            'For "the person has it" write the toggle alone, such as toggle.x.'
        ),
    ),
]


@pytest.mark.parametrize(("text", "line", "summary", "detail"), WARNINGS)
def test_suspicious_values_are_warned_of(configure, text, line, summary, detail):
    built = configure(BASE + text)
    assert built.only.severity is Severity.WARNING
    assert (built.only.range.start.line, built.only.summary) == (LINES + line, summary)
    assert built.only.detail == detail
    assert built.desired is not None


@pytest.mark.parametrize(
    "text",
    [
        toggle("percentage = 0"),
        toggle("percentage = 1"),
        toggle(requires("toggles = [toggle.allergies]", "at_least = 1.5")),
        toggle(requires("toggles = [for t in [toggle.allergies] : t if false]")),
        "policy {\n  max_raise = 1\n}\n",
        'experience "e" {\n  when = local.wave > 1 || toggle.allergies\n}\n',
        'role "x" {\n  signers = ["a@x.gov namespaces=\\"flagstaff\\" ssh-rsa AAAA comment"]\n}\n',
        'role "x" {\n  signers = ["b sk-ssh-ed25519@openssh.com AAAA"]\n}\n',
        'flagstaff {\n  timezone = "America/Phoenix"\n}\n',
    ],
)
def test_ordinary_values_are_not(configure, text):
    assert configure(BASE + text).said == []


def test_a_value_of_a_variable_is_warned_of_where_it_is_used(configure):
    blocks = [f'toggle "t{number}" {{\n  key = "k{number}"\n  percentage = var.w\n}}\n' for number in range(2)]
    built = configure('variable "w" {\n  default = 0.05\n}\n' + "".join(blocks))
    assert built.said == [f"main.hcl:{line}:16-21 (warning) Percentage below 1" for line in (6, 10)]


def test_instances_with_one_key_are_told_what_to_put_into_it(configure):
    built = configure('toggle "a" {\n  for_each = toset(["x", "y"])\n  key = "same"\n}\n')
    assert built.only.detail.endswith("Put each.key or count.index into it.")


def test_a_marked_value_is_not_hinted_at():
    assert type_hint("", NUMBER, string("5%")) == " Write 5."
    assert not type_hint("", NUMBER, string("5%").with_marks([SENSITIVE]))


def test_a_secret_is_not_hinted_at(configure):
    built = configure('variable "s" {\n  type = number\n  sensitive = true\n  default = "5%"\n}\n')
    assert built.only.detail == "The default doesn't fit the variable's type: a number is required."


def test_variables_with_a_percent_sign(configure):
    built = configure('variable "w" {\n  type = number\n  default = "5%"\n}\n')
    assert built.only.detail.endswith("a number is required. Write 5.")


PROVIDER = 'provider "flipper" {\n  source = "snapshot"\n}\nvariable "wave" {\n  default = 1\n}\n'


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("main.tf", '"main.tf" is not read; a file of Flagstaff ends with .hcl. Rename it to "main.hcl".'),
        ("main.HCL", '"main.HCL" is not read; a file of Flagstaff ends with .hcl. Rename it to "main.hcl".'),
        ("main.hcl.txt", '"main.hcl.txt" is not read; a file of Flagstaff ends with .hcl. Rename it to "main.hcl".'),
        ("main.yaml", "start one here with `flagstaff init`."),
    ],
)
def test_a_directory_whose_files_have_another_ending(tmp_path, name, end):
    (tmp_path / name).write_text(PROVIDER)
    (item,) = load(tmp_path, Inputs()).diagnostics
    assert item.summary == "No configuration files"
    assert item.detail.endswith(end)


@pytest.mark.parametrize(
    ("name", "better"),
    [
        ("terraform.tfvars", "flagstaff.hclvars"),
        ("terraform.tfvars.json", "flagstaff.hclvars.json"),
        ("prod.auto.tfvars", "prod.auto.hclvars"),
    ],
)
def test_variable_files_of_terraform_are_not_read(tmp_path, name, better):
    (tmp_path / "main.hcl").write_text(PROVIDER)
    (tmp_path / name).write_text("wave = 5\n")
    (item,) = load(tmp_path, Inputs()).diagnostics
    assert (item.severity, item.summary) == (Severity.WARNING, "Variable file not read")
    assert item.detail == f'"{name}" is a file of Terraform, and its values are not used. Rename it to "{better}".'
    (tmp_path / "main.tf").write_text("")
    assert list(load(tmp_path, Inputs()).diagnostics) == []


def test_a_variable_that_is_given_with_its_prefix(tmp_path):
    (tmp_path / "main.hcl").write_text(PROVIDER)
    (item,) = load(tmp_path, Inputs((Variable("var.wave", "5"),))).diagnostics
    assert item.detail.endswith('Write its name without "var.": wave.')


def test_a_file_in_utf_16(tmp_path):
    (tmp_path / "main.hcl").write_bytes(PROVIDER.encode("utf-16"))
    (item,) = load(tmp_path, Inputs()).diagnostics
    assert item.detail == '"main.hcl" is in UTF-16. Save it as UTF-8.'
