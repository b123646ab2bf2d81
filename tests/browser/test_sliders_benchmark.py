"""The benchmark of live pictures measures what it says. How fast they are is left to the benchmark itself."""

from __future__ import annotations

import pytest
import sliders

pytestmark = pytest.mark.slow  # whole sites, clusters and servers are started


def test_it_sees_both_decision_fields_follow_keys_and_a_drag():
    try:
        ours, usual = sliders.run([], presses=4, tell=lambda _: None)
    except FileNotFoundError as missing:
        pytest.skip(str(missing))
    assert (ours.name, usual.name) == (sliders.OURS, sliders.USUAL)
    for seen in (ours, usual):
        assert len(seen.presses) == len(seen.kernel) == 4
        assert min(seen.kernel) > 0 and min(seen.presses) > 0
        assert seen.rate is None or seen.rate >= 0  # a machine may be too slow to pass enough values,
    assert ours.rate is None or ours.rate > 0  # and the usual picture too slow to change once while they pass
    assert ours.left == ours.blanks == 0
    assert not any(usual.ahead)


@pytest.fixture
def results():
    """What meets every aim."""
    return [
        sliders.Measured(name, [ms] * 3, [ms / 2] * 3, [False] * 3, rate)
        for name, ms, rate in [(sliders.OURS, 30.0, 20), (sliders.USUAL, 120.0, 5), ("a lecture, 1", 50.0, 16)]
    ]


def test_nothing_is_missed_where_every_aim_is_met(results):
    assert sliders.missed(results) == []


@pytest.mark.parametrize(
    "which, attribute, value, told",
    [
        (0, "presses", [41.0] * 3, "41 ms at the median"),
        (1, "presses", [100.0] * 3, "3.3 times faster"),
        (2, "rate", 9, "9 pictures per second"),
        (2, "left", 1, "1 left behind"),
        (2, "blanks", 2, "blank in 2 frames"),
        (2, "presses", [], "no key changes the picture"),
    ],
)
def test_each_aim_that_is_missed_is_told(results, which, attribute, value, told):
    setattr(results[which], attribute, value)
    assert any(told in line for line in sliders.missed(results))


def test_its_section_of_the_page_is_replaced_and_the_others_stay(results, tmp_path):
    page = tmp_path / "benchmarks.md"
    page.write_text("# Benchmarks\n\n## Training\n\nfast\n")
    sliders.store(results, "first", page)
    page.write_text(page.read_text() + "\n## Grading\n\nfaster\n")
    sliders.store(results, "second", page)
    text = page.read_text()
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## Training", "## Live pictures", "## Grading"
    ]  # fmt: skip
    assert "first" not in text and "second" in text and "| a lecture, 1 | 50 | 50 | 0% | 25 | 16 |" in text
