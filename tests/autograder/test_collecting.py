"""Archives as Moodle and Canvas make them, collected by nbgrader with the settings that the guide gives."""

import re
import zipfile

import pytest
from small_course import CONFIG, ROOT, run

from autograder.course.folders import Course

GUIDE = (ROOT / "docs" / "graders.md").read_text(encoding="utf-8")
ARCHIVES = {
    "moodle": {
        "Jane Doe_11_assignsubmission_file/ps.ipynb": "11",
        "Jean-Luc O'Neil van der Ä_12_assignsubmission_file_/ps (1).ipynb": "12",
        "Two_Names_13_assignsubmission_file/ps.ipynb": "13",
        "Only Text_14_assignsubmission_onlinetext/onlinetext.html": None,
    },
    "canvas": {
        "doejane_11_9001_ps.ipynb": "11",
        "oneiljeanluc_LATE_12_9002_ps-1.ipynb": "12",
        "namestwo_13_9003_ps (2).ipynb": "13",
        "notebookno_14_9004_ps.pdf": None,
    },
}


@pytest.mark.parametrize("platform", ARCHIVES)
def test_an_archive_of_the_platform_is_collected_as_the_guide_says(course, platform):
    (setting,) = re.findall(rf"```python\n# {platform}: .*\n([^`]*)```", GUIDE)
    (course.root / "nbgrader_config.py").write_text(CONFIG + setting)
    (pattern,) = re.findall(r'r"(.*)"', setting)
    name = next(iter(ARCHIVES[platform])).replace("ps.", "lab_2.")
    assert re.match(pattern, f"/downloaded/ps/{name}")["file_id"] == "lab_2"
    archive = course.root / "downloaded" / "ps" / "archive"
    archive.mkdir(parents=True)
    notebook = (course.root / "release" / "ps" / "ps.ipynb").read_bytes()
    with zipfile.ZipFile(archive / "submissions.zip", "w") as packed:
        for name in ARCHIVES[platform]:
            packed.writestr(name, notebook if name.endswith(".ipynb") else b"%")
    done = run("nbgrader", "zip_collect", "ps", cwd=course.root)
    assert done.returncode == 0, done.stderr
    wanted = sorted(filter(None, ARCHIVES[platform].values()))
    collected = Course(course.root).submissions("ps")
    assert {student: [file.name for file in folder.glob("*.ipynb")] for student, folder in collected.items()} == {
        student: ["ps.ipynb"] for student in wanted
    }
