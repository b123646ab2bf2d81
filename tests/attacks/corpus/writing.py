"""Changing what is not the student's."""

from .attack import Attack, of

_DIRECT = "open('@victim@', 'w').write('pwned')"

ATTACKS = of(
    "writing",
    Attack("file_outside", "harm", _DIRECT),
    Attack("gradebook_written", "harm", "open('@gradebook@', 'a').write('pwned')"),
    Attack("file_outside_appended", "harm",
           "import os\nos.write(os.open('@victim@', os.O_WRONLY | os.O_APPEND), b'x')"),
    Attack("file_outside_truncated", "harm", "import os\nos.truncate('@victim@', 0)"),
    Attack("file_outside_removed", "harm", "import os\nos.unlink('@victim@')"),
    Attack("file_outside_renamed", "harm", "import os\nos.rename('@victim@', '@victim@.gone')"),
    Attack("file_outside_replaced", "harm", "import os\nopen('x', 'w').write('pwned')\nos.replace('x', '@victim@')"),
    Attack("by_symlink", "harm", "import os\nos.symlink('@victim@', 'link')\n"
           "try:\n    open('link', 'w').write('pwned')\nfinally:\n    os.unlink('link')"),
    Attack("by_hard_link", "harm", "import os\nos.link('@victim@', 'hard')\n"
           "try:\n    open('hard', 'w').write('pwned')\nfinally:\n    os.unlink('hard')"),
    Attack("by_symlinked_folder", "harm", "import os\nos.symlink('@course@', 'down')\n"
           "try:\n    open('down/victim.txt', 'w').write('pwned')\nfinally:\n    os.unlink('down')"),
    Attack("permissions_changed", "harm", "import os\nos.chmod('@victim@', 0o777)"),
    Attack("in_function_under_test", "harm", solutions={"square": f"def square(n):\n    {_DIRECT}\n    return 0"}),
    Attack("at_exit", "harm", "import atexit\natexit.register(lambda: open('@victim@', 'w').write('pwned'))\n"
           "import os\nos.register_at_fork(before=lambda: None)", last="import atexit\natexit._run_exitfuncs()"),
    Attack("by_numpy", "harm", "import numpy as np\nnp.zeros(3).tofile('@victim@')"),
    Attack("course_module_planted", "reached",
           "import os\nopen('@course@/planted.py', 'w').write('x = 1')\nos.unlink('@course@/planted.py')\n"
           "print('GOT' + ' THROUGH')"),
    Attack("site_packages_planted", "reached",
           "import os, numpy\npath = os.path.join(os.path.dirname(numpy.__file__), 'planted_by_attack.pth')\n"
           "open(path, 'w').close()\nos.unlink(path)\nprint('GOT' + ' THROUGH')"),
    Attack("shared_memory_planted", "reached",
           "import os\nopen('/dev/shm/planted_by_attack', 'w').close()\nos.unlink('/dev/shm/planted_by_attack')\n"
           "print('GOT' + ' THROUGH')"),
)  # fmt: skip
