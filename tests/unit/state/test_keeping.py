"""A lease is renewed while its holder waits."""

import threading

from flagstaff.state.keeping import KeptLease
from flagstaff.state.store import StateError
from flagstaff.testing.applying import INFO, FakeLease


class Counting(FakeLease):
    """Tells when it was renewed twice; every renewal fails. Renewing and releasing never overlap."""

    def __init__(self):
        super().__init__()
        self.twice = threading.Event()
        self.released = 0

    def renew(self):
        self.renewed += 1
        if self.renewed >= 2:
            self.twice.set()
        raise StateError("Lease was lost", "Somebody took it.")

    def release(self):
        self.released += 1


def test_it_is_renewed_until_it_is_released_and_trouble_is_left_to_the_holder():
    lease = Counting()
    with KeptLease(lease, every=0.001) as kept:
        assert lease.twice.wait(5)
        assert (kept.info, kept.took_over, kept.stop_requested()) == (INFO, None, None)
    assert lease.released == 1
    (thread,) = [one for one in threading.enumerate() if one.name == "lease"] or [None]
    if thread is not None:
        thread.join(5)
    renewed = lease.renewed
    assert not [one for one in threading.enumerate() if one.name == "lease"]
    assert lease.renewed == renewed


def test_the_holder_renews_too():
    lease = FakeLease()
    with KeptLease(lease) as kept:
        kept.renew()
    assert lease.renewed == 1
