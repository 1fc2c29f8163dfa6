"""`flagstaff init`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from flagstaff.cli import options
from flagstaff.cli.arguments import Command, UsageFailure

if TYPE_CHECKING:
    from flagstaff.cli.workspace import Workspace

HELP = """
Write a commented starting configuration into this directory: main.hcl, and live.json, a small
embedded store to try things on. Existing files are never overwritten.

  mkdir rollout && cd rollout
  flagstaff init
  flagstaff plan

With -from-live: adopt a store that has toggles already. The configuration says which one, with a
flagstaff and a provider block; a toggle block is written for each live toggle that it does not
declare, in one file for each prefix of keys, and all are recorded as they are live. The next plan
says "No changes". Nothing is written to the live store.

  flagstaff init -from-live

With -trust: show the roles, policy, requirements and protection that the configuration declares,
and record them once you said yes. On a store that is not an embedded file, raises wait for this
where a role names somebody who could hold them.

With -migrate-state: copy the state and its whole journal to the backend that the configuration now
names, verify them there, and close the old place. -from says where they are: local:PATH, or an
address as FLAGSTAFF_STATE takes it; without it, flagstaff.state.json beside the configuration.

  flagstaff init -migrate-state -from=local:state/va.json
"""


def _run(
    from_live: bool,
    trust: bool,
    migrate_state: bool,
    source: str | None,
    auto_approve: bool,
    lock_timeout: timedelta,
    no_color: bool,
    given: options.Given,
) -> int:
    from flagstaff.cli.workspace import run

    if source is not None and not migrate_state:
        raise UsageFailure("-from is for -migrate-state.")

    def body(workspace: Workspace) -> int:
        if migrate_state:
            from flagstaff.cli.migrating import migrate

            return migrate(workspace, options.inputs(given), source, lock_timeout)
        if not (from_live or trust):
            from flagstaff.cli.starting import write_start

            return write_start(workspace)
        code = 0
        if from_live:
            from flagstaff.cli.adopting import adopt

            code = adopt(workspace, options.inputs(given), lock_timeout)
        if trust:
            from flagstaff.cli import trusting

            code = trusting.trust(workspace, options.inputs(given), lock_timeout, auto_approve=auto_approve)
        return code

    return run(body, no_color=no_color)


command = Command(
    name="init",
    help=HELP,
    callback=_run,
    params=[
        click.Option(["--from-live"], is_flag=True, help="Write a block for each live toggle, and record it as it is."),
        click.Option(["--trust"], is_flag=True, help="Record the guards that the configuration declares, once agreed."),
        click.Option(["--migrate-state"], is_flag=True, help="Take state and journal to the backend that is declared."),
        click.Option(["--from", "source"], metavar="PLACE", help="Where the state is: local:PATH, or its address."),
        options.auto_approve(),
        options.lock_timeout(),
        *options.variables(),
        options.color(),
    ],
)
