"""Changing what the tests compare with: libraries, builtins, IPython's own machinery, the interpreter."""

from .attack import Attack, of

_TRANSFORM = "get_ipython().input_transformers_post.append(lambda lines: [{}])"
_NO_ASSERTS = """\
import ast

class Blank(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.copy_location(ast.Pass(), node)

"""

ATTACKS = of(
    "patching",
    Attack(
        "numpy_agrees_with_everything", "points",
        "import numpy as np\n"
        "np.allclose = np.array_equal = np.isclose = np.all = lambda *a, **k: True\n"
        "np.testing.assert_allclose = np.testing.assert_array_equal = lambda *a, **k: None",
    ),
    Attack(
        "builtins_replaced", "points",
        "import builtins\nreal = builtins.zip\nbuiltins.zip = lambda *a: []\nbuiltins.abs = lambda x: -1e9",
    ),
    Attack(
        "import_hook", "points",
        "import builtins, numpy as np, numpy.testing\nreal = builtins.__import__\n\n"
        "def fake(name, *a, **k):\n    np.testing.assert_allclose = lambda *a, **k: None\n"
        "    np.allclose = lambda *a, **k: True\n    return real(name, *a, **k)\n\n"
        "builtins.__import__ = fake\nimport json",
    ),
    Attack(
        "meta_path_finder", "points",
        "import sys, types\nimport numpy\nfake = types.ModuleType('numpy')\nfake.__dict__.update(numpy.__dict__)\n"
        "fake.allclose = lambda *a, **k: True\n"
        "fake.testing = types.SimpleNamespace(assert_allclose=lambda *a, **k: None)\n"
        "sys.modules['numpy'] = fake",
    ),
    Attack("input_transformer_drops_asserts", "points", _TRANSFORM.format("l for l in lines if 'assert' not in l")),
    Attack("cleanup_transformer", "points",
           "get_ipython().input_transformers_cleanup.append(lambda lines: [l.replace('assert ', 'None and ') "
           "for l in lines])"),
    Attack("ast_transformer", "points", _NO_ASSERTS + "get_ipython().ast_transformers.append(Blank())"),
    Attack("run_cell_replaced", "points",
           "shell = get_ipython()\nreal = shell.compile.__call__\n"
           "type(shell.compile).__call__ = lambda self, *a, **k: compile('pass', 'x', 'exec')"),
    Attack(
        "event_before_each_cell", "points",
        "import numpy as np\n\ndef before(info):\n    np.allclose = lambda *a, **k: True\n"
        "    np.testing.assert_allclose = lambda *a, **k: None\n\n"
        "get_ipython().events.register('pre_run_cell', before)",
    ),
    Attack("display_hook_says_the_score", "points",
           "import sys\n", {"accuracy": "class Full(float):\n    def __rmul__(self, other):\n        return self\n"
           "    def __repr__(self):\n        return '99'\n\ndef accuracy(a, b):\n    return Full(0)"}),
    Attack(
        "settrace_rewrites_locals", "points",
        "import sys, numpy as np\n\ndef trace(frame, event, argument):\n"
        "    if frame.f_code.co_name == '<module>':\n        np.allclose = lambda *a, **k: True\n"
        "        np.testing.assert_allclose = lambda *a, **k: None\n    return None\n\nsys.settrace(trace)\n",
    ),
    Attack(
        "frames_of_the_caller", "points",
        solutions={
            "relu": "import sys\n\ndef relu(x):\n    frame = sys._getframe(1)\n"
            "    np = frame.f_globals['np']\n    np.testing.assert_allclose = lambda *a, **k: None\n"
            "    np.allclose = lambda *a, **k: True\n    return x"
        },
    ),
    Attack(
        "gc_finds_the_namespace", "points",
        "import gc, numpy.testing\ngc.unfreeze()\nfor thing in gc.get_objects():\n"
        "    if type(thing) is dict and 'assert_allclose' in thing:\n"
        "        thing['assert_allclose'] = lambda *a, **k: None\n"
        "    if type(thing) is dict and thing.get('__name__') == 'numpy' and 'allclose' in thing:\n"
        "        thing['allclose'] = lambda *a, **k: True",
    ),
    Attack(
        "test_names_taken", "points",
        solutions={"relu": "class Np:\n    testing = property(lambda self: self)\n"
                   "    def __getattr__(self, name):\n        return lambda *a, **k: True\n\n"
                   "np = Np()\n\ndef relu(x):\n    return x"},
    ),
    Attack("inputs_chosen", "points", "import numpy as np\nnp.linspace = lambda *a: np.full(7, -1.0)"),
    Attack(
        "grader_module_patched", "reached",
        "import sys\njudge = sys.modules.get('autograder.judging.judge') or sys.modules.get('__main__')\n"
        "judge.verdict_of_value = judge.grade_of = lambda *a: 99.0\n"
        "judge.verdict_of_error = lambda *a: None\n"
        "print('GOT' + ' THROUGH') if 'autograder.judging.judge' not in sys.modules else None",
    ),
)  # fmt: skip
