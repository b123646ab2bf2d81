"""Keeps the judge from running what a student's code returned.

A student's text and bytes are data until a test passes them to `eval`, `exec` or `pickle`. In the judge these
refuse: such a test gives the reference a different result than in the worker, so it is graded there. The conditions of
``frame.query`` and ``frame.eval`` can do nearly as much: a text that is not in the test itself may only compare columns
and call what only looks at them. A file that a test has written or unpacked may hold such text: it is not imported.
A student's number, where a test expects a path, opens none of the judge's sockets.
"""

from __future__ import annotations

import ast
import contextlib
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NoReturn

_OURS = str(Path(__file__).resolve().parents[1])
# Modules that run text that they make themselves, from checked names only; `ast` and `symtable` read text and run none.
_LIBRARY = {"ast", "collections", "dataclasses", "symtable"}
_OF_OTHERS = {"sympy.polys.monomials"}
_PLAIN_CLASSES = {
    "builtins": {"bytearray", "complex", "frozenset", "list", "range", "set", "slice", "tuple", "dict", "object"},
    "collections": {"Counter", "OrderedDict", "defaultdict", "deque"},
    "copyreg": {"_reconstructor"},
    "datetime": {"date", "datetime", "time", "timedelta", "timezone"},
    "decimal": {"Decimal"},
    "fractions": {"Fraction"},
    "numpy": {"dtype", "ndarray"},
    "numpy._core.multiarray": {"_reconstruct", "scalar"},
    "numpy.core.multiarray": {"_reconstruct", "scalar"},
}
# Methods of a column, and functions, that a student's condition may call.
_LOOKS = frozenset(
    "abs add all any arccos arcsin arctan arctan2 astype between bfill capitalize casefold cat ceil clip contains "
    "corr cos cosh count cummax cummin cumprod cumsum day day_name dayofweek dayofyear diff div dropna duplicated "
    "endswith eq exp expm1 extract ffill fillna find floor floordiv fullmatch ge get gt hour idxmax idxmin isalnum "
    "isalpha isdigit isin islower isna isnull isnumeric isspace istitle isupper le len log log10 log1p lower lstrip "
    "lt mask match max mean median min minute mod mode month month_name mul ne normalize notna notnull nunique "
    "pct_change pow prod quantile quarter radd rank rdiv repeat replace rmul rolling round rpow rsplit rstrip rsub "
    "rtruediv second sem shift sign sin sinh slice split sqrt startswith std str strftime strip sub sum swapcase tan "
    "tanh title total_seconds truediv unique upper value_counts var weekday where year zfill".split()
)
# The only parts allowed in a text that `typing` reads as an annotation: it is evaluated later.
_OF_TYPES = ast.Expression | ast.Name | ast.Attribute | ast.Subscript | ast.Constant | ast.Tuple | ast.List | ast.BinOp
_IMPORTING = ("<frozen importlib", "<frozen zipimport")
_WRITES = os.O_WRONLY | os.O_RDWR
# What finds the functions and classes that a text names, in libraries that make objects of any class: class and methods
_MAKERS = {
    "yaml.constructor": ("FullConstructor", ("find_python_name", "find_python_module")),
    "jsonpickle.unpickler": ("", ("loadclass", "loadrepr")),
}
MAX_DESCRIPTORS = 256  # that are checked; a socket is refused whatever its number
_at_first: set[tuple[int, int, int]] = set()  # descriptors that were open then, and their files
_tests_files: set[str] = set()  # files that a test has written, and the new names of what it has moved
_STARTS_A_PROGRAM = ("subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "pty.", "os.startfile")


class Refused(RuntimeError):
    """A test would have run code or data that may come from a student."""


def watch() -> None:
    """From now on refuses, permanently in this process, to run text, bytes or programs."""
    for descriptor in range(MAX_DESCRIPTORS):
        with contextlib.suppress(OSError):
            status = os.fstat(descriptor)
            _at_first.add((descriptor, status.st_dev, status.st_ino))
    _stop_makers()
    sys.addaudithook(_look)


def _stop_makers() -> None:
    for module, (owner, methods) in _MAKERS.items():
        if (loaded := sys.modules.get(module)) and (there := getattr(loaded, owner, None) if owner else loaded):
            for method in methods:
                setattr(there, method, _refuse_to_find)


def _refuse_to_find(*_: Any, **__: Any) -> NoReturn:
    raise Refused("no function or class that a text names is looked up in the judge")


def _look(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "compile" and arguments[0] is not None or event == "marshal.loads":
        frame = sys._getframe(1)
        if not (_is_known(frame) or _names_a_type(frame, arguments[0])) or not _is_harmless_to_pandas(frame):
            raise Refused("text that may be a student's is not run in the judge")
    elif event == "pickle.find_class":
        module, name = arguments
        if name not in _PLAIN_CLASSES.get(module, ()):
            raise Refused(f"{module}.{name} is not unpickled in the judge")
    elif event.startswith(_STARTS_A_PROGRAM):
        raise Refused("no program is started in the judge")
    elif event == "open":
        if hasattr(type(arguments[0]), "__index__"):
            if not _is_of_a_file(arguments[0]):
                raise Refused("a number is not a path")
        elif (arguments[2] or 0) & _WRITES:
            _tests_files.add(_real(arguments[0]))
    elif event in ("os.rename", "os.link"):
        _tests_files.add(_real(arguments[1]))
    elif event == "ctypes.dlopen" and _is_a_tests(arguments[0]) or event == "import" and _is_a_tests(arguments[1]):
        raise Refused("a file that may be a student's is not run in the judge")
    elif event == "import":
        _stop_makers()  # those that an import has loaded: it goes on with another module


@contextlib.contextmanager
def of_the_instructor() -> Iterator[None]:
    """A context in which files are the instructor's: what a given cell writes, it and a test may import."""
    tests = set(_tests_files)
    try:
        yield
    finally:
        _tests_files.intersection_update(tests)


def _real(path: Any) -> str:
    return os.path.realpath(os.fsdecode(path))


def _is_a_tests(path: Any) -> bool:
    """Whether a test has written a file, or moved it to its place with one of its folders."""
    if not path or not _tests_files:
        return False
    real = Path(_real(path))
    return any(str(place) in _tests_files for place in (real, *real.parents))


def _is_of_a_file(descriptor: Any) -> bool:
    """Whether a descriptor belongs to a file or a pipe that was opened since the judge began."""
    if type(descriptor) is not int:
        return False
    status = os.fstat(descriptor)
    is_file = stat.S_ISREG(status.st_mode) or stat.S_ISFIFO(status.st_mode)
    return is_file and (descriptor, status.st_dev, status.st_ino) not in _at_first


def _is_known(frame: FrameType | None) -> bool:
    """Whether the judge's own code, a module that runs only its own text, or an import is running."""
    if frame is None or frame.f_code.co_filename.startswith(_OURS):
        return True
    if frame.f_globals.get("__name__") in _LIBRARY and frame.f_code.co_filename.startswith(sys.base_prefix):
        return True
    if frame.f_globals.get("__name__") in _OF_OTHERS and frame.f_code.co_filename.startswith(sys.prefix):
        return True
    while frame is not None and not frame.f_code.co_filename.startswith(_IMPORTING):
        frame = frame.f_back
    importing = frame is not None
    while frame is not None and frame.f_code.co_filename.startswith(_IMPORTING):
        if any(map(_is_a_tests, _imported_by(frame.f_locals))):
            return False
        frame = frame.f_back
    return importing


def _imported_by(names: Mapping[str, Any]) -> list[Any]:
    """The source, byte code or archive that a function of the import system reads, from its local variables."""
    loader = names.get("self")
    found = [getattr(loader, "path", ""), getattr(loader, "archive", "")]
    return [path for path in (*found, names.get("source_path"), names.get("bytecode_path")) if isinstance(path, str)]


def _names_a_type(frame: FrameType, text: Any) -> bool:
    """Whether `typing` is about to read an annotation that calls nothing: a student's may be any expression."""
    if frame.f_globals.get("__name__") != "typing" or not frame.f_code.co_filename.startswith(sys.base_prefix):
        return False
    nodes = ast.walk(ast.parse(text, mode="eval"))
    return all(isinstance(node, _OF_TYPES | ast.BitOr | ast.Load) for node in nodes)


def _is_harmless_to_pandas(frame: FrameType | None) -> bool:
    """Whether a condition that pandas is about to read, if that is what happens, is in the code that uses it, or can
    neither reach the names of a test nor do anything except look at columns."""
    while frame and (frame.f_globals.get("__name__"), frame.f_code.co_name) != ("pandas.core.computation.eval", "eval"):
        if frame.f_code is _only_looks.__code__:  # which has pandas read it
            return True
        frame = frame.f_back
    if frame is None:
        return True
    text, has_columns = str(frame.f_locals.get("expr")), bool(frame.f_locals.get("resolvers"))
    while frame and str(frame.f_globals.get("__name__")).partition(".")[0] == "pandas":
        frame = frame.f_back
    if frame and any(text in known for known in _texts_in(frame.f_code)):
        return True
    return has_columns and "@" not in text and _only_looks(text)


def _texts_in(code: CodeType) -> list[str]:
    return [text for text in code.co_consts if isinstance(text, str)]


def _only_looks(text: str) -> bool:
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    called = [node.func for node in nodes if isinstance(node, ast.Call)]
    names = [node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "") for node in called]
    reached = [node.attr for node in nodes if isinstance(node, ast.Attribute)]
    return all(name in _LOOKS for name in names) and not any(name.startswith("_") for name in reached)
