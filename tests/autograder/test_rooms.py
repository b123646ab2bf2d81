"""Imports between the folders of `autograder` run one way, and no two modules import each other, however far around."""

from __future__ import annotations

import graphlib
import re

import pytest
import rooms

GRAPH = rooms.imports()


def test_every_folder_has_its_place():
    assert {rooms.room(module) for module in GRAPH} == set(rooms.ORDER)


@pytest.mark.parametrize("module", sorted(GRAPH))
def test_a_module_imports_from_its_own_folder_or_one_below(module):
    place = rooms.ORDER.index(rooms.room(module))
    above = {other for other in GRAPH[module] if rooms.ORDER.index(rooms.room(other)) > place}
    assert not above


def test_there_is_no_circle():
    assert list(graphlib.TopologicalSorter(GRAPH).static_order())


def test_the_untrusted_side_knows_the_wire_definitions_and_a_limit_and_nothing_else():
    known = {"autograder.course.limits"}
    known |= {f"autograder.sandbox.{name}" for name in ("wire", "definitions", "records")}
    assert GRAPH["autograder.sandbox.worker"] == known
    assert not GRAPH["autograder.sandbox.definitions"]
    assert GRAPH["autograder.sandbox.wire"] == {"autograder.sandbox.library", "autograder.sandbox.records"}


def test_the_picture_is_the_one_that_the_imports_draw():
    assert rooms.PICTURE.read_text(encoding="utf-8") == rooms.drawn(GRAPH), "run: python docs/rooms.py"


def test_the_page_tells_how_many_lines_have_to_be_right_to_a_hundred():
    page = (rooms.ROOT / "docs" / "grading-engine.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `autograder/(\w+)` \| about ([\d,]+) \|", page, re.MULTILINE))
    counted = rooms.trusted_lines()
    assert told.keys() == counted.keys()
    for folder, number in told.items():
        assert abs(int(number.replace(",", "")) - counted[folder]) <= 100, f"{folder} has {counted[folder]}"
    for name in set().union(*rooms.NOT_TRUSTED.values()):
        assert f"{name}.py`" in page
