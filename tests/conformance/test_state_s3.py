"""The S3 store is a state store, on a real server."""

import time
from datetime import timedelta

import pytest

from flagstaff.state.codec import decode_state
from flagstaff.state.s3.lease import Times
from flagstaff.state.s3.settings import S3Settings
from flagstaff.state.s3.store import S3Store
from flagstaff.testing.state_conformance import StateStoreConformance

AT_ONCE = Times(look_every=timedelta(0))


@pytest.mark.service("s3")
class TestS3(StateStoreConformance):
    @pytest.fixture
    def settings(self, s3):
        return S3Settings.of(s3.settings())

    @pytest.fixture
    def opener(self, settings):
        return lambda: S3Store(settings, times=AT_ONCE, sleep=lambda seconds: time.sleep(seconds / 20))

    @pytest.fixture
    def backup(self, s3, settings):
        def read():
            content = s3.read(f"{settings.key}.backup")
            return content and decode_state(content.decode("utf-8", "surrogatepass"), "backup")

        return read

    @pytest.fixture
    def tear(self):
        # An object is there whole or not at all: a crash in the middle of an append leaves nothing.
        return lambda: None

    @pytest.fixture
    def abandon(self, settings):
        return lambda info: S3Store(settings, times=Times(lasts=timedelta(0))).acquire(info)
