"""Keys for the tests of approvals, made once."""

from __future__ import annotations

import pytest

from flagstaff.testing.signing import make_key


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    """`po` and `other` ed25519, `mallory`, one of each other kind, and one with the passphrase `open sesame`."""
    folder = tmp_path_factory.mktemp("keys")
    kinds = {"po": "ed25519", "other": "ed25519", "mallory": "ed25519", "ecdsa": "ecdsa", "rsa": "rsa"}
    made = {name: make_key(folder, name, kind) for name, kind in kinds.items()}
    return {**made, "locked": make_key(folder, "locked", passphrase="open sesame")}
