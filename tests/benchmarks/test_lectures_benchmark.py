"""The benchmark of what lectures take tells each aim that is missed. What they take is left to the benchmark itself."""

from __future__ import annotations

import lectures as benchmark
import pytest

EMPTY = benchmark.Taken("empty", spent=0.4, opened=490.0, page=500.0, kernel=80.0, soon=6.0, rest=4.0, touches=[])
LECTURE = dict(
    name="02_xor", spent=48.0, opened=600.0, page=640.0, kernel=400.0, soon=14.0, rest=5.0, touches=[20.0, 30.0, 90.0]
)


def test_nothing_is_missed_where_every_aim_is_met():
    assert benchmark.missed(EMPTY, [benchmark.Taken(**LECTURE)]) == []


@pytest.mark.parametrize(
    "changed, told",
    [
        ({"spent": 61.0}, "02_xor: all cells take 61 s of the processor"),
        ({"page": 651.0}, "02_xor: the page takes 151 MB more than an empty one"),
        ({"kernel": 460.0}, "02_xor: the kernel takes 460 MB"),
        ({"rest": 7.0}, "02_xor: at rest 7 % of a core, an empty notebook 4 %"),
        ({"touches": [20.0, 41.0, 90.0]}, "02_xor: the first touch takes 41 ms at the median"),
    ],
)
def test_each_aim_that_is_missed_is_told(changed, told):
    assert benchmark.missed(EMPTY, [benchmark.Taken(**LECTURE | changed)]) == [told]


def test_a_row_tells_what_a_page_takes_more_than_an_empty_one():
    assert benchmark.Taken(**LECTURE).row(EMPTY) == ["02_xor", "48", "+110", "+140", "400", "14", "5", "30", "90"]
    assert EMPTY.row(EMPTY) == ["empty", "0", "+0", "+0", "80", "6", "4", "–", "–"]
