"""What a report is made from, and the small things that all of its sections say alike. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cached_property

from flagstaff.addresses import Address
from flagstaff.model.configuration import Desired, Product
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.evidence import Reading
from flagstaff.model.exposure import Exposure
from flagstaff.model.recorded import Recorded
from flagstaff.model.rollout import Blocker, Rollout, Soak, Stage, Trigger
from flagstaff.model.times import moment
from flagstaff.plan.stages.texts import duration
from flagstaff.plan.stages.view import StageView
from flagstaff.state import facts
from flagstaff.views.history import Event
from flagstaff.views.report.model import Inline, Line, Text, Undecided, line
from flagstaff.views.status import Row, Status


@dataclass(frozen=True)
class Matter:
    """One rollout with all that is known of it. `views` are its stages; `row` None: nothing could be said of it."""

    desired: Desired
    recorded: Recorded
    rollout: Rollout
    status: Status
    row: Row | None
    views: Mapping[str, StageView]
    events: tuple[Event, ...]
    readings: Mapping[Address, Reading]

    @property
    def zone(self) -> tzinfo:
        return self.status.zone

    @property
    def product(self) -> Product | None:
        return self.desired.products.get(self.rollout.product) if self.rollout.product else None

    @cached_property
    def owner(self) -> Address | None:
        return self.rollout.owner or (self.product.owner if self.product else None)

    @cached_property
    def toggles(self) -> frozenset[Address]:
        """Those that a stage moves."""
        return frozenset(self.rollout.toggles)

    @cached_property
    def blockers(self) -> tuple[Blocker, ...]:
        """Those that stages wait for in their order, then what else is known of the product."""
        named = [address for stage in self.rollout.stages for address in stage.blocked_by]
        known, product = self.desired.blockers, self.rollout.product
        others = [address for address, one in known.items() if product is not None and one.product == product]
        return tuple(known[address] for address in dict.fromkeys((*named, *others)) if address in known)

    @cached_property
    def monitors(self) -> tuple[Address, ...]:
        """Those that stages wait for, then those that only a trigger looks at."""
        of_stages = [monitor for stage in self.rollout.stages for monitor in stage.monitors]
        return tuple(dict.fromkeys((*of_stages, *(one.monitor for one in self.triggers if one.monitor is not None))))

    @cached_property
    def triggers(self) -> tuple[Trigger, ...]:
        named = dict.fromkeys(trigger for stage in self.rollout.stages for trigger in stage.triggers)
        return tuple(self.desired.triggers[one] for one in named if one in self.desired.triggers)

    @cached_property
    def decisions(self) -> tuple[OpenDecision, ...]:
        """The open ones of the rollout and of all that it names; each question once for each place."""
        stages = [decision for stage in self.rollout.stages for decision in stage.open_decisions]
        named = [*(one.address for one in self.blockers), *(one.address for one in self.triggers), *self.monitors]
        places = set(map(str, (*named, *self.toggles, self.rollout.product)))
        mine = f"{self.rollout.address}."
        others = [
            one
            for one in self.desired.open_decisions
            if one.place in places or one.place.startswith(mine) or one.place == str(self.rollout.address)
        ]
        found = {(one.why, one.place or str(one.range)): one for one in (*others, *stages)}
        return tuple(found.values())

    @cached_property
    def changes(self) -> tuple[str, ...]:
        """The ids of the changes that touched it, in their order."""
        names = {str(self.rollout.address), *map(str, self.toggles)}
        started = (event for event in self.events if isinstance(event.fact, facts.ApplyStarted))
        return tuple(
            dict.fromkeys(
                e.fact.change for e in started if e.subjects & names and isinstance(e.fact, facts.ApplyStarted)
            )
        )

    def when(self, at: datetime) -> str:
        return moment(at, self.zone)

    def people(self, exposure: Exposure) -> int | None:
        """How many of the product's people that is."""
        known = self.product.people if self.product else None
        return None if known is None else round(known * exposure.points / 100_000)

    def undecided_at(self, place: Address | str) -> tuple[Undecided, ...]:
        whys = dict.fromkeys(one.why for one in self.decisions if one.place == str(place))
        return tuple(map(Undecided, whys))

    def called(self, address: Address) -> str:
        """What a blocker, monitor or trigger is called."""
        desired = self.desired
        known = desired.blockers.get(address) or desired.monitors.get(address) or desired.triggers.get(address)
        return known.title if known and known.title else str(address)

    def title_of(self, toggle: Address) -> str:
        known = self.desired.toggles.get(toggle)
        return known.title if known and known.title else str(toggle)


def number(many: int) -> str:
    return f"{many:,}"


def share(stage: Stage) -> Line:
    """How far a stage goes: `20 %`, `1 % to 5 %`."""
    match stage.exposure:
        case None:
            return line("moves no toggle")
        case OpenDecision(why=why):
            return (Undecided(why),)
        case Exposure() as most:
            least = stage.at_least
            return line(f"{least} to {most}" if least is not None and least != most else str(most))


def soak(value: Soak | OpenDecision | None) -> Inline:
    match value:
        case None:
            return Text("none")
        case OpenDecision(why=why):
            return Undecided(why)
        case Soak(minimum=minimum, maximum=maximum) if maximum is not None:
            return Text(f"{duration(minimum)} to {duration(maximum)}")
        case Soak(minimum=minimum):
            return Text(duration(minimum))
