"""The course's nbgrader configuration; `autograder` reads it, too."""

from autograder import nbgrader_plugin

c = get_config()  # noqa: F821  (nbgrader provides it)

c.CourseDirectory.course_id = "mlp-course"

# `nbgrader autograde` and formgrader grade through our engine
c.Autograde.sanitize_preprocessors = nbgrader_plugin.SANITIZERS
c.Autograde.autograde_preprocessors = nbgrader_plugin.PREPROCESSORS
c.Autograde.pre_convert_hook = "autograder.nbgrader_plugin.adopt_renamed"

c.Autograder.packages = ["utils"]  # what students' code may read in addition to Python itself
c.Autograder.variants = "tests/variants"
c.Autograder.cell_seconds = 20.0
c.Autograder.total_seconds = 120.0
