"""Grades nbgrader assignments: isolated, fast, with an explanation. See ``autograder --help``.

Each folder says who is trusted with what. Imports run one way, from the bottom of this table to its top:

| folder      | holds                                                                                       |
|-------------|---------------------------------------------------------------------------------------------|
| `course`    | what stands on disk: course folder and settings, assignments, submissions, named mistakes   |
| `sandbox`   | the wall and the untrusted side of it: kernel layers, wire, worker                          |
| `judging`   | the trusted side: judge, stand-ins, plan, what to tell the student                          |
| `engine`    | ``grade(assignment, submission)``: template, slot, plan, graded notebook                    |
| `grading`   | a class: preparation, pool, cluster, gradebook, verify                                      |
| `reporting` | what people get: report, feedback, exports, Gradescope                                      |

On top of them stand the doors: the command line (`cli`), nbgrader's (`nbgrader_plugin`, `exports`) and the `demo`.
"""

import sys
from types import ModuleType
from typing import cast

# jsonschema's optional check of IRIs compiles a grammar at import, for seconds; a notebook has no IRIs.
sys.modules.setdefault("rfc3987_syntax", cast(ModuleType, None))

__version__ = "0.1.0"
