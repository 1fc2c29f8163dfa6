"""The Flipper double, over HTTP, as a store that is written gate by gate."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

import pytest

from flagstaff.model.configuration import ProviderSettings
from flagstaff.providers.protocols import Provider
from flagstaff.providers.registry import open_provider
from flagstaff.providers.surroundings import Surroundings
from flagstaff.testing.flipper_double import FlipperDouble, basic_auth, token_auth
from flagstaff.testing.flipper_releases import CLOUD, V0_25_4
from flagstaff.testing.flipper_server import serving
from flagstaff.testing.provider_conformance import Capabilities, Make, MakeRaw, ProviderConformance


class OverHttp(ProviderConformance):
    release = FlipperDouble().release
    source = "api"

    def double(self) -> FlipperDouble:
        return FlipperDouble(release=self.release, mount="/flipper/api", authorized=token_auth("s3cret"))

    def secrets(self) -> dict[str, str]:
        return {"token": "s3cret"}

    @pytest.fixture
    def make(self, tmp_path) -> Make:
        with ExitStack() as servers:
            opened = []

            def make(toggles):
                double = self.double()
                for key, gates in toggles.items():
                    double.put(key, gates)
                server = servers.enter_context(serving(double))
                settings = ProviderSettings("flipper", self.source, {"url": server.url}, self.secrets())
                provider = open_provider(settings, tmp_path, surroundings=Surroundings())
                opened.append(provider)
                return provider

            yield make
            for provider in opened:
                provider.writer.close()

    @pytest.fixture
    def raw(self) -> MakeRaw:
        """As a server of one's own keeps it: texts, a percentage that was switched off as "0"."""

        def raw(exposure, actors):
            percentage = "0" if exposure.is_on else str(float(exposure.encode()))
            return {
                "boolean": "true" if exposure.is_on else None,
                "actors": list(actors),
                "percentage_of_actors": percentage,
            }

        return raw

    @pytest.fixture
    def at_rest(self) -> Callable[[Provider], object]:
        return lambda provider: provider.reader.read().toggles

    @pytest.fixture
    def capabilities(self) -> Capabilities:
        return Capabilities(replaces=False)


class TestApi(OverHttp): ...


class TestOldServer(OverHttp):
    release = V0_25_4

    def double(self) -> FlipperDouble:
        return FlipperDouble(release=self.release, authorized=basic_auth("ci", "s3cret:größe"))

    def secrets(self) -> dict[str, str]:
        return {"user": "ci", "password": "s3cret:größe"}


class TestCloud(OverHttp):
    """Typed values, as Flipper Cloud shows them."""

    source = "cloud"
    release = CLOUD

    @pytest.fixture
    def raw(self) -> MakeRaw:
        def raw(exposure, actors):
            number = 0 if exposure.is_on else float(exposure.encode())
            return {"boolean": exposure.is_on, "actors": list(actors), "percentage_of_actors": number}

        return raw
