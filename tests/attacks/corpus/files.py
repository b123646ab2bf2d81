"""Files beside the notebook that take the place of modules, or that no file system was meant to hold."""

from .attack import Attack, of

_HELLO = b"print('GOT' + ' THROUGH')\nopen('@victim@', 'w').write('pwned')\n"


def _shadow(module: str) -> Attack:
    return Attack(f"{module}_shadowed", "imported", files={f"{module}.py": _HELLO})


ATTACKS = of(
    "side files",
    Attack("tests_library_replaced", "points",
           files={"fractions.py": b"class Fraction:\n    def __init__(self, *a):\n        pass\n"
                                  b"    def __gt__(self, other):\n        return True\n"}),
    *map(_shadow, ("numpy", "msgpack", "autograder", "ipykernel_launcher", "IPython", "sitecustomize", "json")),
    Attack("package_replaced", "imported",
           files={"utils/__init__.py": _HELLO, "utils/explain.py": _HELLO}),
    Attack("folder_where_a_file_belongs", "engine", files={"notes.txt/inner.txt": b"x"}),
    Attack("file_where_a_folder_belongs", "engine", files={"data": b"x"}),
    Attack("path_that_climbs", "engine", files={"../../victim.txt": b"pwned", "/victim.txt": b"pwned"}),
    Attack("absolute_path", "engine", files={"@victim@": b"pwned"}),
    Attack("odd_names", "engine",
           files={"\udcff\udcfe": b"x", "new\nline": b"x", "\x1b[31m": b"x", "a" * 255: b"x", " ": b"", "-rf": b"x",
                  "a" * 300: b"too long", "nul\0": b"x"}),
    Attack("configuration_files", "harm",
           files={"startup.py": b"open('@victim@', 'w').write('pwned')",
                  "matplotlibrc": b"backend: module://startup\n", "profile_default/startup/00.py": _HELLO},
           code="import startup"),
)  # fmt: skip
