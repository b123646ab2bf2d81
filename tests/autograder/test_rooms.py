"""Imports between the folders of `autograder` run one way, and no two modules import each other, however far around."""

from __future__ import annotations

import graphlib
import re

import pytest
import rooms


@pytest.fixture(scope="module")
def graph() -> dict[str, set[str]]:
    """Which modules each module imports."""
    return rooms.imports()


def test_every_folder_has_its_place(graph):
    assert {rooms.room(module) for module in graph} == set(rooms.ORDER)


def test_a_module_imports_from_its_own_folder_or_one_below(graph):
    def height(module: str) -> int:
        return rooms.ORDER.index(rooms.room(module))

    assert not [(module, other) for module in graph for other in graph[module] if height(other) > height(module)]


def test_there_is_no_circle(graph):
    assert list(graphlib.TopologicalSorter(graph).static_order())


def test_the_untrusted_side_knows_the_wire_definitions_and_a_limit_and_nothing_else(graph):
    known = {"autograder.course.limits"}
    known |= {f"autograder.sandbox.{name}" for name in ("wire", "definitions", "records")}
    assert graph["autograder.sandbox.worker"] == known
    assert not graph["autograder.sandbox.definitions"]
    assert graph["autograder.sandbox.wire"] == {"autograder.sandbox.library", "autograder.sandbox.records"}


def test_the_picture_is_the_one_that_the_imports_draw(graph):
    assert rooms.PICTURE.read_text(encoding="utf-8") == rooms.drawn(graph), "run: python docs/rooms.py"


def test_the_page_tells_how_many_lines_have_to_be_right_to_a_hundred():
    page = (rooms.ROOT / "docs" / "grading-engine.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `autograder/(\w+)` \| about ([\d,]+) \|", page, re.MULTILINE))
    counted = rooms.trusted_lines()
    assert told.keys() == counted.keys()
    for folder, number in told.items():
        assert abs(int(number.replace(",", "")) - counted[folder]) <= 100, f"{folder} has {counted[folder]}"
    for name in set().union(*rooms.NOT_TRUSTED.values()):
        assert f"{name}.py`" in page
