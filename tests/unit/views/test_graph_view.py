"""DOT and Mermaid: a title of somebody's stays in its label, and acts on nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flagstaff.addresses import Address
from flagstaff.model.configuration import Product
from flagstaff.testing.building import desired, toggle
from flagstaff.views.graph import dot, mermaid

TITLE = 'x"]\n  click t0 "javascript:alert(1)"\r\n%%{init}\u202e\x1b[31m<b>'


@pytest.mark.parametrize("write", [dot, mermaid])
def test_a_title_of_several_lines_stays_in_its_label(write):
    product = Address("product", "p")
    config = desired(toggle("a", product=product), products={product: Product(product, TITLE)})
    lines = write(config).split("\n")
    assert len(lines) == len(write(replace(config, products={product: Product(product, "P")})).split("\n"))
    assert all(line.isprintable() for line in lines)
    assert sum("click t0" in line for line in lines) == 1
    assert "\\u202e" in "".join(lines)
