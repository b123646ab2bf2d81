"""Looking for the hidden tests, the gradebook and the work of others."""

from .attack import Attack, of

_SHOW = "print(open({!r}, errors='replace').read())"
_MEMORY = """\
import os, re

def look(pid):
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            where = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if where and ".so" not in line:
                start, end = (int(x, 16) for x in where.groups())
                try:
                    memory.seek(start)
                    found = re.search(rb"canary-[0-9a-f]{16}", memory.read(min(end - start, 1 << 26)))
                except (OSError, ValueError, OverflowError):
                    continue
                if found:
                    print(found.group())
                    return

for pid in {os.getppid(), *range(os.getpid() - 3, os.getpid() + 4)}:  # numbers wrap around
    try:
        look(pid)
    except OSError as error:
        pass
"""

ATTACKS = of(
    "reading",
    Attack("hidden_tests_by_path", "secret", _SHOW.format("@source@")),
    Attack("hidden_tests_by_glob", "secret",
           "import glob\nfor p in glob.glob('@course@/**/*.ipynb', recursive=True) + ['@source@'][:0]:\n"
           "    print(open(p).read())"),
    Attack("hidden_tests_next_door", "secret",
           "import os\nfor folder, _, names in os.walk('../../..'):\n    for name in names:\n"
           "        try:\n            print(open(os.path.join(folder, name)).read())\n"
           "        except (OSError, UnicodeDecodeError):\n            pass"),
    Attack("gradebook_read", "secret", _SHOW.format("@gradebook@")),
    Attack("solutions_imported", "secret", "import sys\nsys.path.insert(0, '@course@')\nimport solutions\n"
           "print(solutions.KEY)"),
    Attack("linecache", "secret", "import linecache\nprint(linecache.getlines('@source@'))"),
    Attack("numpy_reads_it", "secret", "import numpy as np\nprint(bytes(np.fromfile('@source@', dtype='u1')))"),
    Attack("mapped_into_memory", "secret",
           "import mmap\nwith open('@source@', 'rb') as f:\n"
           "    print(mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)[:])"),
    Attack("by_system_call", "secret",
           "import ctypes, os\nlibc = ctypes.CDLL(None)\nfd = libc.open(b'@source@', 0)\nbuffer = bytes(40000)\n"
           "libc.read(fd, buffer, 40000)\nprint(buffer)"),
    Attack("by_open_directory", "secret",
           "import os\nfd = os.open('/', os.O_RDONLY)\nprint(os.read(os.open('@source@'[1:], os.O_RDONLY, dir_fd=fd), "
           "40000))"),
    Attack("by_symlink_in_scratch", "secret", "import os\nos.symlink('@source@', 'mine.txt')\n"
           "try:\n    print(open('mine.txt').read())\nfinally:\n    os.unlink('mine.txt')"),
    Attack("by_hard_link_in_scratch", "secret", "import os\nos.link('@gradebook@', 'mine.db')\n"
           "try:\n    print(open('mine.db').read())\nfinally:\n    os.unlink('mine.db')"),
    Attack("neighbours_work", "secret",
           "import os\nfor name in os.listdir('@neighbour@'):\n    print(open('@neighbour@/' + name).read())"),
    Attack("everything_in_the_course", "secret",
           "import os\nfor folder, _, names in os.walk('@course@'):\n    for name in names:\n"
           "        try:\n            print(open(os.path.join(folder, name)).read())\n"
           "        except (OSError, UnicodeDecodeError):\n            pass"),
    Attack("cell_history", "secret",
           solutions={"square": "def square(n):\n    import sys\n    frame = sys._getframe()\n"
                      "    while frame:\n        for value in list(frame.f_locals.values()):\n"
                      "            if isinstance(value, str) and 'canary-' in value:\n"
                      "                loot.append(value)\n        frame = frame.f_back\n    return 0"},
           code="loot = []", last="print(loot)"),
    Attack("inspect_the_stack", "secret",
           code="loot = []", last="print(loot)",
           solutions={"square": "import inspect\n\ndef square(n):\n    loot.extend(str(f.code_context) + "
                      "str([v for v in f.frame.f_code.co_consts]) + str(f.frame.f_locals.get('raw_cell'))\n"
                      "                for f in inspect.stack())\n    return 0"}),
    Attack("gc_for_secrets", "secret",
           last="import gc\ngc.unfreeze()\n"
           "print({v for d in gc.get_objects() if type(d) is dict for v in list(d.values())\n"
           "       if type(v) is str and 'canary-' in v})"),
    Attack("memory_of_the_parent", "secret", _MEMORY),
    Attack("process_vm_readv", "reached",
           "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\nbuffer = ctypes.create_string_buffer(8)\n"
           "class Vec(ctypes.Structure):\n    _fields_ = [('base', ctypes.c_void_p), ('length', ctypes.c_size_t)]\n"
           "mine, theirs = Vec(ctypes.addressof(buffer), 8), Vec(id(None), 8)\n"
           "for pid in {os.getppid(), *range(os.getpid() - 3, os.getpid() + 3)}:\n"
           "    if pid != os.getpid() and libc.process_vm_readv(pid, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, "
           "0) > 0:\n        print('GOT' + ' THROUGH')"),
    Attack("ptrace_the_parent", "reached",
           "import ctypes, os\nlibc = ctypes.CDLL(None)\n"
           "if libc.ptrace(0x4206, @bystander@, 0, 0) == 0:\n    libc.ptrace(17, @bystander@, 0, 0)\n"
           "    print('GOT' + ' THROUGH')"),
    Attack("environment_of_the_parent", "reached",
           "import os\nprint('GOT' + ' THROUGH', open(f'/proc/{os.getppid()}/environ').read()[:0])"),
    Attack("command_lines_of_all", "reached",
           "import os\nfor pid in filter(str.isdigit, os.listdir('/proc')):\n"
           "    if open(f'/proc/{pid}/cmdline').read() and int(pid) != os.getpid():\n"
           "        print('GOT' + ' THROUGH')\n        break"),
    Attack("folder_of_the_parent", "reached",
           "import os\nprint('GOT' + ' THROUGH', os.readlink(f'/proc/{os.getppid()}/cwd')[:0])"),
    Attack("inherited_files", "reached",
           "import os, stat\nfor fd in range(3, 256):\n    try:\n        kind = os.fstat(fd).st_mode\n"
           "    except OSError:\n        continue\n"
           "    if stat.S_ISFIFO(kind) or stat.S_ISREG(kind):\n        print('GOT' + ' THROUGH')"),
    Attack("own_maps", "reached", "print('GOT' + ' THROUGH', open('/proc/self/maps').read()[:0])"),
    Attack("passwords", "reached", "print('GOT' + ' THROUGH', open('/etc/passwd').read()[:0])"),
    Attack("home_of_the_grader", "reached",
           "import os, pwd\nprint('GOT' + ' THROUGH', os.listdir('/')[:0])"),
)  # fmt: skip
