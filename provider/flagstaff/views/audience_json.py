"""Who is affected, as JSON: shares from 0 to 1 with their 95 % interval, and people. Never an id."""

from __future__ import annotations

from typing import Any

from flagstaff.audience.results import Advice, Audience, Breach, Change, Pair, Reach, SetReach, Share, Spread
from flagstaff.plan.people.affected import Affected
from flagstaff.views.json_text import json_text

Json = dict[str, Any]


def affected_json(affected: Affected | None) -> Json | None:
    if affected is None:
        return None
    audience = affected.audience
    return {
        **audience_json(audience),
        "advice": [_advice(advice) for advice in affected.advice],
        "titles": dict(sorted(affected.titles.items())),
    }


def audience_json(audience: Audience) -> Json:
    return {
        "population": audience.population,
        "size": audience.size,
        "seed": audience.seed,
        "moments": list(audience.moments),
        "changes_no_experience": audience.changes_no_experience,
        "experiences": [_reach(reach) for reach in audience.experiences],
        "toggles": [_reach(reach) for reach in audience.toggles],
        "sets": [_set(item) for item in audience.sets],
        "requirements": [_breach(breach, audience.moments) for breach in audience.requirements],
        "pairs": [_pair(pair) for pair in audience.pairs],
        "unpaired": list(audience.unpaired),
    }


def share_json(share: Share | None) -> Json | None:
    """`people` are rounded to nothing; `low` and `high` say how far they can be trusted."""
    if share is None:
        return None
    low, high = share.bounds
    return {
        "share": _rounded(share.part),
        "low": _rounded(low),
        "high": _rounded(high),
        "people": share.number,
        "exact": share.exact,
    }


def _rounded(part: float) -> float:
    return round(part, 6)


def _change(change: Change | None) -> Json | None:
    if change is None:
        return None
    names = ("before", "after", "gained", "lost")
    return {name: share_json(getattr(change, name)) for name in names}


def _reach(reach: Reach) -> Json:
    nominal = reach.nominal or (None, None)
    return {
        "address": str(reach.address),
        "product": str(reach.product) if reach.product else None,
        "change": _change(reach.change),
        "nominal": {"before": share_json(nominal[0]), "after": share_json(nominal[1])},
        "misleads": reach.misleads,
        "same_people": reach.same_people,
        "unknown": list(reach.unknown),
        "segments": [
            {"name": one.name, "on": one.on, "off": one.off, "change": _change(one.change)} for one in reach.segments
        ],
    }


def _set(item: SetReach) -> Json:
    return {
        "name": item.name,
        "members": [str(address) for address in item.members],
        "before": _spread(item.before),
        "after": _spread(item.after),
        "unknown": list(item.unknown),
    }


def _spread(spread: Spread | None) -> Json | None:
    if spread is None:
        return None
    return {
        "at_least_one": share_json(spread.at_least_one),
        "all": share_json(spread.all),
        "mixed": share_json(spread.mixed),
        "distribution": list(spread.distribution),
    }


def _breach(breach: Breach, moments: tuple[str, ...]) -> Json:
    return {
        "child": str(breach.child),
        "parent": str(breach.parent),
        "moments": [
            {"moment": name, "having": share_json(having), "lacking": share_json(lacking), "testers": testers}
            for name, having, lacking, testers in zip(
                moments, breach.having, breach.lacking, breach.testers, strict=True
            )
        ],
    }


def _pair(pair: Pair) -> Json:
    return {
        "first": str(pair.first),
        "second": str(pair.second),
        "both": share_json(pair.both),
        "expected": _rounded(pair.expected),
    }


def _advice(advice: Advice) -> Json:
    return {
        "set": advice.set,
        "shared": str(advice.shared),
        "exposure": advice.exposure.encode(),
        "others": [str(address) for address in advice.others],
        "planned": _spread(advice.planned),
        "advised": _spread(advice.advised),
        "also": [str(address) for address in advice.also],
    }


def document(affected: Affected) -> str:
    """What `audience -json` prints: the `audience` of a plan, with a format of its own."""
    return json_text({"format": 1, **(affected_json(affected) or {})}, indent=2)
