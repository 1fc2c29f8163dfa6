"""Which decisions count: forged, foreign, expired, other changes', withdrawn, one's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from flagstaff.addresses import Address
from flagstaff.approvals.message import Kind, Message
from flagstaff.approvals.signing import sign
from flagstaff.approvals.ssh import Ssh
from flagstaff.approvals.verify import Agreement, Question, verified, verified_release
from flagstaff.model.configuration import Role
from flagstaff.model.evidence import Approval, Decision

pytestmark = pytest.mark.service("ssh-keygen")

PO = Address("role", "po")
NOW = datetime(2026, 1, 27, 14, 3, 5, tzinfo=UTC)
CHANGE = "a" * 64
DOES_NOT_COUNT = "The decision of po@example.gov on role.po's behalf does not count: "


@pytest.fixture(scope="module")
def role(keys):
    return Role(PO, (keys["po"].signer("po@example.gov"), keys["other"].signer("other@example.gov")))


@pytest.fixture(scope="module")
def question(role):
    return Question(CHANGE, role, "prod", "line", NOW + timedelta(hours=1))


@pytest.fixture(scope="module")
def decide(keys, role):
    """An approval, signed for real."""

    def make(who: str = "po", *, signing: Role = role, **fields) -> Approval:
        expires = fields.get("at", NOW) + timedelta(hours=72)
        message = Message(Kind.CHANGE, CHANGE, PO, Decision.GO, "prod", "line", NOW, expires)
        return sign(replace(message, **fields), signing, Ssh(), keys[who].file)

    return make


def asked(question, *approvals, reviews=(), **fields) -> Agreement:
    return verified(approvals, replace(question, **fields), Ssh().verifies, reviews)


def reason(question, *approvals, **fields) -> str:
    agreement = asked(question, *approvals, **fields)
    assert not agreement.approved
    assert agreement.by == ()
    assert len(agreement.reasons) == 1, agreement.reasons
    return agreement.reasons[0]


def test_a_go_of_the_role_counts_until_it_expires(question, decide):
    approval = decide()
    assert asked(question, approval) == Agreement(True, (approval,), NOW + timedelta(hours=72))


def test_nobody_said_anything(question):
    assert asked(question) == Agreement(False)


def test_an_expired_go(question, decide):
    said = reason(question, decide(), now=NOW + timedelta(hours=72))
    assert said == "po@example.gov approved it at 2026-01-27 14:03 UTC, and that expired at 2026-01-30 14:03 UTC."


def test_a_go_of_another_lasts_longer(question, decide):
    first, second = decide(), decide("other", at=NOW + timedelta(hours=10))
    agreement = asked(question, first, second, now=NOW + timedelta(hours=75))
    assert agreement.by == (second,)
    assert agreement.until == NOW + timedelta(hours=82)
    assert len(agreement.reasons) == 1


def test_the_key_ends_before_the_approval(question, decide, keys):
    role = Role(PO, (keys["po"].signer("po@example.gov", 'valid-before="20260128Z"'),))
    approval = decide(signing=role)
    assert asked(question, approval, role=role).until == datetime(2026, 1, 28, tzinfo=UTC)
    said = reason(question, approval, role=role, now=datetime(2026, 1, 28, tzinfo=UTC))
    assert said == DOES_NOT_COUNT + "the key of po@example.gov counts only until 2026-01-28 00:00 UTC."


def test_a_key_that_does_not_count_yet(question, decide, keys):
    late = Role(PO, (keys["po"].signer("po@example.gov", 'valid-after="20260201Z"'),))
    said = reason(question, decide(), role=late)
    assert said == DOES_NOT_COUNT + "the key of po@example.gov counts only from 2026-02-01 00:00 UTC on."


def test_a_foreign_key(question, decide, keys):
    """A pull request that adds its own signer: the recorded role does not have it."""
    theirs = Role(PO, (keys["mallory"].signer("po@example.gov"),))
    said = reason(question, decide("mallory", signing=theirs))
    assert said == DOES_NOT_COUNT + (
        "it was not made with a key of theirs in role.po as recorded, which has po@example.gov, other@example.gov."
    )


def test_one_signer_cannot_speak_for_another(question, decide):
    said = reason(question, replace(decide("other"), principal="po@example.gov"))
    assert "it was not made with a key of theirs in role.po" in said


def test_a_role_without_keys(question, decide):
    assert reason(question, decide(), role=Role(PO)).endswith("not made with a key of theirs in role.po as recorded.")


def test_a_pattern_principal(question, decide, keys):
    pattern = Role(PO, (keys["po"].signer("*@example.gov"),))
    assert "it was not made with a key of theirs" in reason(question, decide(), role=pattern)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"change": "b" * 64}, "what was signed is for the change bbbbbbbbbbbb, not aaaaaaaaaaaa."),
        ({"environment": "staging"}, 'what was signed is for the environment "staging", not "prod".'),
        ({"lineage": "other"}, 'what was signed is for the lineage "other", not "line".'),
        ({"lineage": ""}, 'what was signed is for the lineage of a first apply, not "line".'),
        ({"role": Address("role", "qa")}, 'what was signed is for the role "role.qa", not "role.po".'),
        ({"kind": Kind.RELEASE}, 'what was signed is for the kind "release", not "change".'),
    ],
)
def test_a_decision_on_something_else_under_this_name(question, decide, fields, told):
    other = replace(decide(**fields), change=CHANGE, role=PO)
    assert reason(question, other) == DOES_NOT_COUNT + told


@pytest.mark.parametrize(
    "fields",
    [
        {"decision": Decision.NO_GO},
        {"expires": NOW + timedelta(days=900)},
        {"at": NOW + timedelta(minutes=1)},
        {"note": "another"},
        {"via": "review of #12 by po"},
    ],
)
def test_what_stands_beside_the_signed_text_is_not_believed(question, decide, fields):
    said = reason(question, replace(decide(), **fields))
    assert said == DOES_NOT_COUNT + "what is recorded of it is not what was signed."


def test_a_changed_text(question, decide):
    approval = decide()
    text = approval.message.replace('"prod"', '"live"')
    said = reason(question, replace(approval, message=text))
    assert said == DOES_NOT_COUNT + "the signature is not of this text. One of the two was changed."


def test_a_signature_of_another_text(question, decide):
    approval, other = decide(), decide(note="other")
    assert "the signature is not of this text" in reason(question, replace(approval, signature=other.signature))


def test_a_signed_text_that_is_not_ours(question, keys):
    from flagstaff.testing.signing import KeyPair

    key: KeyPair = keys["po"]
    signature = Ssh().sign("hello", key.file)
    approval = Approval(CHANGE, PO, Decision.GO, "po@example.gov", NOW, NOW, message="hello", signature=signature)
    assert reason(question, approval) == DOES_NOT_COUNT + "what was signed is no text of Flagstaff's."


def test_what_is_no_signature(question, decide):
    said = reason(question, replace(decide(), signature="yes, really"))
    assert said == DOES_NOT_COUNT + "its signature is none of OpenSSH's."


@pytest.mark.parametrize(
    ("via", "told"), [("", "."), ("review of #12 by po", " (it is said to be a review of #12 by po).")]
)
def test_what_is_not_signed_is_not_believed_from_the_journal(question, decide, via, told):
    said = reason(question, replace(decide(), signature="", message="", via=via))
    assert said == DOES_NOT_COUNT + f"it is not signed{told}"


def test_a_decision_from_the_future(question, decide):
    approval = decide(at=NOW + timedelta(hours=2))
    said = reason(question, approval)
    assert said == DOES_NOT_COUNT + "it is dated 2026-01-27 16:03 UTC, which has not come yet."
    assert asked(question, decide(at=NOW + timedelta(minutes=64))).approved  # clocks differ


def test_another_roles_decision_is_none(question, decide):
    assert asked(question, replace(decide(), role=Address("role", "qa"))) == Agreement(False)


def test_a_decision_on_another_change_is_told(question, decide):
    said = reason(question, decide(change="b" * 64))
    assert said == ("po@example.gov decided on bbbbbbbbbbbb, which is another change: this one does something else.")
    assert asked(question, decide(change="b" * 64), now=NOW + timedelta(days=30)) == Agreement(False)


def test_a_no_go_stands_until_the_same_person_says_go(question, decide):
    go = decide()
    no_go = decide("other", decision=Decision.NO_GO, at=NOW + timedelta(minutes=5), note="errors are up")
    said = reason(question, go, no_go)
    assert said == (
        "other@example.gov said no-go at 2026-01-27 14:08 UTC: errors are up. It stands until the same person says go."
    )
    assert reason(question, go, no_go, decide(at=NOW + timedelta(minutes=6))) == said
    assert "said no-go" in reason(question, go, no_go, now=NOW + timedelta(days=60))
    withdrawn = asked(question, go, no_go, decide("other", at=NOW + timedelta(minutes=7)))
    assert withdrawn.approved
    assert [one.principal for one in withdrawn.by] == ["other@example.gov", "po@example.gov"]


def test_a_no_go_without_a_note(question, decide):
    said = reason(question, decide(decision=Decision.NO_GO))
    assert said == "po@example.gov said no-go at 2026-01-27 14:03 UTC. It stands until the same person says go."


def test_a_go_that_is_told_again_does_not_withdraw_a_later_no_go(question, decide):
    """Whoever can write the journal can copy an entry: what counts is the time that was signed."""
    go, no_go = decide(), decide(decision=Decision.NO_GO, at=NOW + timedelta(minutes=1))
    assert "said no-go" in reason(question, go, no_go, go)


def test_a_forged_go_does_not_withdraw_a_no_go(question, decide):
    no_go = decide(decision=Decision.NO_GO)
    forged = replace(decide(at=NOW + timedelta(minutes=1)), signature=no_go.signature)
    agreement = asked(question, no_go, forged)
    assert not agreement.approved
    assert "said no-go" in agreement.reasons[0]
    assert "One of the two was changed" in agreement.reasons[1]


def test_ones_own_change_is_approved_by_somebody_else(question, decide):
    mine, other = decide(), decide("other", at=NOW + timedelta(minutes=1))
    own = {"author": "PO@Example.gov", "others": True}
    assert reason(question, mine, **own) == (
        "po@example.gov approved it at 2026-01-27 14:03 UTC, and wrote the change: the policy wants somebody else of "
        "role.po to agree, too."
    )
    both = asked(question, mine, other, **own)
    assert both.approved
    assert both.until == other.expires
    assert asked(question, other, **own).by == (other,)
    assert asked(question, mine, author="po@example.gov").approved


def test_where_nobody_knows_who_wrote_it_it_takes_two(question, decide):
    mine, other = decide(), decide("other", at=NOW + timedelta(hours=1))
    said = reason(question, mine, others=True)
    assert said.endswith("nobody knows who wrote this one, so it takes two people of role.po.")
    both = asked(question, mine, other, others=True)
    assert both.approved
    assert both.until == mine.expires


def test_a_review_counts_as_it_was_read_just_now(question):
    review = Approval(CHANGE, PO, Decision.GO, "alice", NOW, NOW + timedelta(days=3), via="review of #12 by alice")
    assert asked(question, reviews=[review], others=True) == Agreement(True, (review,), review.expires)
    assert asked(question, reviews=[replace(review, change="b" * 64)]) == Agreement(False)
    assert asked(question, reviews=[replace(review, role=Address("role", "qa"))]) == Agreement(False)


def test_a_release_is_signed_over_the_holds_id(question, decide):
    release = replace(question, change="hold-1", kind=Kind.RELEASE)
    approval = decide(kind=Kind.RELEASE, change="hold-1")
    assert verified_release(approval, release, Ssh().verifies) == ""
    assert (
        verified_release(approval, question, Ssh().verifies)
        == "It is about hold-1 by role.po, which is something else."
    )
    forged = replace(decide(change="b" * 64), change="hold-1")
    assert verified_release(forged, release, Ssh().verifies) == DOES_NOT_COUNT + (
        'what was signed is for the kind "change", not "release".'
    )
    no_go = decide(kind=Kind.RELEASE, change="hold-1", decision=Decision.NO_GO)
    assert "said no-go" in verified_release(no_go, release, Ssh().verifies)
