"""The S3 store when the way to the server breaks, answers lie, and somebody else writes in the gap."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from flagstaff.state.s3.lease import Times
from flagstaff.state.s3.settings import S3Settings
from flagstaff.state.s3.store import S3Store
from flagstaff.state.store import LeaseHeld, StateConflict, StateError
from flagstaff.testing.s3_proxy import Proxy, Reply, before, never_arrives, no_answer, refusal, without
from flagstaff.testing.s3_server import SECRET_KEY
from flagstaff.testing.state_samples import STATE, entries, info

pytestmark = pytest.mark.service("s3")
KEY = "production.json"
SLOW_DOWN = refusal(503, "SlowDown", "Please reduce your request rate.")
HICCUPS = {
    "no answer": no_answer,
    "never arrives": never_arrives,
    "slow down": SLOW_DOWN,
    "internal error": refusal(500, "InternalError", "We encountered an internal error."),
    "error after success": refusal(500, "InternalError", done=True),
    "refused after own success": refusal(412, "PreconditionFailed", done=True),
    "in conflict with nobody": refusal(409, "ConditionalRequestConflict"),
    "asked too slowly": refusal(400, "RequestTimeout"),
}


class Clock:
    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def proxy(s3):
    with Proxy(s3) as made:
        yield made


@pytest.fixture
def settings(proxy):
    return S3Settings.of(proxy.settings())


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(settings, clock):
    return S3Store(settings, times=Times(monotonic=clock), sleep=lambda _: None)


@pytest.fixture
def direct(s3, settings):
    """The same place by the way that does not break."""
    return S3Store(dataclasses.replace(settings, endpoint=s3.endpoint))


def told(call):
    """The error's summary and detail."""
    with pytest.raises(StateError) as caught:
        call()
    return caught.value.summary, caught.value.detail


# Writes whose outcome is open


@pytest.mark.parametrize("hiccup", HICCUPS)
def test_a_hiccup_while_saving_is_not_seen(proxy, store, direct, hiccup):
    first = store.save(STATE, "")
    assert direct.load() == (STATE, first)
    proxy.plan("PUT", KEY, HICCUPS[hiccup])
    second = store.save(STATE.changed(tool="2"), first)
    assert direct.load() == (STATE.changed(tool="2"), second)
    proxy.plan("PUT", KEY, HICCUPS[hiccup], times=2)
    third = store.save(STATE.changed(tool="3").changed(environment="x"), second)
    assert direct.load() == (STATE.changed(tool="3").changed(environment="x"), third)


@pytest.mark.parametrize("hiccup", HICCUPS)
def test_a_hiccup_while_appending_is_not_seen_and_nothing_is_there_twice(proxy, store, direct, hiccup):
    first = entries(None, "a", "b")
    proxy.plan("PUT", ".jsonl", HICCUPS[hiccup])
    head = store.append(first, "")
    proxy.plan("PUT", ".jsonl", HICCUPS[hiccup])
    second = entries(first[-1], "c")
    store.append(second, head)
    assert tuple(direct.entries()) == first + second


@pytest.mark.parametrize("hiccup", HICCUPS)
def test_a_hiccup_while_taking_and_returning_the_lease_is_not_seen(proxy, store, direct, hiccup):
    proxy.plan("PUT", ".lease", HICCUPS[hiccup])
    lease = store.acquire(info())
    assert direct.holder() == info()
    proxy.plan("PUT", ".lease", HICCUPS[hiccup])
    lease.renew()
    lease.renew()
    proxy.plan("PUT", ".lease", HICCUPS[hiccup])
    lease.release()
    assert direct.holder() is None


def test_a_state_that_was_saved_by_another_in_the_gap_stays_and_is_named(proxy, store, direct):
    token = store.save(STATE, "")
    direct.append(entries(None, "a"), "")
    proxy.plan("PUT", KEY, before(lambda: direct.save(STATE.changed(tool="9.9.9"), token)))
    summary, detail = told(lambda: store.save(STATE.changed(tool="ours"), token))
    assert summary == "State was changed by somebody else"
    place = store._name
    assert detail == (
        f"{place} has serial 2 now, saved by version 9.9.9, and was the one with serial 1 when this command read it. "
        "The last entry of the journal is by jane: removed, 2026-01-27 14:03:05 UTC, run run-1. Nothing was "
        "overwritten. Plan again."
    )
    assert direct.load()[0] == STATE.changed(tool="9.9.9")


def test_a_state_that_is_gone_is_not_put_back(s3, settings, store):
    token = store.save(STATE, "")
    s3.client().delete_object(Bucket=settings.bucket, Key=settings.key)
    for state in (STATE.changed(tool="2"), STATE):
        summary, detail = told(lambda state=state: store.save(state, token))
        assert summary == "State was changed by somebody else"
        assert "is gone, and was the one with serial 1" in detail
    assert store.load() == (None, "")


def test_the_winner_is_told_even_if_the_journal_can_not_be_read(proxy, store, direct):
    direct.save(STATE, "")
    direct.append(entries(None, "a"), "")
    proxy.plan("GET", "/flagstaff-test", refusal(403, "AccessDenied"))
    summary, detail = told(lambda: store.save(STATE, ""))
    assert summary == "State was changed by somebody else"
    assert "has serial 1 now, saved by version 0.1.0, and was none when this command read it. Nothing" in detail


def test_the_same_writing_by_two_is_won_by_one(store, direct):
    both = entries(None, "a")
    direct.append(both, "")
    summary, detail = told(lambda: store.append(both, ""))
    assert summary == "State was changed by somebody else"
    assert ".journal/ went on meanwhile. The last entry of the journal is by jane" in detail


def test_an_entry_that_another_wrote_in_the_gap_stays(proxy, store, direct):
    first = entries(None, "a")
    store.append(first, "")
    theirs = entries(first[-1], "theirs")
    proxy.plan("PUT", ".jsonl", before(lambda: direct.append(theirs, first[-1].hash)))
    with pytest.raises(StateConflict):
        store.append(entries(first[-1], "ours"), first[-1].hash)
    assert tuple(store.entries()) == first + theirs


def test_a_journal_that_was_emptied_is_not_begun_anew(store, s3, settings):
    first = entries(None, "a")
    store.append(first, "")
    for name in s3.names(f"{settings.key}.journal/"):
        s3.client().delete_object(Bucket=settings.bucket, Key=name)
    assert store.last() is None
    summary, detail = told(lambda: store.append(entries(first[-1], "b"), first[-1].hash))
    assert summary == "State was changed by somebody else"
    assert ".journal/ was emptied meanwhile. Nothing was overwritten." in detail


def test_a_server_in_lasting_trouble_is_an_error_and_the_state_stays(proxy, store, direct):
    token = store.save(STATE, "")
    proxy.plan("PUT", KEY, SLOW_DOWN, times=3)
    summary, detail = told(lambda: store.save(STATE.changed(tool="2"), token))
    assert summary == "State can't be saved"
    assert detail == (
        f"{store._name}: the server is busy and asks for patience. Wait a little and run the command again. It is not "
        "known whether the write arrived; nothing of somebody else's was overwritten. Look, and plan again."
    )
    assert proxy.count("PUT", KEY) == 4
    assert direct.load() == (STATE, token)


def test_a_write_that_can_not_be_looked_at_is_said_to_be_open(proxy, store, direct):
    token = store.save(STATE, "")
    proxy.plan("PUT", KEY, no_answer)
    proxy.plan("GET", KEY, refusal(403, "AccessDenied"))
    summary, detail = told(lambda: store.save(STATE.changed(tool="2"), token))
    assert summary == "State can't be saved"
    assert "the connection broke off, or no answer came in time." in detail
    assert "It is not known whether the write arrived" in detail
    assert direct.load()[0] == STATE.changed(tool="2")


def test_a_backup_that_can_not_be_written_leaves_the_state(proxy, store, direct):
    token = store.save(STATE, "")
    for fault, why in (
        (refusal(403, "AccessDenied"), "access denied. The credentials need s3:GetObject and s3:PutObject"),
        (refusal(412, "PreconditionFailed"), "the server refused (PreconditionFailed, status 412)"),
    ):
        proxy.plan("PUT", ".backup", fault, times=3)
        summary, detail = told(lambda: store.save(STATE.changed(tool="2"), token))
        assert summary == "State can't be saved"
        assert why in detail
        assert detail.endswith("The state is as it was.")
        proxy.forget()
    assert direct.load() == (STATE, token)


# Reading


def half(request, forward):
    reply = forward(request)
    return dataclasses.replace(reply, cut=len(reply.body) // 2)


def test_a_state_that_breaks_off_half_way_is_read_again(proxy, store):
    token = store.save(STATE, "")
    proxy.plan("GET", KEY, half, times=2)
    assert store.load() == (STATE, token)
    proxy.plan("GET", KEY, half, times=4)
    summary, detail = told(store.load)
    assert summary == "State can't be read"
    assert "the connection broke off, or no answer came in time." in detail


def test_reading_goes_on_after_trouble_that_passes(proxy, store):
    token = store.save(STATE, "")
    proxy.plan("GET", KEY, SLOW_DOWN)
    assert store.load() == (STATE, token)


WORDS = {
    (404, "NoSuchBucket"): "there is no such bucket. Create it, or correct the attribute `bucket`.",
    (403, "AccessDenied"): "access denied. The credentials need s3:GetObject and s3:PutObject on the key and all that "
    "begins with it, and s3:ListBucket on the bucket. It said: Bob may not.",
    (400, "ExpiredToken"): "the credentials have expired. Get new ones (`aws sso login`, or start the job again), then "
    "run the command again.",
    (403, "InvalidAccessKeyId"): "the server does not know these credentials. Correct the access key and the secret "
    "key.",
    (403, "RequestTimeTooSkewed"): "this machine's clock is wrong by many minutes. Set it, then run the command again.",
    (400, "IllegalLocationConstraintException"): "the bucket is in another region, or the attribute `region` is wrong. "
    "Correct it.",
    (400, "KMS.DisabledException"): "the KMS key can't be used. The credentials need kms:GenerateDataKey and "
    "kms:Decrypt on it, and it must be enabled. It said: Bob may not.",
    (400, "Strange"): "the server refused (Strange, status 400). It said: Bob may not.",
}


@pytest.mark.parametrize(("status", "code"), WORDS)
def test_every_refusal_has_its_words(proxy, store, status, code):
    proxy.plan("GET", KEY, refusal(status, code, "Bob may not."))
    assert told(store.load) == (
        "State can't be read",
        f"{store._name}: {WORDS[status, code]} Nothing was changed.",
    )
    direct_count = proxy.count("PUT", KEY)
    proxy.plan("PUT", KEY, refusal(status, code, "Bob may not."))
    assert told(lambda: store.save(STATE, "")) == (
        "State can't be saved",
        f"{store._name}: {WORDS[status, code]} Nothing was written.",
    )
    assert proxy.count("PUT", KEY) == direct_count + 1


def test_a_journal_that_may_not_be_listed(proxy, store):
    proxy.plan("GET", "/flagstaff-test", refusal(403, "AccessDenied"))
    summary, detail = told(store.last)
    assert summary == "Journal can't be read"
    assert "s3:ListBucket on the bucket" in detail


@pytest.mark.parametrize("body", [b"Hello! <br> This is a web server.", b"<html><body>Hello!</body></html>"])
def test_what_is_no_s3_server_is_not_taken_for_an_empty_journal_or_a_saved_state(proxy, store, body):
    for method in ("GET", "PUT"):
        proxy.plan(method, "", lambda *_: Reply(200, {}, body), times=99)
    for call in (store.last, lambda: list(store.entries())):
        assert told(call)[0] == "Journal can't be read"
    assert "what answers there does not talk like S3. Correct the attribute `endpoint`." in told(store.load)[1]
    assert told(lambda: store.save(STATE, ""))[0] == "State is not accessible"


def test_nobody_is_there(settings):
    store = S3Store(dataclasses.replace(settings, endpoint="http://127.0.0.1:1"), sleep=lambda _: None)
    for call in (store.load, lambda: store.save(STATE, "")):
        assert "the server can't be reached. Look whether the attributes `endpoint` and `region`" in told(call)[1]


def test_secrets_that_the_server_repeats_are_not_told(proxy, settings):
    store = S3Store(dataclasses.replace(settings, session_token="a session's token"))
    proxy.plan("GET", KEY, refusal(403, "AccessDenied", f"not {SECRET_KEY} with a session's token by owner"))
    assert "It said: not *** with *** by ***." in told(store.load)[1]
    assert SECRET_KEY not in repr(settings)


# Servers without conditional writes


@pytest.mark.parametrize("missing", [("if-match",), ("if-none-match",), ("if-match", "if-none-match")], ids="+".join)
@pytest.mark.parametrize("write", ["save", "append", "acquire"])
def test_a_server_that_ignores_conditions_is_refused_before_the_first_write(proxy, store, s3, settings, missing, write):
    proxy.plan("PUT", "", without(*missing), times=100)
    writes = {
        "save": lambda: store.save(STATE, ""),
        "append": lambda: store.append(entries(None, "a"), ""),
        "acquire": lambda: store.acquire(info()),
    }
    summary, detail = told(writes[write])
    assert summary == "Server without conditional writes"
    assert detail == (
        f"{store._name}: the server does not keep to If-Match and If-None-Match, so two runs at once would overwrite "
        "each other's state. Nothing was changed. Use a newer version of the server, or another backend."
    )
    assert s3.names(settings.key) == [f"{settings.key}.probe"]


def test_a_server_that_refuses_conditions_is_refused(proxy, store):
    proxy.plan("PUT", ".probe", refusal(501, "NotImplemented"), times=9)
    assert told(lambda: store.save(STATE, ""))[0] == "Server without conditional writes"


def test_the_probe_is_made_once_and_trouble_with_it_is_told(proxy, store, settings):
    proxy.plan("PUT", ".probe", refusal(403, "AccessDenied"))
    summary, detail = told(lambda: store.acquire(info()))
    assert summary == "State is not accessible"
    assert detail.startswith(f"{store._name}.probe: access denied.")
    token = store.save(STATE, "")
    store.save(STATE.changed(tool="2"), token)
    store.append(entries(None, "a"), "")
    # The refusal; then one that makes the object, one that it is there, and one with a wrong ETag.
    assert proxy.count("PUT", ".probe") == 4
    S3Store(settings).acquire(info()).release()
    assert proxy.count("PUT", ".probe") == 6


def test_every_write_is_encrypted_as_the_settings_say(proxy, settings):
    encryption = {"x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": "alias/va"}
    proxy.plan("PUT", "", without(*encryption), times=100)
    store = S3Store(dataclasses.replace(settings, encryption="aws:kms", kms_key="alias/va"))
    with store.acquire(info()):
        token = store.save(STATE, "")
        store.save(STATE.changed(tool="2"), token)
        store.append(entries(None, "a"), "")
        store.request_stop("now")
    writes = [request for request in proxy.requests if request.method == "PUT"]
    assert {request.name.removeprefix(f"/{settings.bucket}/{settings.key}")[:8] for request in writes} == {
        "", ".backup", ".journal", ".lease", ".probe", ".stop",
    }  # fmt: skip
    for request in writes:
        sent = {name.lower(): value for name, value in request.headers.items()}
        assert encryption.items() <= sent.items()


# The lease


def test_a_lease_that_is_not_renewed_ends_by_the_servers_clock(settings, direct):
    never = Times(now=lambda: datetime(1999, 1, 1, tzinfo=UTC))
    store = S3Store(settings, times=never)
    store.acquire(info("live"))
    with pytest.raises(LeaseHeld) as held:
        store.acquire(info("next"))
    assert held.value.holder == info("live")
    assert direct.holder() == info("live")
    assert direct.break_lease() == info("live")
    S3Store(settings, times=Times(lasts=timedelta(0))).acquire(info("dead"))
    assert store.holder() is None
    assert store.break_lease() is None
    assert store.acquire(info("next")).took_over == info("dead")


def test_a_server_that_tells_no_time_ends_no_lease(proxy, settings):
    def timeless(request, forward):
        reply = forward(request)
        return dataclasses.replace(
            reply, headers={name: value for name, value in reply.headers.items() if name.lower() != "date"}
        )

    store = S3Store(settings, times=Times(lasts=timedelta(0)))
    store.acquire(info())
    proxy.plan("GET", ".lease", timeless)
    assert store.holder() == info()
    assert store.holder() is None


def test_a_lease_that_was_taken_over_is_lost(store, settings, direct):
    old = S3Store(settings, times=Times(lasts=timedelta(0))).acquire(info("old"))
    new = store.acquire(info("new"))
    summary, detail = told(old.renew)
    assert summary == "Lease was lost"
    assert "taken over because it was not renewed in time; somebody else may be writing now." in detail
    old.release()
    new.renew()
    assert direct.holder() == info("new")


def test_the_one_who_is_first_in_the_gap_gets_the_lease(proxy, store, direct):
    proxy.plan("PUT", ".lease", before(lambda: direct.acquire(info("theirs"))))
    with pytest.raises(LeaseHeld) as held:
        store.acquire(info("ours"))
    assert held.value.holder == info("theirs")


def test_a_lease_that_others_take_and_return_all_the_time(proxy, store, direct):
    proxy.plan("PUT", ".lease", before(lambda: direct.acquire(info("theirs")).release()), times=5)
    summary, detail = told(lambda: store.acquire(info("ours")))
    assert summary == "State lease is not accessible"
    assert detail == f"{store._name}.lease: several others want it at once. Run the command again."


def test_a_lease_that_is_renewed_in_the_gap_is_broken_all_the_same(proxy, store, direct):
    lease = direct.acquire(info())
    proxy.plan("PUT", ".lease", before(lease.renew))
    assert store.break_lease() == info()
    with pytest.raises(StateError, match="Lease was lost"):
        lease.renew()
    lease = direct.acquire(info())
    proxy.plan("PUT", ".lease", before(lease.renew), times=5)
    assert told(store.break_lease)[1].endswith("its holder renews it all the time. Run the command again.")
    lease.renew()


def test_a_short_outage_does_not_end_a_lease_and_a_long_one_does(proxy, store, clock):
    lease = store.acquire(info())
    proxy.plan("PUT", ".lease", SLOW_DOWN, times=3)
    clock.seconds = 5
    lease.renew()
    clock.seconds = 60
    lease.renew()
    clock.seconds = 61
    summary, detail = told(lease.renew)
    assert summary == "State lease is not accessible"
    assert "the server is busy" in detail
    lease.renew()
    clock.seconds = 120
    proxy.plan("PUT", ".lease", SLOW_DOWN)
    lease.renew()


def test_a_lease_that_can_not_be_returned_ends_by_itself(proxy, store, direct):
    lease = store.acquire(info())
    proxy.plan("PUT", ".lease", SLOW_DOWN, times=3)
    lease.release()
    assert direct.holder() == info()


def test_the_request_to_stop_is_looked_for_once_a_second(proxy, store, direct, clock):
    lease = store.acquire(info())
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: lease.stop_requested(), range(50))) == {None}
    assert proxy.count("GET", ".stop") == 1
    direct.request_stop("enough")
    assert lease.stop_requested() is None
    clock.seconds = 1
    assert [lease.stop_requested() for _ in range(3)] == ["enough"] * 3
    assert proxy.count("GET", ".stop") == 2


def test_a_request_to_stop_survives_trouble_that_passes_and_tells_what_lasts(proxy, store, direct):
    lease = direct.acquire(info())
    proxy.plan("PUT", ".stop", no_answer)
    store.request_stop("now")
    assert lease.stop_requested() == "now"
    proxy.plan("PUT", ".stop", refusal(403, "AccessDenied"))
    summary, detail = told(lambda: store.request_stop("again"))
    assert summary == "Stop can't be asked for"
    assert detail.endswith("It is not known to be written.")


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"[]\n"])
def test_a_lease_and_a_mark_that_can_not_be_read(s3, settings, store, content):
    lease = store.acquire(info())
    s3.write(f"{settings.key}.stop", content)
    assert lease.stop_requested() == f"somebody left a mark that can't be read: {store._name}.stop"
    s3.write(f"{settings.key}.lease", content)
    for call in (store.holder, store.break_lease, lambda: store.acquire(info("next"))):
        summary, detail = told(call)
        assert summary == "State lease is not accessible"
        assert detail.startswith(f"{store._name}.lease: ")
        assert detail.endswith("Make sure that no run is going on, and delete that object.")
