"""`watch -json`: one message a line, in the form of `apply -json`, with a body of our own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self

from flagstaff.monitors.watching import Firing, Soaking
from flagstaff.state.fact_codec import encode_fact
from flagstaff.state.facts import Measured
from flagstaff.views.stream import UiStream
from flagstaff.views.watch import News, Sight, rollback_line, rollouts, time_left


class WatchStream:
    """Tells what is seen, for programs."""

    def __init__(self, stream: UiStream) -> None:
        self._stream = stream

    def seen(self, sight: Sight, news: Iterable[News], following: datetime | None) -> None:
        for one in news:
            level = "warn" if one.style in {"warn", "bad"} else "info"
            self._stream.log(f"{one.subject}: {one.text}" if one.subject else one.text, level)
        message = f"{len(sight.under_way)} soaking; {len(sight.firings)} fired"
        self._stream.tell("watch_evaluation", message, evaluation=evaluation_json(sight, following))

    def fired(self, firings: tuple[Firing, ...], *, rolls_back: bool) -> None:
        for one in firings:
            trigger = one.trigger
            body = {
                "trigger": str(trigger.address),
                "title": trigger.title,
                "reason": trigger.reason,
                "action": trigger.action,
                "monitor": str(trigger.monitor) if trigger.monitor else None,
                "called_by": one.call.who if one.call else None,
                "why": one.why,
                "rollouts": list(rollouts((one,))),
                "rollback": rollback_line((one,)),
                "rolls_back": rolls_back,
            }
            self._stream.tell("watch_trigger", f"{trigger.address}: {one.why}", "error", fired=body)

    def say(self, text: str) -> None:
        self._stream.log(text)

    def rest(self) -> None:
        """There is no table."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...


def evaluation_json(sight: Sight, following: datetime | None) -> dict[str, Any]:
    return {
        "at": sight.at.isoformat(),
        "next": following.isoformat() if following else None,
        "stages": [_stage(one, sight) for one in sight.stages],
        "readings": [encode_fact(Measured(reading))[1]["reading"] for reading in sight.readings.values()],
        "fired": [str(one.trigger.address) for one in sight.firings],
        "troubles": list(sight.troubles),
    }


def _stage(one: Soaking, sight: Sight) -> dict[str, Any]:
    record = one.place.record
    verified = record.verified if record else None
    return {
        "stage": str(one.stage.name),
        "state": one.state.value,
        "under_way": one.under_way,
        "since": verified.isoformat() if verified else None,
        "served_at": one.ends.isoformat() if one.ends else None,
        "left": time_left(one, sight.at) if one.under_way else "",
        "trouble": one.place.trouble,
    }
