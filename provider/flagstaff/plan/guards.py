"""Guards: what restrains a plan, and which of its changes need somebody's agreement.

In force are the guards of the last apply. Tightening one takes effect at once; loosening one
takes effect when the recorded role agrees. Where no role is recorded that could, the change is
listed and takes effect.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from flagstaff.addresses import Address
from flagstaff.diagnostics import Failure, Range
from flagstaff.model.configuration import Desired, Policy, Requirement, Role
from flagstaff.model.exposure import Exposure
from flagstaff.model.recorded import Recorded
from flagstaff.plan import consents, policies
from flagstaff.plan.applied.written import role_document
from flagstaff.plan.plan import GuardChange
from flagstaff.plan.requirements import strictest

Pair = tuple[Address, Address]
_NO_POLICY = Policy()


@dataclass(frozen=True, slots=True)
class Guards:
    """`owners` says which role answers for a toggle; `protected` are the protected toggles, `consents` the approvals
    of stages."""

    requirements: Mapping[Pair, Requirement] = field(default_factory=dict)
    protected: frozenset[Address] = frozenset()
    roles: Mapping[Address, Role] = field(default_factory=dict)
    policy: Policy = _NO_POLICY
    owners: Mapping[Address, Address] = field(default_factory=dict)
    consents: consents.Consents = field(default_factory=dict)

    def enforceable(self, role: Address | None) -> Address | None:
        """The role, if it names anybody who could agree."""
        known = self.roles.get(role) if role else None
        return known.address if known and (known.signers or known.github_team) else None


def need_trust(recorded: Recorded, wanted: Guards, *, embedded: bool) -> bool:
    """Whether somebody has to agree to the first guards of a real store (`init -trust`).

    Only where a role names somebody: without one, no guard would ever be held against anybody.
    """
    return not embedded and recorded.guards is None and any(map(wanted.enforceable, wanted.roles))


def declared(desired: Desired) -> Guards:
    """The guards that a configuration declares."""
    toggles = desired.toggles.values()
    requirements = strictest(requirement for toggle in toggles for requirement in toggle.requirements)
    owners = {toggle.address: owner for toggle in toggles if (owner := desired.owner(toggle))}
    return Guards(
        requirements={(r.child, r.parent): r for r in requirements},
        protected=frozenset(toggle.address for toggle in toggles if toggle.protected),
        roles=desired.roles,
        policy=desired.policy,
        owners=owners,
        consents=consents.declared(desired),
    )


def renamed(guards: Guards, names: Mapping[Address, Address]) -> Guards:
    """The same guards after `moved` blocks."""
    if not names:
        return guards

    def new(address: Address) -> Address:
        return names.get(address, address)

    requirements = (replace(r, child=new(r.child), parent=new(r.parent)) for r in guards.requirements.values())
    return replace(
        guards,
        requirements={(r.child, r.parent): r for r in requirements},
        protected=frozenset(map(new, guards.protected)),
        owners={new(toggle): role for toggle, role in guards.owners.items()},
        consents=consents.renamed(guards.consents, new),
    )


@dataclass(frozen=True, slots=True)
class Comparison:
    """`changes` in the order in which they are shown; `in_force` restrains this plan. `agreed` takes its place with
    the next one, once all whom the changes need have agreed; None: they need nobody.

    `waiting` are the requirements, protected toggles, limits and consents that stay in force only because
    nobody has agreed to loosen them, with the role that could.
    """

    changes: tuple[GuardChange, ...]
    in_force: Guards
    waiting_requirements: Mapping[Pair, Address] = field(default_factory=dict)
    waiting_protection: Mapping[Address, Address] = field(default_factory=dict)
    waiting_limits: Mapping[str, Address] = field(default_factory=dict)
    waiting_consents: consents.Consents = field(default_factory=dict)
    agreed: Guards | None = None

    def way_past(self, limit: str) -> str:
        """What could be done about a limit of the policy, other than to stay below it."""
        role = self.waiting_limits.get(limit)
        if role:
            return f"an approval by {role}: `{limit}` was loosened in the configuration, and does not count until then"
        return f"or raise `{limit}` in the policy, which is shown as a change of a guard"


def compare(recorded: Guards | None, wanted: Guards, now: datetime) -> Comparison:
    """What changes, and what is in force until somebody agrees."""
    if recorded is None:
        return Comparison((), wanted)
    roles, role_changes = _roles(recorded, wanted)
    role = recorded.enforceable(recorded.policy.owner)
    policy, policy_changes = policies.compare(recorded.policy, wanted.policy, role, now)
    requirements, waiting, requirement_changes = _requirements(recorded, wanted)
    protected, kept, protection_changes = _protection(recorded, wanted)
    owners, owner_changes = _owners(recorded, wanted)
    agreeing, held, consent_changes = consents.compare(recorded.consents, wanted.consents, recorded.enforceable)
    in_force = Guards(requirements, protected, roles, policy, owners, agreeing)
    changes = (
        *role_changes,
        *owner_changes,
        *policy_changes,
        *requirement_changes,
        *protection_changes,
        *consent_changes,
    )
    limits = {change.subject: change.role for change in policy_changes if change.role}
    agreed = replace(
        wanted,
        requirements=dict(sorted(wanted.requirements.items())),
        owners={**recorded.owners, **wanted.owners},
    )
    needs = any(change.loosens and change.role for change in changes)
    return Comparison(changes, in_force, waiting, kept, limits, held, agreed if needs else None)


def _roles(recorded: Guards, wanted: Guards) -> tuple[Mapping[Address, Role], list[GuardChange]]:
    """Any change of who may sign loosens: those who could before must agree."""
    in_force, changes = dict(wanted.roles), []
    for address in sorted(recorded.roles.keys() | wanted.roles.keys()):
        old, new = recorded.roles.get(address), wanted.roles.get(address)
        before, after = _role_text(old), _role_text(new)
        if before == after:
            continue
        role = recorded.enforceable(address)
        loosens = bool(old and (old.signers or old.github_team))
        changes.append(GuardChange("role", str(address), before, after, loosens, role, _range(new)))
        if role and old:
            in_force[address] = old
    return dict(sorted(in_force.items())), changes


def _owners(recorded: Guards, wanted: Guards) -> tuple[Mapping[Address, Address], list[GuardChange]]:
    """Who answered for a toggle must agree before another does. One change for all toggles that change hands alike."""
    in_force = {**recorded.owners, **wanted.owners}
    handed: defaultdict[Pair, list[Address]] = defaultdict(list)
    for toggle, old in sorted(recorded.owners.items()):
        if in_force[toggle] != old:
            handed[old, in_force[toggle]].append(toggle)
    changes = []
    for (old, new), toggles in handed.items():
        role = recorded.enforceable(old)
        subject = ", ".join(map(str, toggles))
        changes.append(GuardChange("owner", subject, str(old), str(new), bool(role), role))
        if role:
            in_force.update(dict.fromkeys(toggles, old))
    return in_force, changes


def _role_text(role: Role | None) -> str:
    if role is None:
        return "not declared"
    parts = [*role.signers, *([role.github_team] if role.github_team else [])]
    return ", ".join(parts) or "nobody"


def _range(item: Role | None) -> Range | None:
    return item.range if item else None


def _requirements(
    recorded: Guards, wanted: Guards
) -> tuple[Mapping[Pair, Requirement], Mapping[Pair, Address], list[GuardChange]]:
    in_force, waiting, changes = dict(wanted.requirements), {}, []
    for pair in sorted(recorded.requirements.keys() | wanted.requirements.keys()):
        old, new = recorded.requirements.get(pair), wanted.requirements.get(pair)
        before, after = _requirement_text(old), _requirement_text(new)
        if before == after:
            continue
        loosens = old is not None and (new is None or _is_looser(old, new))
        role = recorded.enforceable(recorded.owners.get(pair[0])) if loosens else None
        subject = f"{pair[0]} requires {pair[1]}"
        changes.append(GuardChange("requirement", subject, before, after, loosens, role, new.range if new else None))
        if role and old is not None:
            in_force[pair], waiting[pair] = replace(old, range=new.range if new else None), role
    return dict(sorted(in_force.items())), waiting, changes


def _requirement_text(requirement: Requirement | None) -> str:
    if requirement is None:
        return "none"
    words = [f"at least {Exposure(requirement.at_least)}"]
    words += ["hard"] if requirement.hard else []
    words += ["actors only"] if requirement.actors_only else []
    return ", ".join(words)


def _is_looser(old: Requirement, new: Requirement) -> bool:
    return new.at_least < old.at_least or (old.hard and not new.hard) or (new.actors_only and not old.actors_only)


def _protection(
    recorded: Guards, wanted: Guards
) -> tuple[frozenset[Address], Mapping[Address, Address], list[GuardChange]]:
    in_force, kept, changes = set(wanted.protected), {}, []
    for address in sorted(recorded.protected ^ wanted.protected):
        loosens = address in recorded.protected
        role = recorded.enforceable(recorded.owners.get(address)) if loosens else None
        texts = ("protected", "not protected") if loosens else ("not protected", "protected")
        changes.append(GuardChange("protection", str(address), *texts, loosens, role))
        if role:
            in_force.add(address)
            kept[address] = role
    return frozenset(in_force), kept, changes


def encode_guards(guards: Guards) -> dict[str, Any]:
    """Plain JSON for the state."""
    document: dict[str, Any] = {
        "roles": {str(address): role_document(role) for address, role in guards.roles.items()},
        "policy": policies.document(guards.policy),
        "requirements": [
            {
                "child": str(r.child),
                "parent": str(r.parent),
                "at_least": Exposure(r.at_least).encode(),
                "hard": r.hard,
                "actors_only": r.actors_only,
                "reason": r.reason,
            }
            for r in guards.requirements.values()
        ],
        "protected": [str(address) for address in sorted(guards.protected)],
        "owners": {str(toggle): str(role) for toggle, role in sorted(guards.owners.items())},
    }
    if guards.consents:
        document["approvals"] = consents.documents(guards.consents)
    return document


def fingerprint(document: Mapping[str, Any], agreed: Mapping[str, Any]) -> str:
    """SHA-256, in hex, of what `encode_guards` wrote: of what is in force, and of what would be; "" of nothing."""
    both = {"agreed": agreed, "in_force": document} if agreed else document
    text = json.dumps(both, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() if document else ""


def decode_guards(document: Mapping[str, Any]) -> Guards:
    """Read what `encode_guards` wrote; raises `Failure` on anything else: what restrains a plan is not guessed."""
    try:
        return _decode_guards(document)
    except (KeyError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
        raise Failure.error(
            "State is damaged",
            "Its guards (roles, policy, requirements, protection) can't be read. Nothing was changed. If the state was "
            "edited or copied by hand, undo that; the state as it was one save earlier is in the backup beside it.",
        ) from error


def _decode_guards(document: Mapping[str, Any]) -> Guards:
    requirements = [_decode_requirement(item) for item in document["requirements"]]
    return Guards(
        requirements={(r.child, r.parent): r for r in requirements},
        protected=_addresses(document["protected"]),
        roles={
            (address := Address.parse(text)): Role(address, tuple(role["signers"]), role["github_team"])
            for text, role in document["roles"].items()
        },
        policy=policies.read(document["policy"]),
        owners={Address.parse(toggle): Address.parse(role) for toggle, role in document["owners"].items()},
        consents=consents.read(document.get("approvals", ())),
    )


def _decode_requirement(item: Mapping[str, Any]) -> Requirement:
    return Requirement(
        child=Address.parse(item["child"]),
        parent=Address.parse(item["parent"]),
        at_least=Exposure.parse(item["at_least"]).level,
        hard=item["hard"],
        actors_only=item["actors_only"],
        reason=item["reason"],
    )


def _addresses(texts: Iterable[str]) -> frozenset[Address]:
    return frozenset(map(Address.parse, texts))
