"""Grades nbgrader assignments: isolated, fast, with an explanation. See ``autograder --help``.

Each folder has its own level of trust. Imports run one way, from the bottom of this table to its top:

| folder      | contents                                                                                    |
|-------------|---------------------------------------------------------------------------------------------|
| `course`    | what is on disk: course folder and settings, assignments, submissions, named mistakes       |
| `sandbox`   | the sandbox and its untrusted side: kernel layers, wire, worker                             |
| `judging`   | the trusted side: judge, stand-ins, plan, messages for the student                          |
| `engine`    | ``grade(assignment, submission)``: template, slot, plan, graded notebook                    |
| `grading`   | a class: preparation, pool, cluster, gradebook, verify                                      |
| `reporting` | output for people: report, feedback, exports, Gradescope                                    |

Above them are the entry points: the command line (`cli`), nbgrader's (`nbgrader_plugin`, `exports`) and the `demo`.
"""

import sys
from types import ModuleType
from typing import cast

# jsonschema's optional check of IRIs compiles a grammar at import, which takes seconds; a notebook has no IRIs.
sys.modules.setdefault("rfc3987_syntax", cast(ModuleType, None))

__version__ = "0.1.0"
