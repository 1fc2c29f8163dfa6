"""Keys in groups: by their first words, never too few in one, never needlessly many."""

from __future__ import annotations

import random

from flagstaff.config.grouping import MOST, Group, groups


def test_three_of_a_word_are_a_group_and_two_are_not():
    assert groups(["a_1", "a_2", "a_3", "b_1", "b_2"]) == (
        Group("a", ("a_1", "a_2", "a_3")),
        Group("", ("b_1", "b_2")),
    )


def test_a_group_has_the_longest_prefix_that_all_share():
    keys = ["va_online_scheduling", "va_online_scheduling_enable_OH_slots", "va_online_scheduling_use_vpg"]
    assert groups(keys) == (Group("va_online_scheduling", tuple(sorted(keys))),)


def test_words_are_told_apart_by_case_by_hyphens_and_by_dots():
    keys = ["newCheckout", "newSearch", "new-cart", "new.user"]
    assert groups(keys) == (Group("new", tuple(sorted(keys))),)


def test_words_that_differ_by_case_are_one():
    assert [group.prefix for group in groups(["MHV_a", "mhv_b", "Mhv_c"])] == ["MHV"]


def test_a_part_of_a_word_is_no_prefix():
    assert groups(["avs1", "avs2", "avs3"]) == (Group("", ("avs1", "avs2", "avs3")),)


def test_a_long_group_is_split_and_keeps_the_rest():
    long = [f"mhv_labs_{number:02}" for number in range(30)] + [f"mhv_meds_{number:02}" for number in range(20)]
    found = groups([*long, "mhv", "mhv_pilot"])
    assert [(group.prefix, len(group.keys)) for group in found] == [("mhv", 2), ("mhv_labs", 30), ("mhv_meds", 20)]


def test_one_that_no_word_splits_stays_long():
    found = groups([f"mhv_{number}" for number in range(MOST + 1)])
    assert [(group.prefix, len(group.keys)) for group in found] == [("mhv", MOST + 1)]


def test_no_key_is_lost_or_said_twice_and_the_order_is_defined():
    source = random.Random(7)
    keys = [
        "_".join(source.choice(["a", "B", "é", "", "1"]) for _ in range(source.randrange(1, 5))) for _ in range(3000)
    ]
    found = groups(keys)
    assert sorted(key for group in found for key in group.keys) == sorted(set(keys))
    source.shuffle(keys)
    assert groups(keys) == found


def test_nothing_is_no_group():
    assert groups([]) == ()
