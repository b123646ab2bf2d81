"""nbgrader's configuration is followed, or what is not is named; a course may have its files where it wants."""

import copy
import importlib.util
import json
import pkgutil
import shutil
import stat
from fnmatch import fnmatchcase
from pathlib import Path

import nbformat
import nbgrader
import pytest
from nbconvert.preprocessors import Preprocessor
from nbformat import v4
from nbgrader.api import Gradebook
from nbgrader.preprocessors import LockCells
from nbgrader.utils import find_all_files
from small_course import CONFIG, RIGHT, ROOT, SmallCourse, meta, run, small_notebook
from traitlets.config import Config, Configurable

from autograder.course import nbgraders
from autograder.course.assignment import Assignment, read_files
from autograder.course.converting import generate_assignment
from autograder.course.errors import CourseError
from autograder.course.folders import Autograder, Course
from autograder.course.starting import begin_course

OWN = """
c.CourseDirectory.root = "alles"
c.CourseDirectory.directory_structure = "{nbgrader_step}/{assignment_id}/{student_id}"
c.CourseDirectory.source_directory = "unterlagen"
c.CourseDirectory.ignore = ["*.geheim", "musterlösung", "__pycache__"]
c.CourseDirectory.groupshared = True
c.CourseDirectory.student_id = "a*"
c.IncludeHeaderFooter.header = "kopf.ipynb"
c.Execute.timeout = 7
c.Autograde.post_convert_hook = print
c.Autograder.packages = ["hilfen"]
c.Autograder.readable = ["daten"]
c.AssignLatePenalties.enabled = False
c.LateSubmissionPlugin.penalty_method = "zero"
c.Execute.skip_cells_with_tag = "nicht"
"""
AUTOTESTS = """
python3:
    setup: "from hashlib import sha1"
    hash: 'sha1({{snippet}}.encode("utf-8")+b"{{salt}}").hexdigest()'
    dispatch: "type({{snippet}})"
    normalize: "str({{snippet}})"
    check: 'assert {{snippet}} == "{{value}}", "{{message}}"'
    success: "print('ok')"
    templates:
        default:
            - test: "{{snippet}}"
              fail: "the value is another"
"""
USES = """def double(x):
    import hilfen
    with open({data!r}) as file:
        return hilfen.times(int(file.read()), x)"""


def notebook(data):
    """A notebook that needs its header, a package and a data folder, and has cells that are no Python, or not run."""
    nb = small_notebook()
    body = USES.format(data=str(data)).replace("    import", "    ### BEGIN SOLUTION\n    import", 1)
    nb.cells[0].source = "%config InlineBackend.figure_format = 'svg'"
    nb.cells[1].source = body + "\n    ### END SOLUTION"
    nb.cells.append(v4.new_code_cell("this is what a typing error looks like: 1 +", id="broken"))
    query = meta("query", 1, grade=True, solution=True)
    nb.cells.append(v4.new_code_cell("### BEGIN SOLUTION\nselect 1\n### END SOLUTION", metadata=query, id="query"))
    nb.cells.insert(2, v4.new_code_cell("double = None", metadata={"tags": ["nicht"]}, id="not-run"))
    return nb


def autotested():
    """A notebook whose test nbgrader makes from the reference."""
    nb = small_notebook()
    solution = "### BEGIN SOLUTION\ndef half(x):\n    return x / 2\n### END SOLUTION"
    nb.cells = [
        v4.new_code_cell(solution, metadata=meta("half", solution=True), id="half"),
        v4.new_code_cell("### AUTOTEST half(5)", metadata=meta("test_auto", 1, grade=True), id="auto"),
    ]
    return nb


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A course with a layout of its own, verified, released, and graded for those whose ids begin with a."""
    course = SmallCourse(tmp_path_factory.mktemp("own"))
    root = course.root
    source = root / "alles" / "unterlagen" / "ps" / "."
    (source / "musterlösung").mkdir(parents=True)
    for folder in ("hilfen", "daten"):
        (root / folder).mkdir()
    (root / "nbgrader_config.py").write_text(CONFIG.replace("c.Autograder.cell_seconds = 20.0\n", "") + OWN)
    (root / "alles" / "autotests.yml").write_text(AUTOTESTS)
    (root / "hilfen" / "__init__.py").write_text("def times(a, b):\n    return a * b\n")
    (root / "daten" / "zwei.txt").write_text("2")
    header = v4.new_notebook(cells=[v4.new_code_cell("import numpy as np", id="kopf")])
    nbformat.write(header, root / "alles" / "kopf.ipynb")
    nbformat.write(notebook(root / "daten" / "zwei.txt"), source / "ps.ipynb")
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell("1 +", id="l")]), source / "lesen.ipynb")
    nbformat.write(autotested(), source / "zweites.ipynb")
    (source / "musterlösung" / "ps.py").write_text(RIGHT)
    (source / "notizen.geheim").write_text("?")
    (source / "tabelle.csv").write_text("1,2")
    course.verified = course.autograder("verify", "ps", "--jobs", "1")
    course.released = course.autograder("release", "ps")
    assert course.released.returncode == 0, course.released.stdout + course.released.stderr
    for student in ("anna", "ben"):
        folder = root / "alles" / "submitted" / "ps" / student
        shutil.copytree(root / "alles" / "release" / "ps", folder)
        nb = nbformat.read(folder / "ps.ipynb", as_version=4)
        cell = next(c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "double")
        cell.source = USES.format(data=str(root / "daten" / "zwei.txt"))
        nbformat.write(nb, folder / "ps.ipynb")
        nb = nbformat.read(folder / "zweites.ipynb", as_version=4)
        cell = next(c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "half")
        cell.source = "def half(x):\n    return 0.5 * x"
        nbformat.write(nb, folder / "zweites.ipynb")
        (folder / "timestamp.txt").write_text("2030-01-02 00:00:00 UTC")
    with Gradebook(f"sqlite:///{root}/alles/gradebook.db") as book:
        book.update_or_create_assignment("ps", duedate="2030-01-01 00:00:00 UTC")
    (root / "alles" / "submitted" / "ps" / "anna" / "lesen.ipynb").unlink()
    course.done = course.autograder("grade", "ps", "--jobs", "1", "--json", str(root / "out.json"))
    assert course.done.returncode == 0, course.done.stdout + course.done.stderr
    return course


def test_a_course_with_its_own_layout_is_verified_on_trial_elsewhere(own):
    assert "ok   the reference scores full marks" in own.verified.stdout, own.verified.stdout + own.verified.stderr
    assert "ok   the release leaks nothing" in own.verified.stdout


def test_header_package_data_and_autotest_are_there_for_the_student(own):
    (row,) = json.loads((own.root / "out.json").read_text())["submissions"]
    scores = {cell["cell"]: cell["score"] for cell in row["cells"]}
    assert row["student"] == "anna" and scores["test_double"] == 3 and scores["test_auto"] == 1


def test_what_is_to_be_answered_in_another_language_waits_for_a_person(own):
    (row,) = json.loads((own.root / "out.json").read_text())["submissions"]
    (query,) = (cell for cell in row["cells"] if cell["cell"] == "query")
    assert query["outcome"] == "not_attempted" and query["max_score"] == 1


def test_a_step_that_the_configuration_leaves_out_is_left_out(own):
    (row,) = json.loads((own.root / "out.json").read_text())["submissions"]
    assert row["late_penalty"] == 0


def test_files_that_are_ignored_lie_beside_no_submission(own):
    files = read_files(own.root / "alles/unterlagen/ps", ["*.geheim", "musterlösung"])
    assert files == {"tabelle.csv": b"1,2"}
    assert Course(own.root).assignment("ps").files == files
    names = {path.name for path in (own.root / "alles" / "autograded" / "ps" / "anna").iterdir()}
    assert "tabelle.csv" in names and not names & {"musterlösung", "notizen.geheim"}


def test_a_notebook_to_be_read_is_no_reason_to_refuse_and_nobody_has_to_hand_it_in(own):
    assert (own.root / "alles" / "release" / "ps" / "lesen.ipynb").is_file()
    assert "lesen" not in own.done.stdout.replace("lesen.ipynb to the gradebook", "")


def test_a_shared_course_may_be_written_by_its_group(own):
    folder = own.root / "alles" / "autograded" / "ps" / "anna"
    assert stat.S_IMODE((folder / "ps.ipynb").stat().st_mode) == 0o664
    assert stat.S_IMODE(folder.stat().st_mode) & 0o2770 == 0o2770


PATTERNS = ["*.csv", "raw*", "data/raw*", "private/", ".ipynb_checkpoints", "__pycache__", "*.pyc", "feedback"]
BESIDE = """a.csv .b.csv c.CSV raw1 data/raw2 data/kept.txt data/rawer/d.txt private/e.txt f.ipynb data/g.ipynb
.ipynb_checkpoints/h.py raw.d/i/j.txt .raw2 .hidden/k.txt x.csv.txt feedback/l.html""".split()


def test_the_files_of_an_assignment_are_those_that_nbgrader_copies(tmp_path):
    folder = tmp_path / "ps"
    for name in BESIDE:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "table.txt").write_text("of a link")
    (folder / "linked.txt").symlink_to("../shared/table.txt")
    (folder / "linked").symlink_to("../shared")
    files = read_files(folder, PATTERNS)
    assert {*files} == {str(Path(it).relative_to(folder)) for it in find_all_files(folder, [*PATTERNS, "*.ipynb"])}
    assert files["linked.txt"] == b"of a link" and files[".b.csv"] == b".b.csv"
    handed_in = {name: b"" for name in BESIDE if not name.endswith(".ipynb")}
    _, taken = Assignment("ps", (), ignore=tuple(PATTERNS)).files_beside(handed_in)
    assert {*taken} == {*files} - {"linked.txt"}


def test_an_assignment_whose_own_name_is_ignored_has_no_files_as_with_nbgrader_and_is_named(tmp_path):
    folder = tmp_path / "source" / "feedback"
    folder.mkdir(parents=True)
    nbformat.write(small_notebook(), folder / "ps.ipynb")
    (folder / "table.csv").write_text("1,2")
    (tmp_path / "nbgrader_config.py").write_text(CONFIG)
    course = Course(tmp_path)
    assert find_all_files(str(folder), [*course.folders.ignore, "*.ipynb"]) == []
    assignment = course.assignment("feedback")
    assert assignment.files_beside({"table.csv": b"", "data/more.csv": b""}) == ({}, {})
    (line,) = (line for line in course.notes if "ignore" in line)
    assert "a pattern matches 'feedback' itself" in line and "rename the folder" in line


def test_a_pattern_that_matches_no_name_is_named(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text(CONFIG + "c.CourseDirectory.ignore.extend(['data/raw*', '*.csv'])\n")
    (line,) = (line for line in Course(tmp_path).notes if "ignore" in line)
    assert "'data/raw*' matches nothing" in line and "write 'raw*'" in line


def test_a_file_that_is_ignored_lies_beside_no_submission_that_has_it(course):
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write("c.CourseDirectory.ignore.append('*.csv')\n")
    code = "import os\ndef double(x):\n    return 2 * x if os.path.exists('b.txt') > os.path.exists('a.csv') else x"
    folder = course.submit("ada", code)
    for name in ("a.csv", "b.txt"):
        (folder / name).write_text("1")
    done = course.autograder("grade", "ps", "--json", str(course.root / "out.json"))
    assert done.returncode == 0, done.stderr
    (row,) = json.loads((course.root / "out.json").read_text())["submissions"]
    assert {cell["cell"]: cell["score"] for cell in row["cells"]}["test_double"] == 3
    names = {path.name for path in (course.root / "autograded" / "ada" / "ps").iterdir()}
    assert "b.txt" in names and "a.csv" not in names


@pytest.mark.parametrize("option", ["lock_solution_cells", "lock_grade_cells", "lock_readonly_cells", "lock_all_cells"])
def test_cells_of_a_release_are_locked_as_the_configuration_says(tmp_path, option):
    course = SmallCourse(tmp_path / "course")
    course.write()
    usual, elsewhere = LockCells(), Config({"LockCells": {option: not getattr(LockCells(), option)}})

    def locked(config, name):
        folder = generate_assignment(Course(course.root, config), "ps", tmp_path / name)
        cells = nbformat.read(folder / "ps.ipynb", as_version=4).cells
        return [[cell.metadata.get(key) for key in ("deletable", "editable")] for cell in cells]

    source = nbformat.read(course.root / "source" / "ps" / "ps.ipynb", as_version=4)
    for step, config, name in ((usual, Config(), "usual"), (LockCells(config=elsewhere), elsewhere, "other")):
        expected, _ = step(copy.deepcopy(source), {})
        wanted = [[cell.metadata.get(key) for key in ("deletable", "editable")] for cell in expected.cells]
        (tmp_path / name).mkdir()
        assert locked(config, name) == wanted


def test_a_setting_that_hands_out_solutions_is_named_as_the_cause(tmp_path):
    course = SmallCourse(tmp_path / "course")
    course.write()
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write("c.ClearSolutions.enabled = False\n")
    done = course.autograder("release", "ps")
    (line,) = (line for line in done.stdout.splitlines() if "FAIL the release leaks nothing" in line)
    assert "c.ClearSolutions.enabled = False releases solutions: remove it" in line and done.returncode
    assert "hidden tests" not in line
    steps = Config({"GenerateAssignment": {"preprocessors": ["nbgrader.preprocessors.ClearHiddenTests", LockCells]}})
    said = "; ".join(nbgraders.steps_left_out(steps))
    assert "lacks ClearSolutions" in said and "lacks ClearMarkScheme" in said and "ClearHiddenTests" not in said
    assert nbgraders.steps_left_out(Config()) == []


def test_what_has_no_effect_is_named_with_what_to_do(own):
    assert "note: c.Autograde.post_convert_hook has no effect here" in own.done.stdout
    for section, option, instead in nbgraders.NOTES:
        config = Config({section: {option: 5}})
        assert any(f"c.{section}.{option}" in line and instead in line for line in nbgraders.not_followed(config))
    assert nbgraders.not_followed(Config()) == []


def test_nbgraders_time_of_a_cell_counts_unless_ours_is_set(own):
    assert Course(own.root).settings.limits.cell_seconds == 7
    config = Config({"Execute": {"timeout": 7}, "Autograder": {"cell_seconds": 9.0}})
    assert Course(own.root, config).settings.limits.cell_seconds == 9


@pytest.mark.parametrize("path", ["alles", "alles/unterlagen/ps", ".", "alles/submitted"])
def test_no_setting_opens_the_course_itself_to_students(own, path):
    with pytest.raises(CourseError, match="not theirs"):
        _ = Course(own.root, Config({"CourseDirectory": {"root": "alles", "source_directory": "unterlagen"},
                                     "Autograder": {"readable": [path]}})).readable  # fmt: skip


def test_a_package_that_is_nowhere_is_named(tmp_path):
    course = SmallCourse(tmp_path / "course")
    course.write()
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + "c.Autograder.packages = ['gibtsnicht']\n")
    done = course.autograder("verify", "ps")
    assert "Traceback" not in done.stderr and "'gibtsnicht'" in done.stderr


def test_an_option_of_a_wrong_type_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text(CONFIG + "c.Autograder.memory_mb = 'much'\n")
    done = run("autograder", "doctor", "--course", tmp_path)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "nbgrader_config.py" in done.stderr and "'memory_mb'" in done.stderr and "'much'" in done.stderr


def patterns():
    """The options of the tables, as patterns of ``Section.option``; a name without a dot is a whole section."""
    for names in (name for name, _ in (*nbgraders.FOLLOWED, *nbgraders.ELSEWHERE)):
        section = ""
        for name in names.split(", "):
            before, dot, option = name.rpartition(".")
            section = before if dot else section
            yield name if dot else f"{section}.{option}" if section else f"{option}.*"
    yield from (f"{it}.{option}" for name, option, _ in nbgraders.NOTES for it in nbgraders.sections_of(name))
    yield from (f"{section}.enabled" for section in nbgraders.NOT_LEFT_OUT)


def sections():
    """Every class of nbgrader's that has options, whichever command knows of it."""
    for module in pkgutil.walk_packages(nbgrader.__path__, "nbgrader."):
        if not {"tests", "__main__", "alembic", "docs"}.intersection(module.name.split(".")):
            importlib.import_module(module.name)
    found = [Configurable]
    for section in found:
        found += (it for it in section.__subclasses__() if it not in found)
    return [section for section in found if section.__module__.startswith("nbgrader")]


def test_every_option_of_nbgraders_is_in_one_of_the_tables():
    known = [*patterns()]
    for section in sections():
        options = {*section.class_own_traits(config=True)} - {"log_level"}
        if issubclass(section, Preprocessor):  # nbconvert's and nbclient's options are nbgrader's, too
            options = {*section.class_traits(config=True)} - {"remove_metadata_fields"}  # when a release is made
        for option in options:
            name = f"{section.__name__}.{option}"
            assert any(fnmatchcase(name, it) for it in known), f"{name} is in no table of course/nbgraders.py"


def test_an_option_may_be_set_for_the_class_that_another_is_derived_from():
    config = Config({"BaseConverter": {"permissions": 640, "post_convert_hook": print}})
    config.ExecutePreprocessor.kernel_name = "other"
    config.NbGraderPreprocessor.enabled = False
    assert nbgraders.setting(config, "Autograde", "permissions") == 640
    config.Autograde.permissions = 644
    assert nbgraders.setting(config, "Autograde", "permissions") == 644
    said = "\n".join(nbgraders.not_followed(config))
    for name in ("c.BaseConverter.post_convert_hook", "c.ExecutePreprocessor.kernel_name", "c.OverwriteCells.enabled"):
        assert name in said


def test_options_of_older_versions_count_as_with_nbgrader(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text(
        "c = get_config()\nc.NbGrader.submitted_directory = 'abgaben'\nc.BasicConfig.db_url = 'sqlite:///alt.db'\n"
        "c.BaseNbConvertApp.permissions = 600\nc.Exchange.course_id = 'kurs'\n"
    )
    course = Course(tmp_path)
    assert course.path("submitted", "ann", "ps") == tmp_path / "abgaben" / "ann" / "ps"
    assert course.gradebook_file == tmp_path / "alt.db" and course.folders.course_id == "kurs"
    assert nbgraders.setting(course.config, "Autograde", "permissions") == 600
    assert not nbgraders.is_outdated(course.config) and not nbgraders.is_outdated(
        Config({"NbGrader": {"logfile": "x"}})
    )


def test_steps_and_layouts_of_a_courses_own_are_named(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text(
        CONFIG + "class Mine:\n    pass\n"
        "c.Autograde.sanitize_preprocessors = ['nbgrader.preprocessors.ClearOutput', 'ours.Spellcheck']\n"
        "c.Autograde.autograde_preprocessors = [*nbgrader_plugin.PREPROCESSORS, Mine]\n"
        "c.HTMLExporter.exclude_input = True\n"
    )
    course = Course(tmp_path)
    said = "\n".join(course.notes)
    assert "ours.Spellcheck has no effect" in said and "Mine has no effect" in said and "PROTECTED" not in said
    assert "c.HTMLExporter.exclude_input has no effect" in said and "ClearOutput" not in said
    config = Config()
    config.Autograde.autograde_preprocessors.append("ours.Spellcheck")
    assert "ours.Spellcheck has no effect" in "\n".join(nbgraders.not_followed(config))
    assert not nbgraders.protected(config)


def test_a_misspelt_option_or_section_is_named_with_the_nearest(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text(
        CONFIG + "c.Autograder.readabel = ['data']\nc.CourseDirectory.ignor.append('x')\n"
        "c.autograder.packages = ['x']\nc.CourseDirectroy.course_id = 'x'\nc.ClearSolutions.nothing_like_it = 1\n"
    )
    done = run("autograder", "doctor", "--course", tmp_path)
    assert done.stderr == ""
    for wrong, right in [
        ("c.Autograder.readabel", "c.Autograder.readable?"),
        ("c.CourseDirectory.ignor", "c.CourseDirectory.ignore?"),
        ("c.autograder", "c.Autograder?"),
        ("c.CourseDirectroy", "c.CourseDirectory?"),
        ("c.ClearSolutions.nothing_like_it", "another section?"),
    ]:
        (line,) = (line for line in done.stdout.splitlines() if f"{wrong} has no effect" in line)
        assert right in line and "autograder settings" in line


def test_an_option_that_another_program_or_a_plugin_has_is_not_called_misspelt():
    config = Config()
    config.ServerApp.port = config.HTMLExporter.exclude_input = config.Execute.timeout = config.NbGrader.log_level = 1
    config.MyLateSubmissionPlugin.rate = config.AutogradeApp.permissions = 1
    config.AssignLatePenalties.plugin_class = "late.MyLateSubmissionPlugin"
    config.ClearSolutions.comment_mark = "#"
    assert nbgraders.misspelt(config) == []


def test_a_configuration_runs_where_nbgraders_commands_run_it(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text(
        "import os\nfrom our_deadlines import COURSE\nc = get_config()\nc.CourseDirectory.course_id = COURSE\n"
        "c.CourseDirectory.root = os.path.join(os.getcwd(), 'all')\n"
    )
    (tmp_path / "our_deadlines.py").write_text("COURSE = 'networks'\n")
    course = Course(tmp_path)
    assert course.folders.course_id == "networks" and course.folders.root == str(tmp_path / "all")


def test_an_option_that_nbgrader_had_once_is_told_its_command():
    config = Config({"CourseDirectory": {"db_assignments": [{"name": "ps"}]}, "NbGrader": {"db_students": []}})
    assignments, students = nbgraders.misspelt(config)
    assert "c.CourseDirectory.db_assignments no longer has any effect" in assignments
    assert "nbgrader db assignment add" in assignments and "nbgrader db student import" in students


def test_a_configuration_may_be_in_parts_and_in_json(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\nload_subconfig('parts/more.py')\n")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "more.py").write_text("c = get_config()\nc.Autograder.memory_mb = 777\n")
    (tmp_path / "nbgrader_config.json").write_text('{"CourseDirectory": {"source_directory": "quelle"}}')
    course = Course(tmp_path)
    assert course.settings.memory_mb == 777 and course.path("source", ".", "ps") == tmp_path / "quelle" / "ps"


# -- first steps -------------------------------------------------------------------------------------


def test_a_folder_becomes_a_course_and_its_first_assignment_holds(tmp_path):
    folder = tmp_path / "my course"
    begun = run("autograder", "init", folder)
    assert begun.returncode == 0 and "autograder new" in begun.stdout
    made = run("autograder", "new", "ps1", "--course", folder)
    assert made.returncode == 0, made.stderr
    done = run("autograder", "verify", "ps1", "--course", folder, "--jobs", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "false accepts 0 of 2 mistakes, false rejects 0 of 1 alternatives; all checks pass" in done.stdout
    assert "UNPROTECTED" not in done.stdout
    again = run("autograder", "new", "ps1", "--course", folder)
    assert again.returncode == 1 and "exists already" in again.stderr


def test_a_configuration_that_is_there_is_left_alone_and_the_lines_are_shown(tmp_path):
    config = tmp_path / "nbgrader_config.py"
    config.write_text("c = get_config()\n")
    done = run("autograder", "init", tmp_path)
    assert config.read_text() == "c = get_config()\n"
    assert "c.Autograde.autograde_preprocessors" in done.stdout
    config.write_text(config.read_text() + "\n".join(done.stdout.splitlines()[3:]) + "\n")
    again = run("autograder", "init", tmp_path)
    assert "has the lines" in again.stdout


def test_a_course_whose_other_ways_of_grading_are_unprotected_says_so(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    assert "UNPROTECTED" in run("autograder", "doctor", "--course", tmp_path).stdout
    assert nbgraders.UNPROTECTED not in Course(ROOT).notes


def test_an_assignment_without_named_mistakes_is_not_praised(tmp_path):
    course = SmallCourse(tmp_path / "course")
    course.write()
    done = course.autograder("verify", "ps", "--jobs", "1")
    assert "no named mistakes" in done.stdout and "all checks pass" not in done.stdout
    assert done.returncode == 0


def test_the_page_of_settings_is_what_the_settings_say():
    spec = importlib.util.spec_from_file_location("settings", ROOT / "docs" / "settings.py")
    settings = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(settings)
    assert settings.PAGE.read_text(encoding="utf-8") == settings.page(), "run python docs/settings.py"


def test_every_setting_is_listed_on_the_command_line(tmp_path):
    listed = run("autograder", "settings", cwd=tmp_path).stdout
    assert all(f"c.Autograder.{name} = " in listed for name in Autograder.class_own_traits(config=True))
    assert "CourseDirectory.db_url: " in listed


def test_the_configuration_of_machine_user_and_course_is_read_in_nbgraders_order(tmp_path, monkeypatch):
    home, root = tmp_path / "home", tmp_path / "course"
    for folder in home, root:
        folder.mkdir()
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(home))
    (home / "jupyter_config.py").write_text("c = get_config()\nc.ClearSolutions.text_stub = 'everybody'")
    (home / "nbgrader_config.py").write_text(
        "c = get_config()\nc.ClearSolutions.text_stub = 'user'\nc.CourseDirectory.course_id = 'user'\n"
        "c.Autograder.memory_mb = 500"
    )
    (root / "nbgrader_config.json").write_text(
        json.dumps({"CourseDirectory": {"course_id": "json"}, "Autograder": {"cell_seconds": 7.0}})
    )
    course = Course(root)
    assert (course.folders.course_id, course.config.ClearSolutions.text_stub) == ("json", "user")
    assert (course.settings.memory_mb, course.settings.cell_seconds) == (500, 7.0)
    (root / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.course_id = 'python'\nc.Autograder.memory_mb = 600"
    )
    course = Course(root)
    assert (course.folders.course_id, course.settings.memory_mb) == ("json", 600)
    assert "nbgrader_config.json" not in "".join(begin_course(root)), "the lines go into the file in Python"
    (root / "nbgrader_config.json").write_text("{")
    with pytest.raises(CourseError, match="nbgrader_config.json"):
        Course(root)


def test_what_nbgraders_command_is_told_in_its_line_counts_for_the_engine_too(course):
    course.submit("ada", "def double(x):\n    return x")
    shutil.copytree(course.root / "submitted", course.root / "handed in")
    folder = course.submit("ada", "import doubling\ndef double(x):\n    return doubling.twice(x)")
    (folder / "doubling.py").write_text("def twice(x):\n    return x + x\n")
    (course.root / "submitted").rename(course.root / "again")
    (course.root / "handed in").rename(course.root / "submitted")
    made = run("nbgrader", "autograde", "ps", "--CourseDirectory.submitted_directory=again", cwd=course.root)
    assert made.returncode == 0, made.stderr
    with Gradebook(Course(course.root).db_url) as book:
        assert book.find_grade("test_double", "ps", "ps", "ada").auto_score == 3


def test_stock_generate_feedback_makes_the_page_that_grade_makes(course):
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write("c.GenerateFeedback.exporter_class = 'autograder.reporting.exporter.FeedbackPage'\n")
    course.submit("ada", "def double(x):\n    return x + x + 1")
    page = course.root / "feedback" / "ada" / "ps" / "ps.html"
    assert course.autograder("grade", "ps").returncode == 0
    with Gradebook(Course(course.root).db_url) as book:  # a person's score, and a second run after it
        book.find_grade("why", "ps", "ps", "ada").manual_score = 1.5
        book.db.commit()
    assert course.autograder("grade", "ps", "--force").returncode == 0
    ours = page.read_text(encoding="utf-8")
    assert "Lost points" in ours
    made = run("nbgrader", "generate_feedback", "ps", "--force", cwd=course.root)
    assert made.returncode == 0, made.stderr
    assert page.read_text(encoding="utf-8") == ours
