"""Python runs this at its start, in every process of the tests: see `tests/conftest.py`.

jsonschema's optional check of IRIs compiles a grammar when it is imported, which takes as long as all the rest of an
`nbgrader` command's start, or of a server's. No notebook of ours has an IRI.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)
