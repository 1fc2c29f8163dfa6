"""A starting configuration: small, commented, and good for a first plan."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flagstaff.cli.workspace import Workspace
from flagstaff.diagnostics import Failure

MAIN: Final = """\
# What is declared here is what `flagstaff apply` makes true. Start with:  flagstaff plan

flagstaff {
  environment = "try-out"          # in the header of every plan
  timezone    = "America/New_York" # for dates without a zone

  backend "local" {
    path = "flagstaff.state.json"  # what was applied, and a journal of how, beside it
  }
}

# Where the toggles live. "embedded" is Flipper's JSON export as a file: good for trying things out.
provider "flipper" {
  source = "embedded"
  path   = "live.json"
}

# Who answers for what. Fill in OpenSSH allowed-signers lines once somebody shall approve.
role "owner" {
  signers = []
}

product "example" {
  title  = "Example"
  owner  = role.owner
  people = 10000
}

# A toggle with no percentage is known, can be depended on, and is never written.
toggle "new_source" {
  key        = "example_new_source_enabled"
  product    = product.example
  percentage = 5
}

# This one shows data that must come from the same source, so it needs the other at 100 % for everybody.
toggle "new_list" {
  key        = "example_new_list_enabled"
  product    = product.example
  percentage = 0

  requires {
    toggles = [toggle.new_source]
    reason  = "The list shows data of the new source"
  }
}

# No plan may raise a toggle by more than 50 points, or change more than 30 % of them (from 10 toggles up).
policy {
  max_raise         = 50
  max_changed_share = 0.3
}
"""

LIVE: Final = """\
{
  "version": 1,
  "features": {
    "example_new_list_enabled": {
      "boolean": null,
      "groups": [],
      "actors": [],
      "percentage_of_actors": null,
      "percentage_of_time": null,
      "expression": null
    },
    "example_new_source_enabled": {
      "boolean": null,
      "groups": [],
      "actors": ["trusted.tester@example.gov"],
      "percentage_of_actors": null,
      "percentage_of_time": null,
      "expression": null
    }
  }
}
"""


def write_start(workspace: Workspace) -> int:
    """Raises `Failure` where there is a configuration already, or a file can't be written."""
    directory = workspace.directory
    there = sorted(path.name for path in directory.glob("*.hcl"))
    if there:
        raise Failure.error(
            "Configuration exists",
            f"{directory.name} has {', '.join(there)} already, and nothing was written. Go on with `flagstaff plan`, "
            "or start in an empty directory.",
        )
    # The store first: where one is there already, no configuration is left beside it.
    for name, text in (("live.json", LIVE), ("main.hcl", MAIN)):
        _write(directory / name, text)
    workspace.terminal.data(
        "Wrote main.hcl and live.json.\n\n"
        "Next:\n"
        "  flagstaff plan     shows what would change\n"
        "  flagstaff apply    does it, once you said yes"
    )
    return 0


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise Failure.error(
            "File exists", f"{path.name} is there already and was left as it is; nothing was written."
        ) from error
    except OSError as error:
        raise Failure.error("File can't be written", f"{path.name}: {error.strerror}.") from error
