"""`verify --watch`: an author saves, and sees what that changed."""

import functools
import signal
import subprocess

import nbformat
import pytest
from small_course import BIN

VARIANTS = """\
# %% mistake: adds_two
# replaces: double
# costs: test_double
# message: You add 2.
def double(x):
    return x + 2

# %% mistake: no_result
# replaces: double
# costs: test_double
# message: You return nothing.
def double(x):
    return None
"""


class Watching:
    """The real command, read a line at a time."""

    def __init__(self, root):
        self.root = root
        listen = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        command = [BIN / "autograder", "verify", "ps", "--watch", "--jobs", "1", "--course", root]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=listen
        )

    def hears(self):
        """What it says until it waits again."""
        said = []
        for line in self.process.stdout:
            said.append(line)
            if "waiting until" in line:
                break
        return "".join(said)

    def end(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


@pytest.mark.slow
@pytest.mark.sandbox
def test_what_is_saved_is_tried_and_nothing_else(course):
    folder = course.root / "variants"
    folder.mkdir()
    (folder / "ps.py").write_text(VARIANTS)
    watching = Watching(course.root)
    try:
        said = watching.hears()
        assert "3 of 5 checked" in said and "all checks pass" in said and "test_double 0.0" in said, said

        (folder / "ps.py").write_text(VARIANTS.replace("return None", "return 2 * x"))
        said = watching.hears()
        assert "2 of 5 checked" in said and "FAIL mistake no_result: false accept in test_double" in said, said
        (folder / "ps.py").write_text(VARIANTS)
        assert "0 of 5 checked" in watching.hears()

        source = course.root / "source" / "ps" / "ps.ipynb"
        whole = source.read_text()
        source.write_text(whole[:100])
        said = watching.hears()
        assert f"{source}: not a readable notebook" in said and "waiting until it is fixed" in said, said

        nb = nbformat.reads(whole, as_version=4)
        nb.cells[1].source = nb.cells[1].source.replace("2 * x", "3 * x")
        nbformat.write(nb, source)
        said = watching.hears()
        assert "FAIL the reference scores full marks: test_double: failed" in said and "3 of 5" in said, said

        (course.root / "nbgrader_config.py").write_text("c = get_config(\n")
        assert "nbgrader_config.py: SyntaxError" in watching.hears()
    finally:
        code = watching.end()
    assert code == 1
