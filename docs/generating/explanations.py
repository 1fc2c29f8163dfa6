"""What the reference says of checks and messages besides what stands in the code: by name, and by summary.

Rule: a message whose text in the code says what to do is not here. Links are from docs/reference/.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flagstaff.plan.check import CheckName

_STAGES: Final = "[Read a blocked plan](../how-to/read-a-blocked-plan.md)"

CHECKS: Final[Mapping[CheckName, str]] = {
    CheckName.REQUIREMENT: "What a toggle `requires` holds after every single write. Wait for the parent, raise it in "
    "the same plan, or lower the child. [A ramp is a graph](../explanation/ramp-is-a-graph.md).",
    CheckName.ORDER: "The change comes after another one, and that one does not happen. Solve that one.",
    CheckName.UNKNOWN_KEY: "The live store has no toggle with this key, so it is taken for a slip. Correct the key; if "
    "the toggle is to be made, `create = true`.",
    CheckName.STORE: "The store can't make this change, or not without a moment in between that a requirement forbids. "
    "The ways out stand with it.",
    CheckName.DECISION: "A value that the change needs is `undecided(...)`. Have it decided, and write it there.",
    CheckName.DRIFT: "The live toggle is above what was applied. Declare the live value, or lower it with "
    "`-accept-drift`.",
    CheckName.HOLD: "A rollback, or a hand, turned it down, and no plan raises it before `flagstaff release`; what a "
    "hand turned down can be taken over by `flagstaff import`, too. "
    "[After a rollback](../how-to/incident.md#afterwards).",
    CheckName.MAX_RAISE: "More percentage points than the policy, or the stage, allows in one plan. Go in smaller "
    "steps.",
    CheckName.CHANGED_SHARE: "One plan changes a larger part of the toggles than the policy allows. Look for a slip, "
    "such as an emptied list; or split the change.",
    CheckName.PROTECTION: "A protected toggle is lowered only if its product's owner agrees. "
    "[Have a change approved](../how-to/approvals.md).",
    CheckName.GUARD_CHANGE: "The change needs a guard (a role, the policy, a requirement, protection) to be loosened "
    "first, and that waits for the role that is recorded for it. "
    "[Who is in a role, changes](../how-to/approvals.md#who-is-in-a-role-changes).",
    CheckName.ADOPTION: "Nothing is recorded of this store yet. "
    "[Adopt it](../how-to/adopt-a-live-store.md), and have its guards trusted.",
    CheckName.DELETION: "A live toggle is deleted only at 0, if Flagstaff made it, and if its owner agrees.",
    CheckName.STAGE_ORDER: "A stage before it is not over: all its toggles have to be verified in an earlier apply.",
    CheckName.NOT_BEFORE: "The stage may not start before its date.",
    CheckName.SOAK: "The stage before it has not run long enough in one piece. A lower, a drift or a hold of one of "
    "its toggles starts the time anew.",
    CheckName.BLOCKER: "A fact that the stage waits for is not complete. Have it done, then say so in its block, with "
    "the evidence.",
    CheckName.MONITOR: "A measurement is not good enough, or can't be judged; only a pass lets a raise through. "
    "[Monitors](../how-to/monitors.md).",
    CheckName.TRIGGER: "Somebody called a trigger, or what was watched fired it. "
    "[Roll back](../how-to/incident.md), and answer the trigger once it is over.",
    CheckName.APPROVAL: "A role has to agree to the change. [Have a change approved](../how-to/approvals.md).",
    CheckName.FREEZE: "Nothing is raised during a freeze. A rollback is never frozen.",
    CheckName.WORKING_HOURS: "Raises start in working hours only. A rollback doesn't wait for them.",
    CheckName.TOGETHER: "Toggles of a stage that is declared `together` move as one, or not at all: what stops one "
    f"stops all. {_STAGES}.",
}

_OF_WRITE: Final = "[Recover after a crash](../how-to/recover-after-a-crash.md)"
_DISK: Final = f"The system refused a file; the detail says which, why, and how things stand now. {_OF_WRITE}."
_API: Final = "[Connect to Flipper's API](../how-to/flipper-by-api.md)"
_DATABASE: Final = "The detail has the server's own words. [PostgreSQL](../how-to/remote-state.md#postgresql)."
_FACT_OF_PEOPLE: Final = "[Who is affected](../how-to/who-is-affected.md)"

MESSAGES: Final[Mapping[str, str]] = {
    # Applying and crashes
    "Saved plan is stale": "The store or the state is no longer as the plan starts from; the detail lists what "
    "differs. Nothing was written. Plan again.",
    "Store can't be written": "The plan's store is only read by this provider. A person makes the change: "
    "[production without an API](../how-to/production-without-an-api.md).",
    "Not written": "The store refused one write of a rollback; the detail is its own. The end of the rollback says "
    "what is still up, and prints the line to try again.",
    "Toggle not verified": f"After the write, the store does not report what was planned. Plan again to see what is "
    f"true. {_OF_WRITE}.",
    "Outcome not known": "The store did not answer, so nobody knows whether the write was done. The next plan asks it. "
    f"{_OF_WRITE}.",
    "Move waits": "A move did not start: something before it failed, or was stopped.",
    "Move was in flight": f"Nothing has to be done: the store is asked what is true. {_OF_WRITE}.",
    "Moves were in flight": f"Nothing has to be done: the store is asked what is true. {_OF_WRITE}.",
    "Toggle changed meanwhile": "Somebody changed the toggle between our read and our write. Nothing of theirs was "
    "overwritten. Plan again.",
    "Two writers at once": "Somebody else changed the toggle between our read and our write. Plan again to see what "
    "it is now.",
    "Wrong command line": "An option or an argument is not known, is missing, or can't stand beside another. "
    "[Commands](cli.md).",
    # State and lease
    "State is in use": "Somebody holds the lease: the detail says who, where and since when. Wait with "
    f"`-lock-timeout=3m`; `flagstaff unlock` is for a run that hangs. {_OF_WRITE}.",
    "Lease was lost": "Nothing more was written after that. Find out who is writing now, before anything else. "
    f"{_OF_WRITE}.",
    "State is gone": "[Put the backup back](../how-to/recover-after-a-crash.md#put-the-backup-back), or let the next "
    "apply make a state from the journal; the guards are not in it.",
    "State is damaged": "[Put the backup back](../how-to/recover-after-a-crash.md#put-the-backup-back).",
    "State is not readable": "[Put the backup back](../how-to/recover-after-a-crash.md#put-the-backup-back).",
    "Journal does not fit the state": "Put the journal back from a copy. Without one: "
    "[the journal is lost](../how-to/recover-after-a-crash.md#the-journal-is-lost-for-good).",
    "Journal is damaged": "Put the journal back from a copy. Without one: "
    "[the journal is lost](../how-to/recover-after-a-crash.md#the-journal-is-lost-for-good).",
    "Invariant does not hold": "The state says two things that can't both be true; the detail says which. "
    "[Put the backup back](../how-to/recover-after-a-crash.md#put-the-backup-back).",
    "State can't be read": _DISK,
    "State can't be saved": f"{_DISK} Behind the write, what was applied is in the journal.",
    "State may not last": "The new state is in its place, but the disk did not confirm it: after a power cut the one "
    "before may be back. The journal brings it up to date.",
    "Journal can't be read": _DISK,
    "Journal can't be written": _DISK,
    "State is not accessible": "The bucket refused, or can't be reached; the detail has its own words. "
    "[S3](../how-to/remote-state.md#s3).",
    "Stop can't be asked for": "The note that asks the running apply to stop can't be put into the bucket. A rollback "
    "goes on all the same.",
    "State's database can't be reached": _DATABASE,
    "State's database connection is not secure": _DATABASE,
    "State's database is starting or stopping": f"Try again when it is up. {_DATABASE}",
    "State's database not found": f"Correct the name in the url, or make the database. {_DATABASE}",
    "State's database refused the login": f"Correct the url where it is given. {_DATABASE}",
    "State can't be pushed": "What is to be pushed does not go on from what is there; the detail lists why. "
    "[Bring a copy back](../how-to/remote-state.md#bring-a-copy-back).",
    # Credentials and stores
    "Credential can't be sent": "The token, or user and password, has a character in it that no header can carry. "
    "Look for a line end or a blank at its end.",
    "Credential not accepted": f"The token is wrong or has run out. {_API}.",
    "Not permitted": f"The token may only read: plan with it, apply with another. {_API}.",
    "Flipper not found": f"`url` ends where the API is mounted, before `/features`. {_API}.",
    "Answer is a web page": f"A log-in stands before the API, or `url` names something else. {_API}.",
    "Method not allowed": "`url` names something else than the API, or a server before it lets only reads through.",
    "Request too large": "A server before Flipper takes no body of that size. Raise its limit.",
    "Too many requests": "It was tried again, as slowly as the server asked. Wait, or lower `-parallelism`.",
    "Server error": "The server failed; its log says why. What may be repeated was tried again.",
    "Connection lost": "Look at the server and what stands before it, then run the command again.",
    "Toggle file not read": "Look at the path and its rights. Nothing was changed.",
    "Toggle file not written": "Look at the file's rights and the room on the disk, then run the command again.",
    "Incorrect attribute value": "The attribute can't have this value; the detail says what it takes. "
    "[`provider`](configuration.md#provider).",
    "Credential not allowed for this host": "A pull request could name a host of its own, so hosts are allowed outside "
    "the repository. [Allow the host](../how-to/flipper-by-api.md#allow-the-host).",
    "Request refused": "Flipper understood the request and refused it; the detail has its own words. Nothing was "
    "changed.",
    "No secure connection": "TLS failed: the certificate is not trusted, has expired, or is for another name. "
    "`ca_bundle` names the authorities to trust.",
    "Invalid provider settings": "Each attribute is right by itself, and they don't fit together; the detail says "
    "which. [`provider`](configuration.md#provider).",
    "Flag listed twice": "Two entries of the catalogue have the same name, and the later one counts. Take one out.",
    "Smoke test found differences": "What was applied stays applied. [Smoke test](../how-to/smoke-test.md).",
    "Smoke test misses toggles": "What was applied stays applied. [Smoke test](../how-to/smoke-test.md).",
    "Nothing to hand off": "No change of the plan can be made now: it has none, or they are blocked or wait for "
    "somebody.",
    # Approvals
    "Signer can't be used": "A line in `signers` can't count. Nobody could agree with it, so it is a mistake. "
    "[Have a change approved](../how-to/approvals.md).",
    "Key does not count now": "The signer's line has a `valid-after` or `valid-before`, and now is outside of it.",
    "Role is not recorded": "Only roles as they were last applied count. "
    "[Who is in a role, changes](../how-to/approvals.md#who-is-in-a-role-changes).",
    "Key can't be used": "The file is no key that ssh-keygen reads. Name the private one, or an agent's `.pub`.",
    "Not signed": "ssh-keygen's own words stand behind it: usually a wrong passphrase, or an agent that is locked.",
    "ssh-keygen did not end": "It waited for a passphrase or a touch that did not come. Run the command again.",
    "Not a role": "`-as` takes the address of a role, as in `role.medical_records_po`.",
    "Approval does not count": "[It is refused](../how-to/approvals.md#it-is-refused).",
    "Release does not count": "[It is refused](../how-to/approvals.md#it-is-refused).",
    "Release is not approved": "Nobody of the team approved this run, or who did doesn't count; the detail says why. "
    "[Reviews in GitHub](../how-to/approvals.md#reviews-in-github).",
    "GitHub can't be asked": "Approvals of the team can't be counted without it. "
    "[Reviews in GitHub](../how-to/approvals.md#reviews-in-github).",
    "ssh-keygen can't be run": "The program is there and can't be started; the detail has the system's words.",
    # Configuration
    **{
        f"Undeclared {kind}": f"No `{kind}` block has that name. Correct it (the nearest one is named), or declare it."
        for kind in ("blocker", "experience", "monitor", "product", "role", "toggle", "trigger", "variable")
    },
    "Undeclared local value": "No `locals` block has that name. Correct it (the nearest one is named), or declare it.",
    "Duplicate block": "Two blocks of one kind have the same name, or there can be only one. Rename or remove one.",
    "Text too long": "A text, or what it is made of, is larger than a configuration needs. Shorten it.",
    "Output too large": "An output is for a value, not for a file. Shorten it.",
    "Too many elements": "Expressions that go round are limited, so that no configuration takes up a runner. Use less.",
    "Moved to an undeclared toggle": "Correct `to`, or declare that toggle.",
    "Moved to itself": "Take the `moved` block out, or correct one of its addresses.",
    "Unknown key": "The map, or object, has no such key. Correct it (the nearest one is named), or use `lookup`.",
    "Unknown name": "Correct it, or write the kind of block before it, as in `toggle.allergies`.",
    "Unknown function": "Correct the name. [All functions](functions.md).",
    "Function not available": "The detail says why there is none of that name here. [All functions](functions.md).",
    "Not an address": 'An address has a kind and a name: `toggle.x`, or `toggle.x["key"]`.',
    "Curly quotes": 'Text stands in straight double quotes: `"..."`.',
    "Single quotes": 'Text stands in double quotes: `"..."`.',
    "Invalid expression": "Something else than a value, or an operator behind one, stands there.",
    "Invalid operand": "The operator can't work with a value of this type; the detail says which it takes.",
    "Dependency cycle": "A toggle needs another one that needs it, on the way that the detail names. Take one "
    "requirement, or `depends_on`, out.",
    "Toggle requires itself": "Take it out of the list.",
    "Toggle depends on itself": "Take it out of the list.",
    "Stages in a circle": "Each of these stages comes after another of them, so none can begin. Correct `after`.",
    "Moved twice": "Two `moved` blocks start from the same address. Take one out.",
    "Removed twice": "Two `removed` blocks name the same address. Take one out.",
    "Two toggles moved to one": "Two `moved` blocks end at the same address. Take one out.",
    # What people get
    "Effective share is not the percentage": f"Requirements and the store's hash decide together who gets it. "
    f"{_FACT_OF_PEOPLE}.",
    "Toggles draw related people": f"The store's hash draws related people for keys that are alike. {_FACT_OF_PEOPLE}.",
    "Testers without a prerequisite": "Make them testers of what it requires, too.",
    "Blocker completed and raised on at once": "One change completes a blocker and uses that. Look at the evidence "
    "before you approve it.",
    "Blocker completed and relied on at once": "One change completes a blocker and uses that. Look at the evidence "
    "before you approve it.",
}
