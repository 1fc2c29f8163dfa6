"""The applied configuration: what the state keeps of `Desired`, as plain JSON without secrets.

A rollback must work when the configuration is broken or gone: all that it needs is in here.
Credentials appear by the name of their attribute only.
"""

from __future__ import annotations

from typing import Any

from flagstaff.model.configuration import Desired, Product, Requirement, Role, Toggle
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.exposure import Exposure
from flagstaff.plan import policies
from flagstaff.plan.applied import rollouts as applied_rollouts

Json = dict[str, Any]


def applied(desired: Desired) -> Json:
    """The document; keys are addresses, in sorted order."""
    return {
        **target(desired),
        "products": {str(address): _product(product) for address, product in desired.products.items()},
        "roles": {str(address): role_document(role) for address, role in desired.roles.items()},
        "toggles": {str(address): _toggle(toggle) for address, toggle in desired.toggles.items()},
        "experiences": {
            str(address): {"title": experience.title, "when": str(experience.when)}
            for address, experience in desired.experiences.items()
        },
        "policy": policies.document(desired.policy),
        "outputs": {
            name: {"value": output.value, "description": output.description, "hidden": output.hidden}
            for name, output in desired.outputs.items()
        },
        **applied_rollouts.documents(desired),
    }


def target(desired: Desired) -> Json:
    """Where a change goes: enough to open the store and the state without the configuration."""
    settings, provider = desired.settings, desired.provider
    return {
        "environment": settings.environment,
        "production": settings.production,
        "timezone": settings.timezone,
        "backend": {"kind": settings.backend.kind, "settings": dict(settings.backend.settings)},
        "provider": {
            "kind": provider.kind,
            "source": provider.source,
            "settings": dict(provider.settings),
            "credentials": sorted(provider.sensitive),
            "propagation": provider.propagation.total_seconds(),
            "verify": {"source": verify.source, "url": verify.url} if (verify := provider.verify) else None,
        },
    }


def _product(product: Product) -> Json:
    return {
        "title": product.title,
        "owner": str(product.owner) if product.owner else None,
        "people": product.people,
        "segments": [
            {
                "name": s.name,
                "share": None if s.share is None else f"{s.share:f}",
                "on": s.on,
                "off": s.off,
                **({"title": s.title} if s.title else {}),
            }
            for s in product.segments
        ],
    }


def role_document(role: Role) -> Json:
    return {"signers": list(role.signers), "github_team": role.github_team}


def _toggle(toggle: Toggle) -> Json:
    ramp: Json = {"rollout": str(toggle.rollout)} if toggle.rollout else {}
    if toggle.stage:
        ramp["stage"] = toggle.stage.name
    if toggle.waivers:
        ramp["waivers"] = applied_rollouts.waiver_documents(toggle.waivers)
    return {
        **ramp,
        "key": toggle.key,
        "product": str(toggle.product) if toggle.product else None,
        "title": toggle.title,
        "exposure": _exposure(toggle.exposure),
        "aliases": list(toggle.aliases),
        "create": toggle.create,
        "protected": toggle.protected,
        "expect_drift": toggle.expect_drift,
        "requires": [_requirement(requirement) for requirement in toggle.requirements],
        "depends_on": [str(dependency.parent) for dependency in toggle.depends_on],
    }


def _exposure(exposure: Exposure | OpenDecision | None) -> Any:
    if isinstance(exposure, OpenDecision):
        return {"undecided": exposure.why}
    return exposure.encode() if exposure is not None else None


def _requirement(requirement: Requirement) -> Json:
    return {
        "toggle": str(requirement.parent),
        "at_least": Exposure(requirement.at_least).encode(),
        "hard": requirement.hard,
        "actors_only": requirement.actors_only,
        "reason": requirement.reason,
    }
