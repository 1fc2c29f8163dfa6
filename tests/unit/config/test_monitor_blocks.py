"""Monitor and trigger blocks: their sources, their conditions, and what is told of mistakes in them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from flagstaff.addresses import Address
from flagstaff.model.conditions import Comparison, Constant, Symbol
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.rollout import Baseline, MonitorSource

MONITOR = Address("monitor", "m")
RATIO = 'source "datadog" {\n    numerator = "a"\n    denominator = "b"\n  }'
QUERY = 'source "prometheus" {\n    url = "http://x"\n    query = "up"\n  }'
MANUAL = 'source "manual" {\n    question = "Any new errors?"\n  }'
BASELINE = 'baseline {\n    window = "7d"\n  }'


def monitor(*lines, name="m"):
    return f'monitor "{name}" {{\n' + "".join(f"  {line}\n" for line in lines) + "}\n"


def source(kind, *lines):
    return f'source "{kind}" {{\n' + "".join(f"    {line}\n" for line in lines) + "  }"


def made(built):
    return built.ok.monitors[MONITOR]


def test_a_monitor_with_everything(configure):
    one = made(
        configure(
            'variable "key" {\n  sensitive = true\n  default = "secret-1"\n}\n'
            + monitor(
                'title = "SCDF error rate"',
                source(
                    "datadog",
                    'numerator = "a"',
                    'denominator = "b"',
                    'site = "ddog-gov.com"',
                    'api = "v1"',
                    "api_key = var.key",
                    'app_key = "plain"',
                    'window = "2h"',
                    'delay = "5m"',
                    'interval = "30s"',
                ),
                BASELINE,
                "pass_when = (measured <= baseline * 1.1)",
                'worse = "decrease"',
                "tolerance = 0.1",
                "min_samples = 1000",
                'before_traffic = "skip"',
                'unit = "errors"',
                'where = "Datadog"',
                'normal = "Rare"',
                'concerning = "Any increase"',
                'note = "n"',
            )
        )
    )
    assert isinstance(one.source, MonitorSource)
    assert one.source.kind == "datadog"
    assert one.source.settings == {"api": "v1", "denominator": "b", "numerator": "a", "site": "ddog-gov.com"}
    assert one.source.sensitive == {"api_key": "secret-1", "app_key": "plain"}
    assert "secret-1" not in repr(one)
    assert "plain" not in repr(one)
    assert (one.window, one.delay, one.interval) == (
        timedelta(hours=2),
        timedelta(minutes=5),
        timedelta(seconds=30),
    )
    assert one.baseline == Baseline(window=timedelta(days=7))
    assert str(one.pass_when) == "measured <= (baseline * 1.1)"
    assert one.pass_when_text == "(measured <= baseline * 1.1)"
    assert (one.worse, one.tolerance, one.min_samples) == ("decrease", Decimal("0.1"), 1000)
    assert (one.before_traffic, one.unit, one.where, one.normal) == ("skip", "errors", "Datadog", "Rare")
    assert (one.title, one.concerning, one.note) == ("SCDF error rate", "Any increase", "n")


def test_what_is_not_said_has_defaults(configure):
    one = made(configure(monitor(RATIO, BASELINE)))
    assert (one.title, one.window, one.delay) == ("m", timedelta(hours=1), timedelta(minutes=2))
    assert (one.interval, one.pass_when, one.pass_when_text) == (timedelta(minutes=1), None, "")
    assert (one.worse, one.tolerance, one.min_samples) == ("increase", Decimal("0.05"), 1)
    assert one.before_traffic == "wait"


@pytest.mark.parametrize(
    ("text", "settings", "sensitive"),
    [
        (source("manual", 'question = "?"', 'valid = "24h"'), {"question": "?", "valid": "24h"}, {}),
        (source("datadog_monitor", "id = 12345"), {"id": "12345"}, {}),
        (source("datadog_monitor", 'name = "n"', 'tags = ["a", "b"]'), {"name": "n", "tags": ["a", "b"]}, {}),
        (
            source("prometheus", 'url = "http://x"', 'query = "q"', 'username = "u"', 'password = "p"', 'tenant = "t"'),
            {"query": "q", "tenant": "t", "url": "http://x"},
            {"password": "p", "username": "u"},
        ),
        (
            source("http_json", 'url = "http://x"', 'value = "/a"', 'headers = { B = "2", A = sensitive("1") }'),
            {"url": "http://x", "value": "/a"},
            {"headers.A": "1", "headers.B": "2"},
        ),
    ],
)
def test_sources(configure, text, settings, sensitive):
    lines = [text] if "manual" in text or "datadog_monitor" in text else [text, BASELINE]
    one = made(configure(monitor(*lines)))
    assert (one.source.settings, one.source.sensitive) == (settings, sensitive)


SOURCE_MISTAKES = [
    (
        source("data_dog", 'query = "q"'),
        "2:10-20 Unknown source",
        (
            'There is no source "data_dog". Known: datadog, datadog_monitor, prometheus, http_json, manual. Did you '
            'mean "datadog"?'
        ),
    ),
    (
        source("datadog", 'qery = "q"', 'query = "q"'),
        "3:5-9 Unknown attribute",
        'A source "datadog" has no attribute "qery". Did you mean "query"?',
    ),
    (
        source("manual", 'question = "?"', "colour = 1"),
        "4:5-11 Unknown attribute",
        'A source "manual" has no attribute "colour". It has question, valid, window, delay, interval.',
    ),
    (
        source("prometheus", 'query = "rate(q[$window])"'),
        "2:3-22 Missing required attribute",
        'A source "prometheus" needs the attribute "url".',
    ),
    (
        source("datadog", 'site = "x"'),
        "2:3-19 Nothing is asked",
        "It isn't said what monitor.m.source.datadog is asked: query, or numerator and denominator.",
    ),
    (
        source("datadog", 'query = "q"', 'numerator = "n"'),
        "4:5-14 Asked in two ways",
        "monitor.m.source.datadog is asked by query, or numerator and denominator, not by both.",
    ),
    (
        source("datadog", 'numerator = "n"'),
        "2:3-19 Missing required attribute",
        'Only one half of the question is here: monitor.m.source.datadog needs "denominator", too.',
    ),
    (
        source("datadog", 'query = sensitive("q")'),
        "3:13-27 Sensitive value not allowed",
        ('"query" of monitor.m.source.datadog would show a sensitive value. A secret can stand in api_key, app_key.'),
    ),
    (
        source("manual", 'question = sensitive("q")'),
        "3:16-30 Sensitive value not allowed",
        '"question" of monitor.m.source.manual would show a sensitive value. This source takes no secret.',
    ),
    (
        source("datadog", 'query = "q"', 'api = "v3"'),
        "4:11-15 Unknown word",
        '"api" of monitor.m.source.datadog is "v3"; it is "v1" or "v2". Did you mean "v1"?',
    ),
    (
        source("datadog", 'query = ["q"]'),
        "3:13-18 Wrong type",
        '"query" of monitor.m.source.datadog has the wrong type: a string is required.',
    ),
    (
        source("manual", 'question = "?"', 'valid = "1 day"'),
        "4:13-20 Invalid duration",
        '"1 day" is not a duration. Write a number with a unit, such as "90s", "2m" or "1h30m". Did you mean "1d"?',
    ),
    (
        source("datadog", 'query = "q"', 'window = "0s"'),
        "4:14-18 Duration out of range",
        '"window" of monitor.m.source.datadog is too short: it must be 1 s or more.',
    ),
    (
        source("datadog", 'query = "q"', "for_each = {}"),
        "4:5-13 Block can't be repeated",
        "A source block takes no for_each: a monitor has one source.",
    ),
]


@pytest.mark.parametrize(("text", "said", "detail"), SOURCE_MISTAKES)
def test_mistakes_in_sources(configure, text, said, detail):
    lines = [text] if '"manual"' in text else [text, BASELINE]
    built = configure(monitor(*lines))
    assert built.said == [f"main.hcl:{said}"]
    assert built.only.detail == detail


MISTAKES = [
    ((), "1:1-12 Missing source", None),
    (
        (RATIO,),
        "1:1-12 Missing baseline",
        (
            "Without a baseline there is nothing that monitor.m could be compared with. Add a block such as "
            'baseline { window = "7d" }, or say what is good enough: pass_when = measured <= 0.01.'
        ),
    ),
    (
        (RATIO, "baseline {\n  }"),
        "6:3-11 Invalid baseline",
        'The baseline of monitor.m has neither a window nor a value. It takes one: window = "7d", or value = 0.004.',
    ),
    (
        (RATIO, 'baseline {\n    window = "7d"\n    value = 1\n  }'),
        "6:3-11 Invalid baseline",
        'The baseline of monitor.m has both a window and a value. It takes one: window = "7d", or value = 0.004.',
    ),
    (
        (MANUAL, BASELINE),
        "5:3-11 Nothing to compare",
        'A source "manual" answers with a verdict, not with a number: there is nothing to compare. Take this out.',
    ),
    (
        (MANUAL, "pass_when = measured < 1"),
        "5:15-27 Nothing to compare",
        'A source "manual" answers with a verdict, not with a number: there is nothing to compare. Take this out.',
    ),
    (
        (RATIO, "pass_when = measured <= baseline"),
        "6:15-35 Number that is not measured",
        '"pass_when" of monitor.m has no baseline to go by: the monitor has no baseline block.',
    ),
    (
        (QUERY, "pass_when = samples > 5 && measured < 1"),
        "6:15-42 Number that is not measured",
        (
            '"pass_when" of monitor.m has no samples to go by: its source has no numerator and denominator, only a '
            "number."
        ),
    ),
    (
        (QUERY, "pass_when = mesured < 1"),
        "6:15-22 Unknown name",
        'There is nothing named "mesured" here. Did you mean "measured"?',
    ),
    ((QUERY, "pass_when = nowhere < 1"), "6:15-22 Unknown name", None),
    (
        (QUERY, "pass_when = measured"),
        "6:15-23 Invalid condition",
        "This is a number. Compare it with another one to get a condition.",
    ),
    (
        (QUERY, "pass_when = toggle.t && measured < 1"),
        "6:15-39 Invalid condition",
        '"pass_when" of monitor.m is about numbers that were measured, and toggle.t is true of a person.',
    ),
    (
        (QUERY, "pass_when = measured < monitor.m.pass_when"),
        "6:26-45 Reference cycle",
        "A value can't depend on itself: monitor.m.pass_when -> monitor.m.pass_when. Take one of these references out.",
    ),
    (
        (QUERY, "pass_when = 1 < 2"),
        "6:15-20 (warning) Condition is always true",
        "Whatever is measured, this is true. Compare measured with something: measured <= 0.01.",
    ),
    (
        (RATIO, BASELINE, 'worse = "up"'),
        "9:11-15 Unknown word",
        '"worse" of monitor.m is "up"; it is "increase" or "decrease". Did you mean "increase"?',
    ),
    (
        (RATIO, BASELINE, 'before_traffic = "ignore"'),
        "9:20-28 Unknown word",
        '"before_traffic" of monitor.m is "ignore"; it is "wait" or "skip".',
    ),
    (
        (RATIO, BASELINE, "tolerance = -0.1"),
        "9:15-19 Number out of range",
        '"tolerance" of monitor.m is a part of the baseline, such as 0.05, and can\'t be negative.',
    ),
    (
        (RATIO, BASELINE, "min_samples = 0.5"),
        "9:17-20 Number out of range",
        '"min_samples" of monitor.m is 0.5; it must be a whole number, 1 or more.',
    ),
]


@pytest.mark.parametrize(("lines", "said", "detail"), MISTAKES)
def test_mistakes_in_monitors(configure, lines, said, detail):
    built = configure(monitor(*lines) + 'toggle "t" {\n  key = "t"\n}\n')
    assert built.said == [f"main.hcl:{said}"]
    assert detail is None or built.only.detail == detail


def test_an_undecided_attribute_of_the_source_is_the_sources(configure):
    one = made(configure(monitor(source("datadog", 'query = undecided("which?")', 'window = "1h"'), BASELINE)))
    assert isinstance(one.source, OpenDecision)
    assert (one.source.why, one.source.place) == ("which?", "monitor.m.source.datadog")
    window = made(configure(monitor(source("datadog", 'query = "q"', 'window = undecided("how long")'), BASELINE)))
    assert isinstance(window.source, OpenDecision)


@pytest.mark.parametrize(
    "line",
    [
        'pass_when = undecided("X%")',
        'pass_when = measured < undecided("X%")',
        "pass_when = measured < local.x && samples > 5",
        "pass_when = measured < 5\n  min_samples = local.x",
        f"{BASELINE}\n  tolerance = local.x",
        f"{BASELINE}\n  min_samples = local.x",
    ],
)
def test_an_undecided_threshold(configure, line):
    built = configure('locals {\n  x = undecided("X%")\n}\n' + monitor(RATIO, line))
    assert built.said == []
    assert isinstance(made(built).pass_when, OpenDecision)
    assert made(built).pass_when.why == "X%"
    assert {decision.why for decision in built.ok.open_decisions} == {"X%"}


@pytest.mark.parametrize("line", ['window = undecided("X")', 'value = undecided("X")'])
def test_an_undecided_baseline(configure, line):
    one = made(configure(monitor(RATIO, f"baseline {{\n    {line}\n  }}")))
    assert isinstance(one.baseline.value, OpenDecision)
    assert one.baseline.window is None


def test_a_baseline_that_somebody_knows(configure):
    one = made(configure(monitor(QUERY, "baseline {\n    value = 0.4\n  }", "pass_when = measured < baseline * 2")))
    assert one.baseline == Baseline(value=Decimal("0.4"))


def test_a_threshold_that_stands_elsewhere(configure):
    one = made(configure(monitor(QUERY, "min_samples = 7", "pass_when = measured < monitor.m.min_samples * 2")))
    assert (str(one.pass_when), one.min_samples) == ("measured < 14", 7)


def test_a_threshold_turned_around(configure):
    one = made(configure(monitor(RATIO, "pass_when = !(measured > 5 || samples < 10)")))
    assert str(one.pass_when) == "!((measured > 5) || (samples < 10))"
    built = configure(monitor(QUERY, "pass_when = !(measured > 5 || samples < 10)"))
    assert built.said == ["main.hcl:6:15-46 Number that is not measured"]


def test_a_source_in_a_broken_file_is_not_missed(configure):
    built = configure(monitor(), broken='monitor "m" {\n  source = = "x"\n}\n')
    assert all(item.range.filename == "broken.hcl" for item in built.diagnostics), built.said


def test_a_question_that_can_be_asked_over_one_window_only(configure):
    built = configure(monitor(QUERY, BASELINE))
    assert built.said == ["main.hcl:6:3-11 (warning) Baseline that can't be measured"]
    assert built.only.detail == (
        "There is no $window in \"query\" of monitor.m, so the same can't be asked over the baseline's window, and it "
        'never passes. Write it for any length, such as rate(x[$window]) or "?window=$window", or give the baseline a '
        "value."
    )
    assert configure(monitor(QUERY.replace("up", "rate(up[$window])"), BASELINE)).said == []
    url = source("http_json", 'url = "http://x/?seconds=$window"', 'value = "/v"')
    assert configure(monitor(url, BASELINE)).said == []


def test_what_is_for_people_says_that_it_is_undecided(configure):
    one = made(configure(monitor(MANUAL, 'normal = undecided("TBD ms")')))
    assert one.normal == "undecided: TBD ms"


def test_a_repeated_monitor(configure):
    built = configure(monitor("count = 2", MANUAL, 'title = "m${count.index}"'))
    assert [one.title for one in built.ok.monitors.values()] == ["m0", "m1"]


def test_triggers(configure):
    built = configure(
        monitor(RATIO, BASELINE)
        + 'trigger "t" {\n  title = "New errors"\n  reason = "Unknown"\n  action = "Roll back"\n'
        "  monitor = monitor.m\n  when = measured > 5\n}\n"
        + 'trigger "call" {\n}\ntrigger "own" {\n  monitor = monitor.m\n}\n'
    )
    found = built.ok.triggers
    one = found[Address("trigger", "t")]
    assert (one.title, one.reason, one.action) == ("New errors", "Unknown", "Roll back")
    assert (one.monitor, one.condition) == (MONITOR, Comparison(">", Symbol("measured"), Constant(Decimal(5))))
    call, own = found[Address("trigger", "call")], found[Address("trigger", "own")]
    assert (call.title, call.monitor, call.condition) == ("call", None, None)
    assert (own.monitor, own.condition) == (MONITOR, None)


@pytest.mark.parametrize(
    ("lines", "said", "detail"),
    [
        (
            "when = measured > 5",
            "2:10-22 Condition without a monitor",
            "trigger.t has a condition, and no monitor whose numbers it is about. Add monitor = monitor.x.",
        ),
        (
            "when = measured > 5\n  monitor = monitor.person",
            "2:10-22 Nothing to compare",
            'A source "manual" answers with a verdict, not with a number: there is nothing to compare. Take this out.',
        ),
        (
            "when = numerator > 5\n  monitor = monitor.m",
            "2:10-23 Number that is not measured",
            (
                '"when" of trigger.t has no numerator to go by: its source has no numerator and denominator, only a '
                "number."
            ),
        ),
    ],
)
def test_mistakes_in_triggers(configure, lines, said, detail):
    others = monitor(QUERY, "pass_when = measured < 1") + monitor(MANUAL, name="person")
    built = configure(f'trigger "t" {{\n  {lines}\n}}\n' + others)
    assert built.said == [f"main.hcl:{said}"]
    assert built.only.detail == detail


def test_an_undecided_trigger_is_listed_and_falls_back_to_the_monitor(configure):
    built = configure(
        monitor(QUERY, "pass_when = measured < 1")
        + 'trigger "t" {\n  monitor = monitor.m\n  when = measured > undecided("how many?")\n}\n'
    )
    assert built.ok.triggers[Address("trigger", "t")].condition is None
    assert [(one.why, one.place) for one in built.ok.open_decisions] == [("how many?", "trigger.t")]


def test_a_trigger_of_a_monitor_without_a_source_yet(configure):
    built = configure(
        monitor(source("prometheus", 'url = undecided("where?")', 'query = "q"'), "pass_when = measured < 1")
        + 'trigger "t" {\n  monitor = monitor.m\n  when = measured > 5\n}\n'
    )
    assert built.said == []
    assert built.ok.triggers[Address("trigger", "t")].condition is None


@pytest.mark.parametrize(
    ("lines", "warned"),
    [
        ((RATIO, "baseline {\n    value = 0.4\n  }"), True),
        ((RATIO, "baseline {\n    value = 0.2\n  }"), False),
        ((RATIO, "baseline {\n    value = 0.98\n  }", 'worse = "decrease"'), False),
        ((QUERY, "baseline {\n    value = 40\n  }"), False),
        ((RATIO, 'baseline {\n    value = undecided("~X%")\n  }'), False),
    ],
)
def test_a_percentage_where_a_share_is_wanted_is_warned_of(configure, lines, warned):
    found = [item for item in configure(monitor(*lines)).diagnostics if item.summary == "Baseline is a large share"]
    assert [item.detail for item in found] == [
        (
            "The baseline of monitor.m is 0.4. A numerator of a denominator is a part of one, so that is 40 %, and "
            "hardly anything is worse. For 0.4 % write 0.004."
        )
    ] * warned
