"""Output values: `output`, `output -json`, `output -raw`. A sensitive value is never shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flagstaff.diagnostics import Failure, did_you_mean
from flagstaff.model.configuration import Output
from flagstaff.views.json_text import json_text
from flagstaff.views.look import Look, Page, Piece, cells, pad

Outputs = Mapping[str, Output]


def outputs_of(applied: Mapping[str, Any] | None) -> Outputs:
    """The outputs in a configuration as it was applied: `Observed.applied`, `State.applied`."""
    found = (applied or {}).get("outputs", {})
    return {name: Output(name, item["value"], item["description"], item["hidden"]) for name, item in found.items()}


def outputs_page(outputs: Outputs, look: Look) -> Page:
    page = Page(look)
    if not outputs:
        page.line("No outputs are declared.")
    width = max((cells(look.clean(name)) for name in outputs), default=0)
    for name in sorted(outputs):
        output = outputs[name]
        lead = Piece(f"{pad(look.clean(name), width)} = ")
        if output.hidden:
            page.line(lead, Piece(f"({output.hidden})", "dim"))
            continue
        first, *rest = json.dumps(output.value, ensure_ascii=False, indent=2).split("\n")
        page.line(lead, first)
        for line in rest:
            page.line(line)
    return page


def output_raw(outputs: Outputs, name: str) -> str:
    """A single string, number or bool without quotes; raises Failure for anything else."""
    output = _find(outputs, name)
    if output.hidden:
        raise Failure.error("Output is not shown", f'Output "{name}" is {output.hidden}; its value is not kept.')
    match output.value:
        case str(text):
            return text
        case bool() | int() | float() as value:
            return json.dumps(value)
        case _:
            raise Failure.error(
                "Output is not a single value",
                f'Output "{name}" is not a string, number or bool, so -raw can\'t print it. Use -json.',
            )


def output_json(outputs: Outputs, name: str = "") -> str:
    """All outputs in Terraform's form, or the value of one."""
    if name:
        return json_text(_find(outputs, name).value)
    return json_text(outputs_json(outputs), indent=2)


def _find(outputs: Outputs, name: str) -> Output:
    if name in outputs:
        return outputs[name]
    raise Failure.error("Unknown output", f'No output is called "{name}".{did_you_mean(name, outputs)}')


def outputs_json(outputs: Outputs) -> dict[str, Any]:
    """Terraform's outputs map; a hidden value has neither type nor value, as in its UI stream."""
    made: dict[str, Any] = {}
    for name in sorted(outputs):
        output = outputs[name]
        if output.hidden:
            made[name] = {"sensitive": True}
        else:
            made[name] = {"sensitive": False, "type": type_json(output.value), "value": output.value}
    return made


def type_json(value: Any) -> Any:
    """A plain JSON value's type in Terraform's notation."""
    match value:
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return ["tuple", [type_json(item) for item in value]]
        case dict():
            return ["object", {name: type_json(item) for name, item in sorted(value.items())}]
        case _:
            return "dynamic"
