"""Variables: types, defaults, where values come from, validation, secrets."""

from __future__ import annotations

import pytest

from flagstaff.config.variables import Given
from flagstaff.diagnostics import Diagnostics, Severity
from flagstaff.language.parse import parse_expression
from flagstaff.language.source import Source
from flagstaff.language.values import number, string

ECHO = 'output "o" {\n  value = var.x\n}\n'


def argument(text, name="x"):
    return Given(name, text, f"-var {name}=...", undeclared=Severity.ERROR)


def in_file(text, name="x"):
    expression = parse_expression(Source("prod.hclvars", text), Diagnostics())
    return Given(name, expression, "prod.hclvars", expression.range, Severity.WARNING)


def value_of(built):
    return built.ok.outputs["o"].value


@pytest.mark.parametrize(
    ("declared", "text", "value"),
    [
        ("type = string", "5", "5"),
        ("type = string", '"a', '"a'),
        ("", "true", "true"),
        ("type = number", "5", 5),
        ("type = number", '"5"', 5),
        ("type = bool", "true", True),
        ("type = list(string)", '["a", 1]', ["a", "1"]),
        ("type = any", "{ a = 1 }", {"a": 1}),
        ("type = object({ a = optional(number, 3) })", "{}", {"a": 3}),
    ],
)
def test_a_text_is_read_by_the_type(configure, declared, text, value):
    assert value_of(configure(f'variable "x" {{\n  {declared}\n}}\n{ECHO}', given=[argument(text)])) == value


def test_the_last_value_wins_as_a_whole(configure):
    text = f'variable "x" {{\n  type = map(number)\n  default = {{ d = 1 }}\n}}\n{ECHO}'
    assert value_of(configure(text)) == {"d": 1}
    assert value_of(configure(text, given=[in_file("{ a = 1 }"), argument("{ b = 2 }")])) == {"b": 2}


def test_what_may_be_shown_of_values(configure):
    """A plan's JSON has them: nothing of a secret, at any depth, nor of what nobody has chosen yet."""
    text = """\
variable "plain" {
  default = { list = [1, null], yes = true }
}
variable "none" {
  default = null
}
variable "secret" {
  default   = "hush"
  sensitive = true
}
variable "open" {
  default = undecided("share")
}
variable "half" {
  default = { known = 1, open = undecided("share") }
}
variable "given" {
  type = number
}
"""
    shown = configure(text, given=[argument("5", "given")]).ok.variables
    assert shown == {
        "given": {"value": 5},
        "half": {},
        "none": {"value": None},
        "open": {},
        "plain": {"value": {"list": [1, None], "yes": True}},
        "secret": {},
    }
    assert list(shown) == sorted(shown)


def test_a_value_from_json(configure):
    given = Given("x", number(7), "prod.hclvars.json", undeclared=Severity.WARNING)
    assert value_of(configure(f'variable "x" {{\n  type = string\n}}\n{ECHO}', given=[given])) == "7"


def test_undeclared_variables(configure):
    environment = Given("z", "1", "FLAGSTAFF_VAR_z")
    built = configure('variable "share" {\n  default = 1\n}\n', given=[environment, in_file("1", "shrae")])
    assert built.said == ["prod.hclvars:1:1-2 (warning) Undeclared variable"]
    assert built.only.detail == 'prod.hclvars sets "shrae", and there is no such variable. Did you mean "share"?'
    assert built.desired is not None
    refused = configure('variable "share" {\n  default = 1\n}\n', given=[argument("1", "shrae")])
    assert refused.said == ["Undeclared variable"]
    assert refused.only.severity is Severity.ERROR


def test_a_variable_without_a_value(configure):
    built = configure(f'variable "x" {{\n}}\n{ECHO}')
    assert built.said == ["main.hcl:1:1-13 No value for variable"]
    assert built.only.detail == (
        "var.x has no default and was not given. Set it in a variable file, with -var 'x=...', or in FLAGSTAFF_VAR_x."
    )


def test_null_and_nullable(configure):
    assert value_of(configure(f'variable "x" {{\n  default = 1\n}}\n{ECHO}', given=[in_file("null")])) is None
    strict = f'variable "x" {{\n  default = 1\n  nullable = false\n}}\n{ECHO}'
    assert value_of(configure(strict, given=[in_file("null")])) == 1
    built = configure(f'variable "x" {{\n  nullable = false\n}}\n{ECHO}', given=[in_file("null")])
    assert built.said == ["prod.hclvars:1:1-5 Invalid value for variable"]
    assert built.only.detail == "var.x may not be null; prod.hclvars sets it to null."
    built = configure(f'variable "x" {{\n  nullable = false\n  default = null\n}}\n{ECHO}')
    assert built.said == ["main.hcl:3:13-17 Invalid default"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('type = number\n  default = "many"', "main.hcl:3:13-19 Invalid default"),
        ("default = var.y", "main.hcl:2:13-18 References not allowed"),
        ("default = toggle.y.key", "main.hcl:2:13-21 References not allowed"),
        ("default = other", "main.hcl:2:13-18 References not allowed"),
        ("default = 1\n  sensitive = 7", "main.hcl:3:15-16 Wrong type"),
        ("default = 1\n  nulable = true", "main.hcl:3:3-10 Unknown attribute"),
    ],
)
def test_misdeclared_variables(configure, body, said):
    built = configure(f'variable "x" {{\n  {body}\n}}\n')
    assert built.said == [said]
    assert built.only.context == 'variable "x"'


def test_a_mistaken_type_is_said(configure):
    built = configure(f'variable "x" {{\n  type = strin\n}}\n{ECHO}', given=[argument("a")])
    assert [item.range.start.line for item in built.diagnostics] == [2]


def test_a_value_of_the_wrong_type(configure):
    text = f'variable "x" {{\n  type = number\n}}\n{ECHO}'
    built = configure(text, given=[in_file('"many"')])
    assert built.said == ["prod.hclvars:1:1-7 Invalid value for variable"]
    assert built.only.detail == "prod.hclvars gives var.x a value of the wrong type: a number is required."
    built = configure(text, given=[argument("[1,")])
    assert {item.summary for item in built.diagnostics} == {"Invalid value for variable"}
    assert all(item.range is None for item in built.diagnostics)
    assert built.diagnostics[0].detail.startswith("-var x=... gives var.x no valid value.")


VALIDATED = """\
variable "x" {
  type = number
  validation {
    condition     = var.x <= local.most
    error_message = "It must be ${local.most} at most, not ${var.x}."
  }
}
locals {
  most = 50
}
"""


def test_validation(configure):
    assert configure(VALIDATED, given=[argument("50")]).said == []
    built = configure(VALIDATED, given=[in_file("51")])
    assert built.said == ["prod.hclvars:1:1-3 Invalid value for variable"]
    assert built.only.detail == "var.x: It must be 50 at most, not 51. The rule is at main.hcl:4."
    assert str(built.only.related[0].range) == "main.hcl:4"


def test_validation_of_a_secret_does_not_say_it(configure):
    text = VALIDATED.replace("type = number", "type = number\n  sensitive = true")
    built = configure(text, given=[in_file("51")])
    assert built.said == ["main.hcl:1:1-13 Invalid value for variable"]
    assert built.only.detail == "var.x: It breaks its rule. The rule is at main.hcl:5."


def test_validation_must_be_a_condition(configure):
    built = configure(
        'variable "x" {\n  default = 1\n  validation {\n    condition = "perhaps"\n    error_message = ""\n  }\n}\n'
    )
    assert built.said == ["main.hcl:4:17-26 Wrong type"]
    built = configure('variable "x" {\n  default = 1\n  validation {\n    condition = true\n  }\n}\n')
    assert built.said == ["main.hcl:3:3-13 Missing required attribute"]


@pytest.mark.parametrize("given", [argument("hunter2"), in_file('"hunter2"'), Given("x", string("hunter2"), "a.json")])
def test_a_secret_of_the_wrong_type_is_not_shown(configure, given):
    text = 'variable "x" {\n  type = number\n  sensitive = true\n}\noutput "o" {\n  value = var.x\n}\n'
    built = configure(text, given=[given])
    assert built.said == ["main.hcl:1:1-13 Invalid value for variable"]
    assert "hunter2" not in repr(built.diagnostics)
    assert built.only.detail.endswith("The variable is sensitive, so the value is not shown.")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('toggle "t" {\n  key = var.s\n}\n', 6),
        ('toggle "t" {\n  key = "k"\n  aliases = ["a", "${var.s}"]\n}\n', 7),
        ("flagstaff {\n  environment = var.s\n}\n", 6),
        ('flagstaff {\n  backend "local" {\n    path = var.s\n  }\n}\n', 7),
        ('provider "flipper" {\n  source = var.s\n}\n', 6),
        ('output "o" {\n  value = { a = var.s }\n}\n', 6),
        ('output "o" {\n  value = 1\n  description = var.s\n  sensitive = true\n}\n', 7),
    ],
)
def test_a_secret_may_stand_in_a_credential_only(configure, text, line):
    built = configure('variable "s" {\n  sensitive = true\n  default = "hunter2"\n}\n' + text)
    assert [item.summary for item in built.diagnostics] == ["Sensitive value not allowed"]
    assert built.only.range.start.line == line
    assert "hunter2" not in repr(built.diagnostics)


def test_secrets_go_to_the_provider_and_to_sensitive_outputs(configure):
    desired = configure(
        'variable "s" {\n  sensitive = true\n}\nlocals {\n  bearer = "Bearer ${var.s}"\n}\n'
        'provider "flipper" {\n  source = "api"\n  url = "https://x"\n  token = local.bearer\n}\n'
        'output "o" {\n  value = var.s\n  sensitive = true\n}\n',
        given=[Given("s", "hunter2", "FLAGSTAFF_VAR_s")],
    ).ok
    assert desired.provider.sensitive == {"token": "Bearer hunter2"}
    assert desired.provider.settings == {"url": "https://x"}
    assert (desired.outputs["o"].value, desired.outputs["o"].hidden) == (None, "sensitive")
    assert "hunter2" not in repr(desired)


def test_a_credential_is_a_string(configure):
    built = configure(
        'variable "s" {\n  sensitive = true\n  default = 5\n}\n'
        'provider "flipper" {\n  source = "api"\n  token = var.s\n}\n'
    )
    assert built.said == ["main.hcl:7:11-16 Invalid credential"]


def test_a_secret_that_is_null_is_no_setting(configure):
    provider = configure(
        'variable "s" {\n  sensitive = true\n  default = null\n}\n'
        'provider "flipper" {\n  source = "api"\n  token = var.s\n}\n'
    ).ok.provider
    assert (provider.settings, provider.sensitive) == ({}, {})


def test_a_text_is_normalized_and_must_be_utf_8(configure):
    assert value_of(configure(f'variable "x" {{\n}}\n{ECHO}', given=[argument("e\u0301")])) == "\u00e9"
    built = configure(f'variable "x" {{\n}}\n{ECHO}', given=[argument("caf\udce9")])
    assert built.said == ["Invalid value for variable"]
    assert built.only.detail == "-var x=... is not in UTF-8."
