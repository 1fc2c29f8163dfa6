"""Exposures: exact, ordered, strict."""

import pytest

from flagstaff.model.exposure import ALL_ACTORS, OFF, ON, Exposure


@pytest.mark.parametrize("text", ["0", "5", "0.001", "12.5", "99.999", "100", "on"])
def test_what_is_encoded_is_read_again(text):
    assert Exposure.parse(text).encode() == text


@pytest.mark.parametrize("text", ["", "abc", "-1", "100.001", "0.0001", "NaN", "Infinity", "-Infinity", "sNaN", "off"])
def test_garbage_is_a_value_error(text):
    with pytest.raises(ValueError, match="is not an exposure"):
        Exposure.parse(text)


def test_they_are_ordered():
    levels = [OFF, Exposure.parse("0.001"), Exposure.parse("5"), ALL_ACTORS, ON]
    shuffled = [levels[i] for i in (3, 0, 4, 2, 1)]
    assert sorted(shuffled) == levels
    assert (OFF.is_off, ON.is_on, ALL_ACTORS.is_on) == (True, True, False)


def test_on_counts_as_100_in_sums():
    assert (ON.points, str(ON), ON.percent) == (100_000, "on", 100)
    assert str(Exposure.parse("5.50")) == "5.5 %"


def test_a_level_outside_is_refused():
    with pytest.raises(ValueError, match=r"outside 0..100001"):
        Exposure(100_002)
