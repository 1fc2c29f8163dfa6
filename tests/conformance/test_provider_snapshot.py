"""The export file of a store that only people write."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from flagstaff.model.configuration import ProviderSettings
from flagstaff.providers.flipper.gates import new_feature
from flagstaff.providers.protocols import Provider
from flagstaff.providers.registry import open_provider
from flagstaff.testing.provider_conformance import Make, MakeRaw, ReaderConformance


class TestSnapshot(ReaderConformance):
    @pytest.fixture
    def make(self, tmp_path) -> Make:
        def make(toggles):
            text = json.dumps({"version": 1, "features": dict(toggles)}, ensure_ascii=False)
            (tmp_path / "export.json").write_text(text, encoding="utf-8")
            return open_provider(ProviderSettings("flipper", "snapshot", {"path": "export.json"}), tmp_path)

        return make

    @pytest.fixture
    def raw(self) -> MakeRaw:
        """The form in which Flipper keeps values: all texts, a percentage that was switched off as "0"."""

        def raw(exposure, actors):
            percentage = "0" if exposure.is_on else f"{float(exposure.encode())}"
            boolean = "true" if exposure.is_on else None
            return {**new_feature(), "boolean": boolean, "actors": list(actors), "percentage_of_actors": percentage}

        return raw

    @pytest.fixture
    def at_rest(self, tmp_path) -> Callable[[Provider], object]:
        return lambda provider: ((tmp_path / "export.json").stat().st_mtime_ns, sorted(tmp_path.iterdir()))
