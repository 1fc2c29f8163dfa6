"""Credentials of a saved plan: it names them, and they are taken from the configuration when it is applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flagstaff.cli.workspace import Workspace
from flagstaff.config.load import Inputs, load
from flagstaff.diagnostics import Failure
from flagstaff.model.configuration import ProviderSettings


def with_credentials(
    workspace: Workspace, settings: ProviderSettings, names: Sequence[str], inputs: Inputs
) -> ProviderSettings:
    """The plan's provider with the secrets that it names; raises `Failure`.

    They come from the provider block of this directory, with variables from the environment and
    variable files, and only if that block still leads to the store that was planned for.
    """
    if not names:
        return settings
    loaded = load(workspace.directory, inputs)
    here = loaded.partial.provider if loaded.partial is not None else None
    listed = ", ".join(names)
    if here is None:
        raise Failure.error(
            "Credentials can't be resolved",
            f"The plan's store needs {listed}, which a plan never holds. "
            "Apply it in the directory of its configuration: flagstaff -chdir=DIR apply FILE",
        )
    if (here.kind, here.source, dict(here.settings)) != (settings.kind, settings.source, dict(settings.settings)):
        raise Failure.error(
            "Provider changed since the plan",
            f"The plan needs {listed} for {settings.kind}.{settings.source}, and the provider block of this directory "
            "is another one now. Its credentials are not sent elsewhere. Plan again.",
            here.range,
        )
    missing = [name for name in names if name not in here.sensitive]
    if missing:
        workspace.sources.update(loaded.sources)
        errors = [item for item in loaded.diagnostics.sorted() if item.severity == "error"]
        raise (
            Failure(*errors)
            if errors
            else Failure.error(
                "Credentials can't be resolved",
                f"The provider block gives no {', '.join(missing)} any more, which the plan's store needs. Plan again.",
                here.range,
            )
        )
    return replace(settings, sensitive={name: here.sensitive[name] for name in names})
