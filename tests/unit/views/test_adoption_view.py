"""What `init -from-live` says, where there is much of it."""

from __future__ import annotations

from flagstaff.config.writing import File
from flagstaff.views.adoption import Adoption, adoption_page
from flagstaff.views.look import Look


def lines(**fields):
    return adoption_page(Adoption(**fields), Look(100)).text.splitlines()


def test_long_lists_are_cut():
    known = tuple(f"known_{number:02}" for number in range(20))
    found = lines(known=known, unmanaged={f"odd_{number:02}": "why" for number in range(14)})
    assert found[found.index("  known_11") + 1] == "  and 8 more: see the comments in the files"
    assert found[found.index('  "odd_11": why') + 1] == "  and 2 more: flagstaff plan -unmanaged lists all"


def test_columns():
    found = lines(files=(File("a.hcl", "", ("x",)), File("longer.hcl", "", tuple(map(str, range(1200))))))
    assert found[:3] == ["Wrote 2 files with 1,201 toggles:", "  a.hcl           1", "  longer.hcl   1200"]


def test_nothing_to_do():
    assert lines() == [
        "No file was written: every live toggle that can be declared is declared.",
        "",
        "Next:  flagstaff plan",
    ]
