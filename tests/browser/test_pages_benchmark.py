"""The benchmark of the site tells each aim that is missed. How fast pages are is left to the benchmark itself."""

from __future__ import annotations

import pages as benchmark
import pytest


def lecture(**changed: object) -> benchmark.Lecture:
    """What meets every aim, but for what is changed."""
    met = dict(name="02_xor", size=8_700_000, usable=300.0, pictures=[2.0, None, 16.0])
    return benchmark.Lecture(**met | dict(drags=[40.0, None, 60.0], kept=[0.9, None, 1.0]) | changed)


def test_nothing_is_missed_where_every_aim_is_met():
    assert benchmark.missed([lecture()]) == []


@pytest.mark.parametrize(
    "changed, told",
    [
        ({"usable": 1100.0}, "02_xor: usable after 1100 ms"),
        ({"pictures": [2.0, None, 18.0]}, "02_xor, 3: 18 ms at the median"),
        ({"still": ["3 by finger"]}, "02_xor: picture 3 by finger does not move"),
        ({"errors": ["failed: file:///a.webp"]}, "02_xor: failed: file:///a.webp"),
    ],
)
def test_each_aim_that_is_missed_is_told(changed, told):
    assert benchmark.missed([lecture(**changed)]) == [told]


def test_a_row_counts_the_pictures_that_have_a_slider():
    assert lecture().row() == ["02_xor", "8.7", "300", "3", "9.0", "16.0", "2 of 2", "50", "95%"]
