"""What stands in a submitted folder is read without following links, without waiting, and only so far."""

from __future__ import annotations

import os
from datetime import datetime

import pytest
from small_course import run

from autograder.course import files, submission
from autograder.course.files import NotRegular, TooLarge, read_regular, regular_files
from autograder.course.folders import Course
from autograder.course.limits import Limits
from autograder.course.submission import read_submission
from autograder.course.timestamps import NoTimestamp, parsed, read_timestamp
from autograder.engine import scratch
from autograder.reporting.class_report import print_table, remarks_on
from autograder.reporting.progress import Bar

SECRET = "the grader's own secret"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "secret.txt").write_text(SECRET)
    made = tmp_path / "handed-in"
    made.mkdir()
    return made


class TestFiles:
    def test_a_link_is_not_followed(self, folder):
        (folder / "notes.txt").symlink_to(folder.parent / "secret.txt")
        with pytest.raises(NotRegular, match="is a link"):
            read_regular(folder / "notes.txt", 100)
        assert read_submission(folder, "eve").files == {}

    def test_a_linked_folder_is_not_entered(self, folder):
        (folder / "data").symlink_to(folder.parent)
        assert list(regular_files(folder)) == []

    @pytest.mark.timeout(10)
    def test_nobody_waits_for_a_pipe(self, folder):
        os.mkfifo(folder / "pipe.txt")
        with pytest.raises(NotRegular):
            read_regular(folder / "pipe.txt", 100)
        assert read_submission(folder, "eve").files == {}

    def test_a_file_is_read_up_to_the_limit(self, folder):
        (folder / "a").write_bytes(b"x" * 100)
        assert len(read_regular(folder / "a", 100)) == 100
        with pytest.raises(TooLarge, match="larger than 99 bytes"):
            read_regular(folder / "a", 99)

    def test_what_is_too_much_is_named_and_the_rest_is_kept(self, folder, monkeypatch):
        monkeypatch.setattr(submission, "MAX_FILES", 10)
        (folder / "a.txt").write_bytes(b"123456")
        (folder / "b.txt").write_bytes(b"123456")
        (folder / "c.txt").write_bytes(b"12")
        read = read_submission(folder, "ada")
        assert read.files == {"a.txt": b"123456", "c.txt": b"12"}
        (note,) = read.notes
        assert note.startswith("b.txt was not read")

    def test_notebooks_are_too_much_together_as_well_and_the_rest_is_kept(self, folder, monkeypatch):
        monkeypatch.setattr(submission, "MAX_NOTEBOOKS", 10)
        for name in ("a", "b", "c"):
            (folder / f"{name}.ipynb").write_bytes(b"12345678" if name < "c" else b"{}")
        read = read_submission(folder, "eve")
        assert read.notebooks == {"a": "12345678", "c": "{}"}
        assert read.notes == ("b.ipynb was not read: the notebooks handed in exceed 0 MB.",)

    def test_a_flood_of_remarks_is_cut_but_for_the_time(self, folder, monkeypatch):
        monkeypatch.setattr(submission, "MAX_FILES", 0)
        for number in range(90):
            (folder / f"{number}.txt").write_text("x")
        (folder / "timestamp.txt").write_text("never")
        notes = read_submission(folder, "eve").notes
        assert len(notes) == submission.MAX_NOTES + 2
        assert notes[-2].startswith("And 70 more") and "time of this submission is unknown" in notes[-1]

    def test_a_flood_of_files_is_cut_and_said(self, folder, monkeypatch):
        monkeypatch.setattr(files, "MAX_ENTRIES", 20)
        for number in range(30):
            (folder / f"{number}.txt").touch()
        assert "more than 20 files" in " ".join(read_submission(folder, "eve").notes)

    def test_folders_nested_without_end_are_cut_and_said(self, folder):
        deep = folder.joinpath(*["d"] * (files.MAX_NESTING + 5))
        deep.mkdir(parents=True)
        assert "nests folders too deeply" in " ".join(read_submission(folder, "eve").notes)

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not read")
    def test_what_may_not_be_read_is_named(self, folder):
        for parent in (folder, *folder.parents):
            if parent.owner() == "root" and "pytest" in str(parent):
                parent.chmod(0o755)
        (folder / "ps.ipynb").write_text("{}")
        (folder / "ps.ipynb").chmod(0)
        os.seteuid(65534)
        try:
            read = read_submission(folder, "eve")
        finally:
            os.seteuid(0)
        assert read.notebooks == {} and read.notes == ("ps.ipynb was not read: Permission denied.",)

    def test_a_byte_order_mark_is_no_part_of_the_text(self, folder):
        (folder / "ps.ipynb").write_bytes(b"\xef\xbb\xbf{}")
        assert read_submission(folder, "ada").notebooks == {"ps": "{}"}


class TestNames:
    """The name of a student's folder may be whatever a learning platform, or a zip, made of it."""

    def test_every_name_that_a_gradebook_can_hold_is_a_students(self, course):
        names = {"a\nb", "\x1b[31mred", "=1+1", "-rf", "[a-z]", " sp "}
        for name in names:
            course.submit(name)
        assert Course(course.root).submissions("ps").keys() == names

    def test_a_name_that_no_gradebook_can_hold_stops_nobody_and_is_told(self, course):
        course.submit("ada")
        odd = os.fsdecode(b"M\xfcller")
        (course.root / "submitted" / odd / "ps").mkdir(parents=True)
        found = Course(course.root)
        assert found.submissions("ps").keys() == {"ada"}
        assert [folder.parent.name for folder in found.misnamed("ps")] == [odd]
        data = {"assignment": "ps", "submissions": [], "missing": [], "due": None}
        (line,) = remarks_on(found, data)
        assert "not graded, since its name is not in UTF-8" in line and line.encode()

    def test_where_names_are_not_read_as_utf8_the_terminal_is_to_be_changed(self, course, monkeypatch):
        (course.root / "submitted" / os.fsdecode(b"Zo\xc3\xab\xff") / "ps").mkdir(parents=True)
        monkeypatch.setattr("sys.getfilesystemencoding", lambda: "ascii")
        data = {"assignment": "ps", "submissions": [], "missing": [], "due": None}
        (line,) = remarks_on(Course(course.root), data)
        assert "names are read as ascii here; grade again with LC_ALL=C.UTF-8" in line

    def test_no_name_paints_the_terminal_or_adds_a_line(self, capsys):
        row = {"score": 0.0, "late_penalty": 0.0, "seconds": 1.0, "cells": [], "notes": []}
        names = ["\x1b[31mred", "a\nb", "\u202eevil", "\x9b31m"]
        print_table({"unsafe": False, "submissions": [row | {"student": name} for name in names]})
        with Bar(4, "feedback") as bar:
            for name in names:
                bar._told = 0.0
                bar.step(name)
            bar.say("".join(names))
        said = capsys.readouterr().out
        assert all(character.isprintable() or character == "\n" for character in said)
        assert len(said.strip().split("\n")) == 1 + 4 + 1 + 4 + 1


class TestScratch:
    """What a submission hides in its scratch folder, where that is not of a fixed size."""

    @staticmethod
    def excess(folder) -> str:
        return scratch.excess(folder, -1, Limits(scratch=1 << 20), 0)

    def test_what_lies_beyond_the_longest_path_is_not_overlooked(self, folder):
        before = os.getcwd()
        try:
            os.chdir(folder)
            for _ in range(20):
                os.mkdir("d" * 250)
                os.chdir("d" * 250)
            with open("big", "wb") as file:
                file.truncate(2 << 20)
        finally:
            os.chdir(before)
        assert self.excess(folder) == "it nested folders too deeply"
        scratch.remove(folder)
        assert not folder.exists()

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not read")
    def test_a_shut_folder_is_not_overlooked(self, folder):
        for parent in (folder, *folder.parents):
            if parent.owner() == "root" and "pytest" in str(parent):
                parent.chmod(0o755)
        (folder / "shut").mkdir()
        (folder / "shut").chmod(0o311)  # whoever knows a name in it can write it
        assert self.excess(folder) == ""
        os.seteuid(65534)
        try:
            assert self.excess(folder) == "it closed a folder, so that nobody can see its content"
        finally:
            os.seteuid(0)

    def test_a_folder_that_ends_meanwhile_is_no_excess(self, folder):
        assert self.excess(folder / "gone") == ""


class TestTimestamps:
    @pytest.mark.parametrize(
        "text, hour",
        [
            ("2026-03-02 12:00:00 UTC", 12),
            ("2026-03-02 12:00:00.000001 UTC", 12),
            ("2026-03-02 12:00:00", 12),
            ("2026-03-02 12:00:00 +0200", 10),
            ("2026-03-02 12:00:00 Europe/Berlin", 11),
            ("2026-03-02T12:00:00Z", 12),
            ("2026-03-02T12:00:00+02:00", 10),
        ],
    )
    def test_what_nbgrader_and_people_write_is_read(self, folder, text, hour):
        (folder / "timestamp.txt").write_text(f"{text}\n")
        assert read_timestamp(folder).replace(microsecond=0) == datetime(2026, 3, 2, hour)

    @pytest.mark.parametrize(
        "text",
        [
            "0001-01-01 00:00:00 +1400",
            "9" * 30 + "m",
            "9" * 30 + ":" + "9" * 30,
            "9999-12-31 23:59:59 -1400",
            "yesterday, I think",
            "2026-03-02 12:00:00 ../../etc/passwd",
            "2026-03-02 12:00:00 Europe",
            "2026-03-02 12:00:00 /etc/localtime",
            "1" * 90,
            "1" * 5000,
            "2026-03-02 12:00:00 +99:99",
            "99999999999999-01-01 00:00:00 UTC",
            "2026-03-02T12:00:00 BRST",
            "10:00 BRST",
            "2026-03-02T12:00:00 XYZ",
        ],
    )
    @pytest.mark.filterwarnings("error")  # it would stand in the instructor's terminal
    def test_anything_else_is_an_error_that_names_the_file(self, folder, text):
        (folder / "timestamp.txt").write_text(text)
        with pytest.raises(NoTimestamp, match=r"timestamp\.txt"):
            read_timestamp(folder)

    def test_bytes_that_are_no_text_are_too(self, folder):
        (folder / "timestamp.txt").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(NoTimestamp):
            read_timestamp(folder)

    def test_a_link_says_nothing_of_what_it_points_to(self, folder):
        (folder / "timestamp.txt").symlink_to(folder.parent / "secret.txt")
        with pytest.raises(NoTimestamp) as error:
            read_timestamp(folder)
        assert SECRET not in str(error.value)

    def test_none_and_empty_are_no_time(self, folder):
        assert read_timestamp(folder) is None
        (folder / "timestamp.txt").touch()
        assert read_timestamp(folder) is None

    def test_the_years_of_a_gradebook(self):
        with pytest.raises(ValueError):
            parsed("1969-12-31 23:59:59 UTC")


def test_a_class_is_graded_whatever_stands_beside_the_notebooks(course, tmp_path):
    """Through the front door: one hostile folder of each kind, and an honest one."""
    course.submit("ada")
    outside = tmp_path / "outside.txt"
    outside.write_text(SECRET)
    for student, (name, make) in {
        "link": ("timestamp.txt", lambda path: path.symlink_to(outside)),
        "pipe": ("timestamp.txt", os.mkfifo),
        "ages": ("timestamp.txt", lambda path: path.write_text("0001-01-01 00:00:00 +1400")),
        "secret": ("submission_secret.txt", lambda path: path.symlink_to(outside)),
        "folder": ("timestamp.txt", os.mkdir),
    }.items():
        make(course.submit(student) / name)
    config = course.root / "nbgrader_config.py"
    before = config.read_text()
    through = course.submit("through", name="other")
    (through / "ps.ipynb").symlink_to(config)
    for _ in range(2):
        done = course.autograder("grade", "ps", "--json", tmp_path / "class.json")
        assert done.returncode == 0, done.stderr
    assert "unchanged" in done.stdout
    assert done.stdout.count(" 3.0") >= 7, done.stdout
    assert config.read_text() == before
    for made in [*(course.root / "autograded").rglob("*"), *(course.root / "feedback").rglob("*")]:
        assert not made.is_symlink() and (made.is_dir() or SECRET not in made.read_text(errors="replace"))


def test_a_course_that_students_code_could_read_is_refused(course, monkeypatch):
    """Through the real slot: a package of the course that lies above it, as an installation in place can have it."""
    (course.root / "nbgrader_config.py").write_text(
        (course.root / "nbgrader_config.py").read_text() + "c.Autograder.packages = ['holds_the_course']\n"
    )
    (course.root.parent / "__init__.py").touch()
    named = course.root.parent.parent / "holds_the_course"
    named.symlink_to(course.root.parent)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(named.parent), os.environ.get("PYTHONPATH", "")]))
    course.submit("ada")
    done = course.autograder("grade", "ps")
    assert done.returncode != 0 and "move the course out of that folder" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr


def test_nbgraders_own_command_writes_through_no_link(course):
    config = course.root / "nbgrader_config.py"
    before = config.read_text()
    (course.submit("eve", name="other") / "ps.ipynb").symlink_to(config)
    run("nbgrader", "autograde", "ps", cwd=course.root)
    assert config.read_text() == before
