"""A saved plan holds no secret: `apply FILE` takes it from the configuration, and only for the same store."""

import pytest

from flagstaff.testing.flipper_double import FlipperDouble, token_auth
from flagstaff.testing.flipper_server import serving

TOKEN = "s3cret-token"
MAIN = """
flagstaff {
  environment = "test"
  backend "local" {
    path = "state.json"
  }
}
variable "token" {
  type      = string
  sensitive = true
}
provider "flipper" {
  source = "api"
  url    = "URL"
  token  = var.token
}
toggle "checkout" {
  key        = "checkout_enabled"
  percentage = 5
}
"""


@pytest.fixture
def store():
    double = FlipperDouble(authorized=token_auth(TOKEN))
    double.put("checkout_enabled", {"percentage_of_actors": "20"})
    with serving(double) as server:
        yield server


@pytest.fixture
def planned(new_project, store):
    project = new_project(MAIN.replace("URL", store.url), {})
    project.env["FLAGSTAFF_VAR_token"] = TOKEN
    assert project.run("plan", "-out=a.plan").code == 0
    assert TOKEN not in (project.path / "a.plan").read_text(encoding="utf-8")
    return project


def test_the_token_is_taken_from_the_configuration(planned):
    ran = planned.run("apply", "a.plan")
    assert ran.code == 0, ran.both
    assert "Apply complete!" in ran.out


def test_without_the_configuration_it_says_where_to_go(planned):
    (planned.path / "main.hcl").unlink()
    ran = planned.run("apply", "a.plan")
    assert ran.code == 1
    assert "Error: Credentials can't be resolved" in ran.err
    assert "flagstaff -chdir=DIR apply FILE" in ran.err


def test_the_token_goes_to_no_other_store(planned, store):
    text = (planned.path / "main.hcl").read_text(encoding="utf-8")
    (planned.path / "main.hcl").write_text(text.replace(store.url, "http://127.0.0.1:9"), encoding="utf-8")
    ran = planned.run("apply", "a.plan")
    assert ran.code == 1
    assert "Error: Provider changed since the plan" in ran.err


def test_a_missing_value_is_said(planned):
    del planned.env["FLAGSTAFF_VAR_token"]
    ran = planned.run("apply", "a.plan")
    assert ran.code == 1
    assert "Error: No value for variable" in ran.err


def test_a_credential_that_is_gone_from_the_block(planned):
    text = (planned.path / "main.hcl").read_text(encoding="utf-8")
    (planned.path / "main.hcl").write_text(text.replace("  token  = var.token\n", ""), encoding="utf-8")
    ran = planned.run("apply", "a.plan")
    assert ran.code == 1
    assert "The provider block gives no token any more" in ran.err
