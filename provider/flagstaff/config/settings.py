"""The flagstaff and provider blocks: from instances to `Settings` and `ProviderSettings`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flagstaff.config.instance import Instance, is_sensitive
from flagstaff.config.notations import allows
from flagstaff.config.quantities import duration
from flagstaff.config.schema.shapes import REPETITION
from flagstaff.config.zones import zone_name
from flagstaff.diagnostics import did_you_mean
from flagstaff.language.plain import NotPlain, to_plain
from flagstaff.language.values import is_wholly_known
from flagstaff.model.backends import BACKENDS
from flagstaff.model.configuration import Backend, ProviderSettings, Settings, Verify


def settings(instance: Instance, version: str) -> Settings:
    _check_version(instance, version)
    default = Settings()
    environment = instance.text("environment", default.environment)
    if not environment.strip():
        detail = "The environment's name is empty, and it stands in every header. Give it one, or leave it out."
        instance.error("Invalid environment", detail, instance.range("environment"))
    backends = [_backend(nested) for nested in instance.nested("backend")]
    return Settings(
        environment=environment,
        production=instance.flag("production"),
        timezone=zone_name(instance, "timezone", default.timezone),
        backend=backends[0] if backends else default.backend,
    )


def provider(instance: Instance) -> ProviderSettings:
    plain: dict[str, Any] = {}
    secret: dict[str, str] = {}
    names = sorted(instance.block.body.attributes)
    for name in names:
        value = instance.value(name)
        if name in {"source", "propagation"}:
            continue
        if is_sensitive(value):
            if isinstance(value.data, str):
                secret[name] = value.data
            elif value.data is not None and not value.is_unknown:
                detail = f'"{name}" of {instance.title} is sensitive, and a credential is a string.'
                instance.error("Invalid credential", detail, instance.range(name))
        else:
            _keep(instance, name, plain)
    return ProviderSettings(
        kind=instance.label,
        source=instance.text("source"),
        settings=plain,
        sensitive=secret,
        propagation=duration(instance, "propagation") or timedelta(0),
        range=instance.block.header_range,
        unknown=frozenset(name for name in names if not is_wholly_known(instance.value(name))),
        verify=next((_verify(nested) for nested in instance.nested("verify")), None),
    )


def _verify(instance: Instance) -> Verify | None:
    """None where a value is not known yet, or is a mistake."""
    source, url = instance.text("source"), instance.text("url")
    return Verify(source, url, instance.block.header_range) if source and url else None


def _check_version(instance: Instance, version: str) -> None:
    text = instance.value("required_version").data
    if not isinstance(text, str):
        return
    allowed = allows(text, version)
    if allowed is None:
        detail = f'"{text}" is not a version constraint. One looks like ">= 0.1" or "~> 1.2, != 1.2.3".'
        instance.error("Invalid version constraint", detail, instance.range("required_version"))
    elif not allowed:
        detail = f'This is Flagstaff {version}, and the configuration needs "{text}". Install a version that fits.'
        instance.error("Unsupported Flagstaff version", detail, instance.range("required_version"))


def _backend(instance: Instance) -> Backend:
    kind, known = instance.label, BACKENDS.get(instance.label)
    if known is None:
        detail = f'There is no backend "{kind}". Known: {", ".join(BACKENDS)}.{did_you_mean(kind, BACKENDS)}'
        instance.error("Unknown backend", detail, instance.block.labels[0].range)
        return Backend()
    plain: dict[str, Any] = {}
    for name, attribute in instance.block.body.attributes.items():
        if name in REPETITION:
            continue  # refused already, and not for being unknown
        if name not in known:
            detail = f'A {kind} backend has no attribute "{name}".{did_you_mean(name, known)}'
            instance.error("Unknown attribute", detail, attribute.name_range)
        else:
            _keep(instance, name, plain)
    path = plain.get("path")
    if path is not None and (not isinstance(path, str) or not path.strip()):
        detail = "The path of the state must be a string that is not empty."
        instance.error("Wrong type", detail, instance.range("path"))
    return Backend(kind, dict(sorted(plain.items())), instance.block.header_range)


def _keep(instance: Instance, name: str, plain: dict[str, Any]) -> None:
    """Keep a setting that has a value; what is unknown was reported."""
    value = instance.value(name)
    if value.is_null or not is_wholly_known(value):
        return
    try:
        plain[name] = to_plain(value)
    except NotPlain as error:
        detail = f'"{name}" of {instance.title} can\'t be kept as a setting: {error}.'
        instance.error("Wrong type", detail, instance.range(name))
