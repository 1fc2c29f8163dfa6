"""The export file as a store that Flagstaff writes."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from flagstaff.model.configuration import ProviderSettings
from flagstaff.providers.flipper.gates import new_feature
from flagstaff.providers.protocols import Provider
from flagstaff.providers.registry import open_provider
from flagstaff.testing.provider_conformance import Make, MakeRaw, ProviderConformance


class TestEmbedded(ProviderConformance):
    @pytest.fixture
    def make(self, tmp_path) -> Make:
        def make(toggles):
            text = json.dumps({"version": 1, "features": dict(toggles)}, indent=2)
            (tmp_path / "live.json").write_text(text, encoding="utf-8")
            return open_provider(ProviderSettings("flipper", "embedded", {"path": "live.json"}), tmp_path)

        return make

    @pytest.fixture
    def raw(self) -> MakeRaw:
        """The typed form, as Flipper Cloud writes it."""

        def raw(exposure, actors):
            number = float(exposure.encode()) if not (exposure.is_on or exposure.is_off) else 0
            percentage = {"percentage_of_actors": number}
            return {**new_feature(), "boolean": exposure.is_on, "actors": list(actors), **percentage}

        return raw

    @pytest.fixture
    def at_rest(self, tmp_path) -> Callable[[Provider], object]:
        def at_rest(provider):
            file = tmp_path / "live.json"
            return file.read_bytes(), file.stat().st_mtime_ns, file.stat().st_ino, sorted(tmp_path.iterdir())

        return at_rest
