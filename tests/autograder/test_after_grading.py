"""What changes after a class was graded, and who is not in it: deadlines, questions, people, files elsewhere."""

import json
import shutil
import unicodedata
from datetime import timedelta

import nbformat
import pytest
from nbformat import v4
from nbgrader.api import Gradebook
from small_course import CONFIG, RIGHT, meta, run, small_notebook

from autograder.course.assignment import read_assignment
from autograder.course.converting import generate_assignment
from autograder.course.errors import CourseError
from autograder.course.folders import Course
from autograder.course.submission import Submission, find_notebook, read_submission
from autograder.grading.gradebook import GradebookWriter
from autograder.grading.questions import follow_source
from autograder.reporting.answers import questions_of
from autograder.reporting.class_report import class_data, remarks_on
from autograder.reporting.exports import canvas, export, moodle, remarks, table

# -- deadlines ---------------------------------------------------------------------------------------


@pytest.fixture
def late(course):
    """Ann and Bob handed in a day late, where late work scores nothing; no penalty is calculated yet."""
    config = course.root / "nbgrader_config.py"
    config.write_text(CONFIG + "c.LateSubmissionPlugin.penalty_method = 'zero'\n")
    with book_of(course) as book:
        book.update_or_create_assignment("ps", duedate="2026-03-02 12:00:00 UTC")
        for student in ("ann", "bob"):
            book.add_student(student)
            row = book.add_submission("ps", student, timestamp="2026-03-03 12:00:00 UTC")
            grade = book.find_grade("test_double", "ps", "ps", student)
            grade.auto_score, row.notebooks[0].late_submission_penalty = 3.0, None
        book.db.commit()
    return course


def book_of(course) -> Gradebook:
    return Gradebook(Course(course.root).db_url)


def penalties_after(course) -> tuple[list[str], list[float]]:
    """Calculates the penalties as the next run does; returns whose changed, and the penalties of Ann and Bob."""
    of = Course(course.root)
    with GradebookWriter(of, of.assignment("ps")) as writer:
        changed = writer.recalculate_penalties(["ann", "bob", "nobody"])
    with book_of(course) as book:
        rows = [book.find_submission("ps", student).notebooks[0] for student in ("ann", "bob")]
        return changed, [row.late_submission_penalty or 0.0 for row in rows]


def test_a_deadline_that_is_moved_takes_the_penalty_of_graded_work_with_it(late):
    assert penalties_after(late) == (["ann", "bob"], [3.0, 3.0])
    with book_of(late) as book:
        book.update_or_create_assignment("ps", duedate="2026-03-04 12:00:00 UTC")
    assert penalties_after(late) == (["ann", "bob"], [0.0, 0.0])
    with book_of(late) as book:
        book.update_or_create_assignment("ps", duedate="2026-03-01 12:00:00 UTC")
    assert penalties_after(late) == (["ann", "bob"], [3.0, 3.0])
    with book_of(late) as book:
        book.find_assignment("ps").duedate = None
        book.db.commit()
    assert penalties_after(late) == (["ann", "bob"], [0.0, 0.0])


def test_an_extension_counts_for_the_one_who_has_it(late):
    with book_of(late) as book:
        book.find_submission("ps", "bob").extension = timedelta(days=2)
        book.db.commit()
    assert penalties_after(late) == (["ann"], [3.0, 0.0])


def test_the_table_of_extensions_counts_before_and_after_grading(late):
    table = late.root / "extensions.csv"
    table.write_text("\ufeffstudent; assignment; until\nbob; ps; 2026-03-03 14:00 Europe/Paris\nann;other;2027-01-01\n")
    assert penalties_after(late) == (["ann"], [3.0, 0.0])  # Bob's hour ends at 13:00 UTC, and he handed in at 12:00
    table.write_text("student,assignment,until\nbob,ps,2026-03-03 12:30 +01:00\n")
    assert penalties_after(late) == (["bob"], [3.0, 3.0])
    table.unlink()
    assert penalties_after(late) == ([], [3.0, 3.0])  # the gradebook keeps the last one, as one given there


def test_who_has_an_extension_is_told_apart_among_those_who_handed_in_nothing(late):
    with book_of(late) as book:
        book.add_student("cem")
    (late.root / "extensions.csv").write_text("student,assignment,until\ncem,ps,2030-01-01\nbbo,ps,2030-01-01\n")
    of = Course(late.root)
    said = remarks_on(of, class_data(of, "ps"))
    assert "nothing handed in by cem (extended to 2030-01-01 00:00 UTC)" in said
    assert "extensions.csv: there are no students called bbo" in said
    with book_of(late) as book:
        book.find_assignment("ps").duedate = None
        book.db.commit()
    assert "ps has no deadline" in remarks_on(of, class_data(of, "ps"))[-1]


@pytest.mark.parametrize(
    "text, what",
    [("student,assignment\nbob,ps\n", "no column 'until'"), ("", "no column 'student'"),
     ("student,assignment,until\nbob,ps,soon\n", "line 2: 'soon' is not a time"),
     ("student,assignment,until\nbob,ps\n", "line 2: '' is not a time"),
     ("student,assignment,until\n,ps,2030-01-01\n", "line 2: no student"),
     ("student,assignment,until\nbob,ps,2030-01-01\nbob,ps,2030-01-02\n", "line 3: bob has two extensions")],
)  # fmt: skip
def test_a_table_of_extensions_that_is_none_is_refused_by_its_line(course, text, what):
    (course.root / "extensions.csv").write_text(text)
    with pytest.raises(CourseError, match=what):
        penalties_after(course)


def test_a_persons_score_and_extra_credit_on_late_work_are_in_the_penalty(late):
    penalties_after(late)
    with book_of(late) as book:
        book.find_grade("why", "ps", "ps", "ann").manual_score = 2.0
        book.find_grade("test_double", "ps", "ps", "bob").extra_credit = 0.5
        book.db.commit()
    assert penalties_after(late) == (["ann", "bob"], [5.0, 3.5])


def test_another_late_rule_is_applied_to_what_is_graded(late):
    penalties_after(late)
    (late.root / "nbgrader_config.py").write_text(CONFIG)
    assert penalties_after(late) == (["ann", "bob"], [0.0, 0.0])


def test_nothing_is_said_where_nothing_changed(late):
    penalties_after(late)
    assert penalties_after(late)[0] == []


# -- questions ---------------------------------------------------------------------------------------


@pytest.fixture
def graded(course):
    """Ann's test was scored, and a person gave points for the answer in words."""
    with book_of(course) as book:
        book.add_student("ann")
        book.add_submission("ps", "ann")
        book.find_grade("test_double", "ps", "ps", "ann").auto_score = 3.0
        book.find_grade("why", "ps", "ps", "ann").manual_score = 1.5
        book.find_comment("why", "ps", "ps", "ann").manual_comment = "Well put."
        book.db.commit()
    return course


def rewrite(course, change) -> Course:
    nb = small_notebook()
    change(nb.cells)
    nbformat.write(nb, course.root / "source" / "ps" / "ps.ipynb")
    return Course(course.root)


def scores(course) -> dict[str, tuple[float | None, float | None]]:
    with book_of(course) as book:
        row = book.find_submission("ps", "ann").notebooks[0]
        return {grade.name: (grade.auto_score, grade.manual_score) for grade in row.grades}


def test_a_question_that_is_dropped_after_grading_leaves_the_others_their_scores(graded):
    of = rewrite(graded, lambda cells: cells.pop(2))
    assert follow_source(of, of.assignment("ps")) == ["dropped ps/test_double from the gradebook"]
    assert scores(graded) == {"why": (None, 1.5)}
    assert graded.autograder("release", "ps").returncode == 0
    assert scores(graded) == {"why": (None, 1.5)}


def test_what_a_person_gave_for_a_dropped_question_is_taken_away_by_name_only_and_kept(graded):
    of = rewrite(graded, lambda cells: cells.pop(3))
    with pytest.raises(CourseError, match="--drop why"):
        follow_source(of, of.assignment("ps"))
    assert scores(graded)["why"] == (None, 1.5)
    assert "dropped ps/why from the gradebook" in follow_source(of, of.assignment("ps"), ["why"])
    assert scores(graded) == {"test_double": (3.0, None)}
    (kept,) = (graded.root / ".autograder").glob("dropped-ps-*.json")
    said = json.loads(kept.read_text())["why"]
    assert {"student": "ann", "score": 1.5, "extra_credit": None} in said
    assert {"student": "ann", "comment": "Well put."} in said


def test_a_question_that_is_added_after_grading_has_a_place_in_every_submission(graded):
    more = v4.new_code_cell("assert double(0) == 0", metadata=meta("test_zero", 4, grade=True), id="zero")
    of = rewrite(graded, lambda cells: cells.append(more))
    assert follow_source(of, of.assignment("ps")) == ["added ps/test_zero to the gradebook"]
    assert scores(graded) == {"test_double": (3.0, None), "why": (None, 1.5), "test_zero": (None, None)}
    assert follow_source(of, of.assignment("ps")) == []


def test_a_notebook_that_is_added_after_grading_is_added_and_one_that_is_gone_is_asked_for(graded):
    second = small_notebook()
    for cell in second.cells[1:]:
        cell.metadata["nbgrader"]["grade_id"] += "_2"
    nbformat.write(second, graded.root / "source" / "ps" / "second.ipynb")
    of = Course(graded.root)
    assert follow_source(of, of.assignment("ps")) == ["added second.ipynb to the gradebook"]
    with book_of(graded) as book:
        assert [row.name for row in book.find_submission("ps", "ann").notebooks] == ["ps", "second"]
    (graded.root / "source" / "ps" / "second.ipynb").unlink()
    of = Course(graded.root)
    with pytest.raises(CourseError, match="second.ipynb is gone"):
        follow_source(of, of.assignment("ps"))


def test_what_a_person_gave_goes_with_a_question_that_is_renamed(graded):
    def change(cells):
        cells[2].metadata["nbgrader"]["grade_id"], cells[3].metadata["nbgrader"]["grade_id"] = "test_twice", "reason"

    of = rewrite(graded, change)
    with pytest.raises(CourseError, match=r"--rename why=.*--drop why"):
        follow_source(of, of.assignment("ps"))
    for wrong in ({"why": "nothing"}, {"nothing": "reason"}, {"double": "reason"}):
        with pytest.raises(CourseError, match="--rename"):
            follow_source(of, of.assignment("ps"), renamed=wrong)
    said = follow_source(of, of.assignment("ps"), renamed={"why": "reason"})
    assert (
        "ps/why is now called reason in the gradebook" in said and "dropped ps/test_double from the gradebook" in said
    )
    assert scores(graded) == {"test_twice": (None, None), "reason": (None, 1.5)}
    with book_of(graded) as book:
        assert book.find_comment("reason", "ps", "ps", "ann").manual_comment == "Well put."
    assert follow_source(of, of.assignment("ps")) == []


def test_what_a_person_gave_stays_where_an_answer_becomes_a_task_and_back(graded):
    def to_task(cells):
        cells[3].metadata["nbgrader"] |= {"task": True, "grade": False, "solution": False, "locked": True}
        cells[3].source = "Say why."

    for change in (to_task, lambda cells: None):
        of = rewrite(graded, change)
        assert follow_source(of, of.assignment("ps")) == ["ps/why is now a question of another kind in the gradebook"]
        assert scores(graded) == {"test_double": (3.0, None), "why": (None, 1.5)}
        with book_of(graded) as book:
            assert book.find_comment("why", "ps", "ps", "ann").manual_comment == "Well put."


@pytest.mark.parametrize("command", [("autograder", "grade"), ("nbgrader", "autograde")], ids=" ".join)
def test_a_task_that_a_person_graded_is_not_to_be_graded_again_and_an_answer_is(course, command):
    """As with nbgrader: autograding leaves what is noted of a task alone."""

    def with_task(cells):
        task = meta("draw", 4)["nbgrader"] | {"task": True, "locked": True}
        cells.append(v4.new_markdown_cell("Draw it.", metadata={"nbgrader": task}, id="draw"))

    rewrite(course, with_task)
    assert run("nbgrader", "generate_assignment", "ps", "--force", cwd=course.root).returncode == 0
    folder = course.submit("ann")
    handed_in = nbformat.read(folder / "ps.ipynb", as_version=4)
    handed_in.cells[3].source = "Since it is so."
    nbformat.write(handed_in, folder / "ps.ipynb")

    def graded() -> dict[str, bool]:
        done = run(*command, "ps", "--force", cwd=course.root)
        assert done.returncode == 0, done.stdout + done.stderr
        with book_of(course) as book:
            grades = {name: book.find_grade(name, "ps", "ps", "ann") for name in ("test_double", "why", "draw")}
            waiting = {name: grade.needs_manual_grade for name, grade in grades.items()}
            assert book.find_comment("draw", "ps", "ps", "ann").auto_comment is None
            for name in ("why", "draw"):
                grades[name].manual_score, grades[name].needs_manual_grade = 1.5, False
            book.db.commit()
        return waiting

    assert graded() == {"test_double": False, "why": True, "draw": True}
    assert graded() == {"test_double": False, "why": True, "draw": False}


def test_where_an_answer_becomes_a_test_the_points_stay_and_comments_are_asked_for(graded):
    def to_test(cells):
        cells[3] = v4.new_code_cell("assert double(5) == 10", metadata=meta("why", 2, grade=True), id="why")

    of = rewrite(graded, to_test)
    with pytest.raises(CourseError, match="--drop why"):
        follow_source(of, of.assignment("ps"))
    follow_source(of, of.assignment("ps"), ["why"])
    assert scores(graded) == {"test_double": (3.0, None), "why": (None, 1.5)}


def test_before_anybody_handed_in_the_gradebook_is_nbgraders_to_change(course):
    of = rewrite(course, lambda cells: cells.pop(3))
    assert follow_source(of, of.assignment("ps")) == []


# -- where the work is -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("source")
    nbformat.write(small_notebook(), folder / "ps.ipynb")
    return read_assignment(folder, "ps").notebooks[0]


def text(source, code: str | None = None, answer: str | None = None) -> str:
    nb = v4.new_notebook()
    for cell in source.cells:
        make = v4.new_code_cell if cell.cell_type == "code" else v4.new_markdown_cell
        nb.cells.append(make(cell.release, metadata=cell.metadata))
    nb.cells[1].source = code or nb.cells[1].source
    nb.cells[3].source = answer or nb.cells[3].source
    return nbformat.writes(nb)


@pytest.mark.parametrize(
    "path",
    ["ps.ipynb", "PS.IPYNB", "ps.ipynb.json", "ps.ipynb.txt", "my work.ipynb", "ps/ps.ipynb", "a/b/ps (1).ipynb.txt"],
)
def test_a_notebook_is_found_under_the_names_that_browsers_and_zips_give(source, tmp_path, path):
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text("\ufeff" + text(source, RIGHT), encoding="utf-8")
    found = find_notebook(source, read_submission(tmp_path, "ann"))
    assert found and "return 2 * x" in found.text and not found.others


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_notebook_with_a_byte_order_mark_is_read(source, tmp_path, encoding):
    (tmp_path / "ps.ipynb").write_text(text(source, RIGHT), encoding=encoding)
    assert "return 2 * x" in find_notebook(source, read_submission(tmp_path, "ann")).text


def test_a_link_in_a_submission_is_named(tmp_path):
    (tmp_path / "ps.ipynb").symlink_to(tmp_path / "elsewhere")
    assert read_submission(tmp_path, "ann").notes == ("ps.ipynb was not read: it is a link.",)


@pytest.mark.parametrize("path", ["__MACOSX/ps.ipynb", "._ps.ipynb", ".ipynb_checkpoints/ps.ipynb", "notes.json"])
def test_what_systems_leave_beside_a_notebook_is_none(source, tmp_path, path):
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(text(source, RIGHT))
    assert find_notebook(source, read_submission(tmp_path, "ann")) is None


@pytest.mark.parametrize("copy", ["ps (1)", "ps-Copy1", "ps/ps.ipynb", "ps.ipynb.txt"])
def test_an_untouched_notebook_gives_way_to_a_copy_that_was_worked_on(source, copy):
    notebooks = {"ps": text(source), copy: text(source, answer="It doubles.")}
    found = find_notebook(source, Submission("ann", notebooks))
    assert found.name == copy and found.others == ()


def test_of_two_that_were_worked_on_the_one_of_the_right_name_counts_and_the_other_is_named(source):
    notebooks = {"ps": text(source, RIGHT), "ps (1)": text(source, RIGHT, "Because.")}
    found = find_notebook(source, Submission("ann", notebooks))
    assert found.name == "ps" and found.others == ("ps (1)",)
    notebooks["old"] = text(source)
    assert find_notebook(source, Submission("ann", notebooks)) == found
    same = {"ps": notebooks["ps"], "copy": notebooks["ps"]}
    assert find_notebook(source, Submission("ann", same)).others == ()


def test_a_copy_that_cannot_be_read_takes_nobodys_place(source):
    found = find_notebook(source, Submission("ann", {"ps": text(source), "ps (1)": text(source, RIGHT)[:-40]}))
    assert found.name == "ps"


def test_a_notebook_stands_for_no_other_of_the_assignment_that_has_cells_of_the_same_names(tmp_path):
    for name in ("part1", "part2"):
        nbformat.write(small_notebook(), tmp_path / f"{name}.ipynb")
    first, second = read_assignment(tmp_path, "ps").notebooks
    both = Submission("ann", {"part1": text(first, RIGHT), "part2": text(second, RIGHT, "Because.")})
    assert find_notebook(first, both) == ("part1", both.notebooks["part1"], ())
    assert find_notebook(second, Submission("ann", {"part1": both.notebooks["part1"]})) is None
    assert find_notebook(second, Submission("ann", {"part1": "{}", "x": text(second, RIGHT)})).name == "x"


def test_a_time_that_cannot_be_read_is_told(tmp_path):
    (tmp_path / "timestamp.txt").write_text("vorgestern")
    assert "timestamp.txt" in " ".join(read_submission(tmp_path, "ann").notes)


# -- who is not there --------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["Übung 2.zip", "übung-2", unicodedata.normalize("NFD", "Übung 2"), "Übung２"])
def test_a_folder_whose_name_is_nearly_that_of_the_assignment_is_named(folder, tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    (tmp_path / "submitted" / "ada" / folder).mkdir(parents=True)
    assert Course(tmp_path).astray("Übung 2") == {"ada": [folder]}


def test_where_the_notebook_is_missing_it_is_told_what_was_handed_in(course):
    folder = course.root / "submitted" / "ann" / "ps"
    folder.mkdir(parents=True)
    (folder / "Abgabe.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    (folder / "notes.txt").write_text("see the zip")
    said = course.autograder("grade", "ps", "--no-feedback").stdout
    assert "ps.ipynb is missing from the submission. There is Abgabe.zip, notes.txt. Unpack the archive" in said


def test_whose_submission_is_gone_since_it_was_graded_is_named_and_keeps_the_score(course):
    for student in ("ann", "bob"):
        course.submit(student)
    assert "no longer in" not in course.autograder("grade", "ps", "--no-feedback").stdout
    shutil.rmtree(course.root / "submitted" / "bob")
    done = course.autograder("grade", "ps", "--no-feedback", "--json", str(course.root / "out.json"))
    assert done.returncode == 0, done.stderr
    assert "note: graded before, but no longer in 'submitted': bob; the gradebook keeps their scores" in done.stdout
    data = json.loads((course.root / "out.json").read_text())
    assert (data["gone"], [row["student"] for row in data["submissions"]]) == (["bob"], ["ann"])
    assert "no longer in" not in course.autograder("grade", "ps", "--no-feedback", "--student", "ann").stdout
    with book_of(course) as book:
        assert book.find_submission("ps", "bob").score > 0
    assert course.autograder("report", "ps").returncode == 0
    page = (course.root / "reports" / "ps.html").read_text()
    assert "bob" in page.partition("no longer among the submissions")[2].partition("</section>")[0]


def test_whoever_handed_in_nothing_is_named_wherever_the_class_is(course):
    with book_of(course) as book:
        for student in ("ann", "bob", "cleo"):
            book.add_student(student, first_name=student.title(), last_name="X", lms_user_id="7")
    course.submit("ann")
    for student, left in (("bob", "PS/ps.ipynb"), ("cleo", "ps.ipynb")):
        path = course.root / "submitted" / student / left
        path.parent.mkdir(parents=True)
        path.write_text("{}")
    done = course.autograder("grade", "ps", "--json", str(course.root / "out.json"))
    assert "nothing handed in by bob, cleo" in done.stdout, done.stdout + done.stderr
    assert "bob: no folder 'ps', but PS" in done.stdout and "cleo: no folder 'ps', but ps.ipynb" in done.stdout
    data = json.loads((course.root / "out.json").read_text())
    assert [person["student"] for person in data["missing"]] == ["bob", "cleo"]
    done = course.autograder("report", "ps")
    assert done.returncode == 0, done.stderr
    page = (course.root / "reports" / "ps.html").read_text()
    assert "Nothing handed in" in page and "cleo" in page

    of = Course(course.root)
    _, data = export(of, "ps", "csv", course.root / "out.csv")
    assert [row[2] for row in table(data)] == ["student_id", "ann", "bob", "cleo"]
    assert table(data)[2][6:10] == ["0", "0", "0", "5"]
    assert canvas(data)[3] == ["X, Bob", "7", "", "bob", "", ""]
    assert moodle(data)[2] == ["Bob", "X", "bob", "7", "", "", ""]
    assert any("bob, cleo" in line for line in remarks(data))
    assert remarks_on(of, class_data(of, "ps"), "c*")[0].startswith("cleo: no folder")


def test_the_heading_of_a_column_is_given_by_option_or_setting(course):
    with book_of(course) as book:
        book.add_student("ann")
        book.add_submission("ps", "ann")
    of = Course(course.root)
    assert canvas(export(of, "ps", "canvas", course.root / "a.csv")[1])[0][-1] == "ps"
    _, data = export(of, "ps", "canvas", course.root / "a.csv", column="Week 2 (48213)")
    assert canvas(data)[0][-1] == "Week 2 (48213)"
    (course.root / "nbgrader_config.py").write_text(CONFIG + "c.Autograder.columns = {'ps': 'Sheet 2 (7)'}\n")
    of = Course(course.root)
    assert canvas(export(of, "ps", "canvas", course.root / "a.csv")[1])[0][-1] == "Sheet 2 (7)"
    assert moodle(export(of, "ps", "moodle", course.root / "a.csv")[1])[0][-2] == "Sheet 2 (7) (Real)"


def test_a_gradebook_in_the_courses_file_is_meant_from_the_course_and_one_of_a_command_from_its_folder(
    course, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert Course(course.root, db_url="sqlite:///term.db").gradebook_file == tmp_path / "term.db"
    (course.root / "nbgrader_config.py").write_text(CONFIG + "c.CourseDirectory.db_url = 'sqlite:///term.db'\n")
    (course.root / "gradebook.db").rename(course.root / "term.db")
    of = Course(course.root)
    assert of.gradebook_file == course.root / "term.db"
    assert generate_assignment(of, "ps").is_dir(), "nbgrader's own converter has the same one"
    with of.gradebook("ps") as book:
        assert [assignment.name for assignment in book.assignments] == ["ps"]
    assert not (tmp_path / "term.db").exists()


UNUSABLE = {  # address -> what is said
    "postgresql+psycopg://ann:secret@127.0.0.1:1/grades": "cannot be read or written",
    "sqlite:////no/such/folder/grades.db": "no gradebook /no/such/folder/grades.db",
    "nosuchproduct://ann:secret@here/grades": "cannot be read or written",
    "grades.db": "the address of the gradebook cannot be read",
    "oracle://ann:secret@here/grades": "needs a package that is not installed",
}


@pytest.mark.parametrize("address", UNUSABLE)
def test_a_gradebook_that_cannot_be_used_is_told_in_a_sentence_without_its_password(course, address):
    (course.root / "nbgrader_config.py").write_text(CONFIG + "c.CourseDirectory.course_id = 'grades'\n")
    reads = (
        lambda of: class_data(of, "ps"),
        lambda of: questions_of(of, "ps"),
        lambda of: follow_source(of, of.assignment("ps")),
        lambda of: GradebookWriter(of, of.assignment("ps")),
    )
    for read in reads:
        with pytest.raises(CourseError, match=UNUSABLE[address]) as said:
            read(Course(course.root, db_url=address))
        assert "secret" not in str(said.value)
        assert len(str(said.value).splitlines()) == 1


def test_who_reads_a_gradebook_that_is_not_there_makes_none(course):
    (course.root / "gradebook.db").unlink()
    for command in (("report",), ("export", "--to", "csv"), ("answers", "--no-browser")):
        done = course.autograder(command[0], "ps", *command[1:])
        assert done.returncode == 1
        assert "there is no gradebook" in done.stderr
    assert not (course.root / "gradebook.db").exists()


def test_export_reads_the_gradebook_that_it_is_told(course):
    other = course.root / "other.db"
    (course.root / "gradebook.db").rename(other)
    with Gradebook(f"sqlite:///{other}") as book:
        book.add_student("ann")
        book.add_submission("ps", "ann")
    done = course.autograder("export", "ps", "--to", "csv", "--db", f"sqlite:///{other}")
    assert done.returncode == 0, done.stderr
    assert "ann" in (course.root / "exports" / "ps.csv").read_text()
    assert not (course.root / "gradebook.db").exists()


@pytest.mark.parametrize("body", ["    import os\n    os.fork()", "    open('/etc/passwd')"])
def test_code_that_the_sandbox_stops_is_told_what_to_change(course, body):
    course.submit("ann", f"def double(x):\n{body}\n    return 2 * x")
    course.autograder("grade", "ps", "--json", str(course.root / "out.json"), "--no-feedback")
    (row,) = json.loads((course.root / "out.json").read_text())["submissions"]
    message = next(cell["message"] for cell in row["cells"] if cell["cell"] == "test_double")
    assert "num_workers=0" in message and "beside the notebook" in message


def test_a_command_of_the_shell_is_not_run_and_sinks_no_cell(course):
    code = "!pip install torch\n%pip install torch\nfiles = !ls\nprint(len(files))\n" + RIGHT
    course.submit("ann", code)
    course.autograder("grade", "ps", "--json", str(course.root / "out.json"), "--no-feedback")
    (row,) = json.loads((course.root / "out.json").read_text())["submissions"]
    assert next(cell["score"] for cell in row["cells"] if cell["cell"] == "test_double") == 3
    assert "not run" in (course.root / "autograded" / "ann" / "ps" / "ps.ipynb").read_text()
