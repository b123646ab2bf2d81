"""The benchmark of the tests reads what pytest says of the slowest."""

import suite

SAID = """\
============= slowest 20 durations =============
62.31s setup    tests/browser/test_lab.py::test_run_all[02_xor]
4.10s call     tests/a.py::test_or[a|b]

(18 durations < 0.005s hidden.  Use -vv to show these durations.)
2 passed in 66.40s (0:01:06)
"""


def test_each_of_the_slowest_is_a_row_that_says_what_took_so_long():
    assert suite.table(SAID) == [
        "| `tests/browser/test_lab.py::test_run_all[02_xor]` (what it shares with others) | 62.31 |",
        "| `tests/a.py::test_or[a/b]` | 4.10 |",
    ]
