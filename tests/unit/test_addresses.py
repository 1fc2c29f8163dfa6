"""Addresses: parse, print, order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagstaff.addresses import Address, AddressError

NAMES = st.from_regex(r"\A[^\W\d][\w-]*\Z")
INDEXES = st.none() | st.integers(min_value=0) | st.text()
ADDRESSES = st.builds(Address, st.from_regex(r"\A[a-z_]+\Z"), NAMES, INDEXES)


@given(ADDRESSES)
def test_what_is_printed_is_parsed_back(address: Address) -> None:
    assert Address.parse(str(address)) == address


@given(ADDRESSES, ADDRESSES)
def test_of_two_addresses_exactly_one_is_first_unless_they_are_equal(left: Address, right: Address) -> None:
    assert [left < right, left == right, right < left].count(True) == 1


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("toggle.allergies", Address("toggle", "allergies")),
        ("toggle.sites[0]", Address("toggle", "sites", 0)),
        ('toggle.sites["653"]', Address("toggle", "sites", "653")),
        (r'toggle.sites["a \"b\""]', Address("toggle", "sites", 'a "b"')),
        ("medical_role.po-2", Address("medical_role", "po-2")),
        ("toggle.été", Address("toggle", "été")),
    ],
)
def test_parse(text: str, address: Address) -> None:
    assert Address.parse(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "allergies",
        "toggle.",
        "toggle.1st",
        "Toggle.allergies",
        "toggle.sites[]",
        "toggle.sites[-1]",
        "toggle.sites['653']",
        "toggle.allergies ",
        "toggle.allergies\n",
        "toggle.allergies.key",
    ],
)
def test_what_is_not_an_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(AddressError) as caught:
        Address.parse(text)
    assert str(caught.value) == (f'"{text}" is not an address; one looks like toggle.allergies or toggle.site["653"]')


def test_a_non_ascii_index_is_printed_as_it_is() -> None:
    assert str(Address("toggle", "site", "Orléans")) == 'toggle.site["Orléans"]'


def test_order_is_kind_name_then_none_numbers_texts() -> None:
    ordered = [
        Address("product", "z"),
        Address("toggle", "a"),
        Address("toggle", "a", 2),
        Address("toggle", "a", 10),
        Address("toggle", "a", "10"),
        Address("toggle", "a", "2"),
        Address("toggle", "b"),
    ]
    assert sorted(set(ordered)) == ordered


def test_block_and_instance() -> None:
    block = Address("toggle", "site")
    assert block.instance("653") == Address("toggle", "site", "653")
    assert block.instance("653").block == block
    assert block.block is block
