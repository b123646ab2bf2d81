"""What stands in a submitted folder is read without following links, without waiting, and only so far."""

from __future__ import annotations

import os
from datetime import datetime

import pytest
from small_course import run

from autograder.course import files, submission
from autograder.course.files import NotRegular, TooLarge, read_regular, regular_files
from autograder.course.submission import read_submission
from autograder.course.timestamps import NoTimestamp, parsed, read_timestamp

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
        assert read.notes == ("b.ipynb was not read: the notebooks handed in hold more than 0 MB.",)

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
