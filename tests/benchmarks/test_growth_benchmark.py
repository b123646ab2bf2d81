"""The benchmark of very large classes compares the first part of a class with the last."""

import growth


def way(name: str, last_seconds: float = 0.05, last_memory: float = 115.0) -> growth.Way:
    parts = growth.PARTS - 1
    return growth.Way(name, [0.05] * parts + [last_seconds], [115.0] * parts + [last_memory], 0.01, {"a question": 2.0})


def test_what_grows_is_named():
    assert way("here").grown() == []
    assert way("here", last_seconds=0.1).grown() == ["here: 2.00 times the seconds"]
    assert way("here", last_memory=230.0).grown() == ["here: 2.00 times the memory"]


def test_the_table_has_a_row_for_each_part_and_each_question():
    table = growth.told([way("here"), way("there")], 10_000)
    assert "| 1,000 | 0.0500 | 115 | 0.0500 | 115 |" in table and "| 10,000 |" in table
    assert "| a question, s | 2.0 | 2.0 |" in table
