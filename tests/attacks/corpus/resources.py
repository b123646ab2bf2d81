"""Using up time, memory and disk."""

from .attack import Attack, of


def _in_relu(body: str) -> dict[str, str]:
    return {"relu": f"def relu(x):\n    {body}"}


ATTACKS = of(
    "time, memory, disk",
    Attack("endless_cell", "stuck", "while True:\n    pass"),
    Attack("endless_function", "stuck", solutions=_in_relu("while True:\n        pass")),
    Attack("sleeping_function", "stuck", solutions=_in_relu("import time\n    time.sleep(10**6)")),
    Attack("alarm_swallowed", "stuck",
           solutions=_in_relu("while True:\n        try:\n            while True:\n                pass\n"
                              "        except BaseException:\n            pass")),
    Attack("alarm_switched_off", "stuck",
           solutions=_in_relu("import signal\n    signal.signal(signal.SIGALRM, signal.SIG_IGN)\n"
                              "    signal.setitimer(signal.ITIMER_REAL, 0)\n    while True:\n        pass")),
    Attack("all_signals_blocked", "stuck",
           "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\nwhile True:\n    pass"),
    Attack("long_in_c", "stuck", solutions=_in_relu("return sum(range(10**14))")),
    Attack("regular_expression", "stuck",
           solutions=_in_relu("import re\n    re.match('(a*)*b', 'a' * 64)\n    return x")),
    Attack("huge_power", "stuck", solutions=_in_relu("return 9 ** 9 ** 9")),
    Attack("error_that_never_tells", "stuck",
           solutions={"relu": "class Slow(Exception):\n    def __str__(self):\n        while True:\n"
                      "            pass\n\ndef relu(x):\n    raise Slow"}, last="print(str(Slow()))"),
    Attack("repr_that_never_ends", "stuck",
           "class Slow:\n    def __repr__(self):\n        while True:\n            pass\n\nSlow()"),
    Attack("slow_but_sure", "stuck",
           "", {name: f"import time\n\ndef {name}(*a):\n    time.sleep(0.8)\n    return a[0]"
                for name in ("relu", "square", "slope", "halve", "accuracy", "predict")}),
    Attack("memory_hog", "hog",
           solutions=_in_relu("hoard = []\n    while True:\n        hoard.append(bytearray(b'1') * 10**8)")),
    Attack("memory_hog_in_numpy", "hog",
           solutions=_in_relu("import numpy as np\n    return [np.ones(10**7) for _ in range(10**6)]")),
    Attack("large_results", "hog",
           solutions={"square": "import numpy as np\n\ndef square(n):\n    return np.ones(3 * 10**7)"}),
    Attack("list_of_a_million_lists", "engine",
           solutions={"square": "def square(n):\n    return [[] for _ in range(10**6)]"}),
    Attack("nested_list", "engine",
           solutions={"square": "def square(n):\n    x = []\n    for _ in range(10**5):\n        x = [x]\n"
                      "    return x"}),
    Attack("list_that_holds_itself", "engine",
           solutions={"square": "def square(n):\n    x = []\n    x.append(x)\n    return x"}),
    Attack("disk_in_one_file", "reached",
           "with open('big', 'wb') as f:\n    for _ in range(50):\n        f.write(bytes(10**6))\n"
           "print('GOT' + ' THROUGH')\nimport os\nos.unlink('big')"),
    Attack("disk_in_many_files", "reached",
           "import os, time\nfor n in range(60):\n    with open(f'f{n}', 'wb') as f:\n        f.write(bytes(10**6))\n"
           "time.sleep(0.7)\nprint('GOT' + ' THROUGH')\nfor n in range(60):\n    os.unlink(f'f{n}')"),
    Attack("disk_in_unlinked_files", "reached",
           "import os, time\nkept = []\nfor n in range(60):\n    kept.append(open('f', 'wb'))\n    os.unlink('f')\n"
           "    kept[-1].write(bytes(10**6))\n    kept[-1].flush()\n"
           "time.sleep(0.7)\nprint('GOT' + ' THROUGH')"),
    Attack("disk_in_tiny_files", "reached",
           "import os, time\nos.mkdir('many')\nfor n in range(9000):\n    os.close(os.open(f'many/{n}', os.O_CREAT))\n"
           "time.sleep(0.7)\nprint('GOT' + ' THROUGH')"),
    Attack("folders_in_folders", "engine",
           "import os\nhome = os.getcwd()\nfor _ in range(3000):\n    os.mkdir('d')\n    os.chdir('d')\n"
           "open('deep', 'w').write('x')\nos.chdir(home)"),
    Attack("folder_that_cannot_be_removed", "engine",
           "import os\nos.makedirs('locked/inner')\nopen('locked/inner/f', 'w').close()\nos.umask(0o777)\n"
           "os.mkdir('closed')"),
)  # fmt: skip
