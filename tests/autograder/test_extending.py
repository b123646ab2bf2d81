"""Packages that are installed beside the grader add exporters and detectors by their entry points."""

from __future__ import annotations

import importlib
import os
import re
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
from small_course import ROOT, SmallCourse, run

from autograder.course.errors import CourseError
from autograder.judging import explain as explainer
from autograder.judging.explain import explain
from autograder.reporting import exports

PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
EXPORTER, DETECTOR = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
DATA = {
    "assignment": "ps1",
    "submissions": [
        {"student": "ada", "score": 5.0, "late_penalty": 1.0},
        {"student": "bob", "score": 2.0, "late_penalty": 0},
    ],
}


def install(folder: Path, module: str, source: str, entry_points: str) -> None:
    """Puts a distribution of one module into a folder, as pip lays it out."""
    (folder / f"{module}.py").write_text(source, encoding="utf-8")
    about = folder / f"{module}-0.1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 0.1.0\n")
    (about / "entry_points.txt").write_text(entry_points)


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """A folder on Python's path; what detectors are installed is looked up anew."""
    folder = tmp_path / "packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    before = set(sys.modules)
    explainer.added.cache_clear()
    yield folder
    explainer.added.cache_clear()
    for name in set(sys.modules) - before:
        del sys.modules[name]
    importlib.invalidate_caches()


def written(tmp_path: Path, to: str) -> str:
    ending, write = exports._format(to)
    write(tmp_path / f"ps1{ending}", DATA)
    return (tmp_path / f"ps1{ending}").read_text(encoding="utf-8")


class TestExporters:
    def test_the_page_s_exporter_writes_a_table(self, packages, tmp_path):
        install(packages, "for_school", EXPORTER, "[autograder.exporters]\nschool = for_school:school\n")
        assert written(tmp_path, "school").splitlines() == ["login,ps1", "ada,4.0", "bob,2.0"]
        assert (tmp_path / "ps1-school.csv").exists()

    @pytest.mark.parametrize("made, content", [("'<grades/>'", "<grades/>"), ("'Ł'.encode()", "Ł")])
    def test_text_and_bytes_are_written_as_they_are_under_a_name_of_the_exporter_s_ending(
        self, packages, tmp_path, made, content
    ):
        source = f"def xml(data):\n    return {made}\n\n\nxml.ending = '.xml'\n"
        install(packages, "for_xml", source, "[autograder.exporters]\nxml = for_xml:xml\n")
        assert written(tmp_path, "xml") == content and (tmp_path / "ps1-xml.xml").exists()

    def test_a_format_that_nobody_has_is_refused_with_those_that_there_are(self, packages):
        install(packages, "for_school", EXPORTER, "[autograder.exporters]\nschool = for_school:school\n")
        with pytest.raises(CourseError, match="no such format; there are canvas, .*csv, .*school"):
            exports._format("blackboard")

    def test_an_exporter_that_cannot_be_loaded_or_fails_is_named(self, packages, tmp_path):
        install(packages, "broken", "def fails(data):\n    return data['no such key']\n",
                "[autograder.exporters]\nabsent = broken:absent\nfails = broken:fails\n")  # fmt: skip
        with pytest.raises(CourseError, match="broken:absent cannot be loaded"):
            exports._format("absent")
        with pytest.raises(CourseError, match="broken:fails failed: KeyError"):
            written(tmp_path, "fails")

    def test_the_grader_s_own_formats_cannot_be_replaced(self, packages):
        install(packages, "cuckoo", EXPORTER, "[autograder.exporters]\ncsv = cuckoo:school\n")
        assert exports._format("csv") is exports.FORMATS["csv"]


class TestDetectors:
    def test_the_page_s_detector_is_asked_before_the_grader_s_own(self, packages):
        right = np.array([280.0, 300.0, 310.5])
        assert "Celsius" not in explain(right - 273.15, right)
        install(packages, "temperatures", DETECTOR, "[autograder.detectors]\ncelsius = temperatures:celsius\n")
        explainer.added.cache_clear()
        assert "degrees Celsius" in explain(right - 273.15, right)
        assert "Celsius" not in explain(2 * right, right)
        assert explain(right, right) is None

    @pytest.mark.parametrize("body", ["raise ValueError('x')", "return 3", "return case.nothing_of_the_kind"])
    def test_one_that_raises_or_says_no_words_recognises_nothing(self, packages, body):
        words = explain(np.array([1.0, 2.0]), np.array([-1.0, -2.0]))
        install(packages, "poor", f"def poor(case):\n    {body}\n", "[autograder.detectors]\npoor = poor:poor\n")
        explainer.added.cache_clear()
        assert explain(np.array([1.0, 2.0]), np.array([-1.0, -2.0])) == words

    def test_one_that_cannot_be_loaded_is_left_out_with_a_warning(self, monkeypatch):
        missing = EntryPoint("missing", "no_such_module:detector", explainer.DETECTORS)
        monkeypatch.setattr(explainer, "entry_points", lambda group: [missing])
        explainer.added.cache_clear()
        with pytest.warns(UserWarning, match="missing = no_such_module:detector cannot be loaded"):
            assert explainer.added() == ()
        explainer.added.cache_clear()


@pytest.mark.slow
def test_a_class_is_graded_and_exported_with_what_a_package_adds(course: SmallCourse, tmp_path, monkeypatch):
    folder = tmp_path / "packages"
    folder.mkdir()
    points = "[autograder.exporters]\nschool = ours:school\n[autograder.detectors]\ncelsius = ours:celsius\n"
    install(folder, "ours", EXPORTER + "\n\n" + DETECTOR, points)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]))
    course.submit("ada")
    course.submit("cold", "def double(x):\n    return 2 * x - 273.15")
    graded = run("autograder", "grade", "ps", "--json", "ps.json", "--no-feedback", cwd=course.root)
    assert graded.returncode == 0, graded.stderr
    assert "degrees Celsius" in (course.root / "ps.json").read_text(encoding="utf-8")
    exported = run("autograder", "export", "ps", "--to", "school", cwd=course.root)
    assert exported.returncode == 0, exported.stderr
    assert "ada,3.0" in (course.root / "exports" / "ps-school.csv").read_text(encoding="utf-8")
