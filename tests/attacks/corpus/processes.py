"""New programs and processes, threads that stay, signals, and leaving early."""

from .attack import Attack, of

ATTACKS = of(
    "processes",
    Attack("fork_that_writes_later", "harm",
           "import os, time\nif os.fork() == 0:\n    time.sleep(0.1)\n    open('@victim@', 'w').write('pwned')\n"
           "    os._exit(0)\nos.wait()"),
    Attack("fork_by_system_call", "reached",
           "import ctypes, os\npid = ctypes.CDLL(None).syscall({'x86_64': 57}.get(os.uname().machine, 220), 0, 0, 0)\n"
           "if pid == 0:\n    os._exit(0)\nif pid > 0:\n    print('GOT' + ' THROUGH')"),
    Attack("clone_by_system_call", "reached",
           "import ctypes, os\nnumber = {'x86_64': 56}.get(os.uname().machine, 220)\n"
           "pid = ctypes.CDLL(None).syscall(number, 17, 0, 0, 0, 0)\n"
           "if pid == 0:\n    os._exit(0)\nif pid > 0:\n    print('GOT' + ' THROUGH')"),
    Attack("copy_by_system_call", "reached",  # in the one form that the sandbox knows
           "import ctypes, os\nnumber = {'x86_64': 56}.get(os.uname().machine, 220)\n"
           "pid = ctypes.CDLL(None).syscall(number, 0x8000 | 17, 0, 0, 0, 0)\n"
           "if pid == 0:\n    os._exit(0)\nif pid > 0:\n    print('GOT' + ' THROUGH')"),
    Attack("one_process_for_all_copies", "engine",
           "import os, socket, sys, threading\nworker = sys.modules['autograder.sandbox.worker']\n\n"
           "def pretend():\n    fd = os.dup(sys._getframe(1).f_locals['descriptors'][0])\n"
           "    me = worker.Worker(socket.socket(fileno=fd), None, get_ipython().user_ns)\n"
           "    threading.Thread(target=me.serve, daemon=True).start()\n    return os.getpid()\n\n"
           "worker.fork_sibling, worker._threads = pretend, lambda: 1"),
    Attack("copies_that_are_other_processes", "engine",
           "import os, sys\nworker = sys.modules['autograder.sandbox.worker']\nreal = worker.fork_sibling\n"
           "worker.fork_sibling = lambda: real() and os.getppid()"),
    Attack("subprocess", "reached",
           "import subprocess\nsubprocess.run(['true'], check=True)\nprint('GOT' + ' THROUGH')"),
    Attack("shell_magic", "reached", "!true && printf 'GOT %s' THROUGH"),
    Attack("os_system", "harm", "import os\nos.system('echo pwned > @victim@')"),
    Attack("another_program_in_our_place", "harm",
           "import os\nos.execv('/bin/sh', ['sh', '-c', 'echo pwned > @victim@; sleep 5'])"),
    Attack("multiprocessing", "reached",
           "import multiprocessing.context, os\np = multiprocessing.context.ForkProcess(target=os.getpid)\n"
           "p.start()\np.join()\nprint('GOT' + ' THROUGH')"),
    Attack("debugger_of_its_own", "reached",
           "import ctypes\nprint('GOT' + ' THROUGH') if ctypes.CDLL(None).prctl(4, 1, 0, 0, 0) == 0 else None"),
    Attack(
        "thread_patches_during_the_tests", "points",
        "import threading, time, numpy as np\n\ndef patch():\n    while True:\n"
        "        np.testing.assert_allclose = lambda *a, **k: None\n        np.allclose = lambda *a, **k: True\n"
        "        time.sleep(0.001)\n\nthreading.Thread(target=patch, daemon=True).start()\ntime.sleep(0.05)",
    ),
    Attack("thread_reads_during_the_tests", "secret",
           "import threading, time, sys\nloot = []\n\ndef look():\n    while True:\n"
           "        for frame in sys._current_frames().values():\n            while frame:\n"
           "                loot.extend(c for c in frame.f_code.co_consts if 'canary-' in str(c))\n"
           "                loot.extend(str(v) for v in list(frame.f_locals.values())\n"
           "                            if type(v) is str and 'canary-' in v)\n"
           "                frame = frame.f_back\n        time.sleep(0.001)\n\n"
           "threading.Thread(target=look, daemon=True).start()",
           solutions={"square": "def square(n):\n    import time\n    time.sleep(0.05)\n    return 0"},
           last="print(set(loot))"),
    Attack("hundreds_of_threads", "reached",
           "import ctypes, threading, time\nctypes.CDLL(None).mallopt(-8, 1)\nthreading.stack_size(32768)\n"
           "event = threading.Event()\nfor _ in range(300):\n"
           "    threading.Thread(target=event.wait, args=[2], daemon=True).start()\n"
           "time.sleep(0.8)\nprint('GOT' + ' THROUGH')"),
    Attack("kill_a_bystander", "harm", "import os\nos.kill(@bystander@, 9)\nimport time\ntime.sleep(0.1)"),
    Attack("stop_a_bystander", "harm", "import os\nos.kill(@bystander@, 19)\nimport time\ntime.sleep(0.1)"),
    Attack("signal_by_every_call", "harm",
           "import ctypes, os, signal, time\nlibc = ctypes.CDLL(None)\nx86 = os.uname().machine == 'x86_64'\n"
           "pid = @bystander@\nlibc.syscall(234 if x86 else 131, pid, pid, 9)\n"
           "libc.syscall(200 if x86 else 130, pid, 9)\nlibc.sigqueue(pid, 9, 0)\n"
           "fd = libc.syscall(434, pid, 0)\nlibc.syscall(424, fd, 9, 0, 0)\ntime.sleep(0.1)"),
    Attack("signal_to_everybody", "reached", "import os\nos.kill(-1, 0)\nprint('GOT' + ' THROUGH')"),
    Attack("signal_to_the_parent", "reached", "import os\nos.kill(os.getppid(), 0)\nprint('GOT' + ' THROUGH')"),
    Attack("signal_to_the_group", "reached", "import os\nos.killpg(os.getpgrp(), 0)\nprint('GOT' + ' THROUGH')"),
    Attack("signal_by_file_owner", "harm",
           "import fcntl, os, socket, time\na, b = socket.socketpair()\nfcntl.fcntl(a, fcntl.F_SETOWN, @bystander@)\n"
           "fcntl.fcntl(a, 10, 9)\nfcntl.fcntl(a, fcntl.F_SETFL, os.O_ASYNC)\nb.send(b'x')\ntime.sleep(0.1)"),
    Attack("limits_of_a_bystander", "harm",
           "import resource, time, signal, os\nresource.prlimit(@bystander@, resource.RLIMIT_AS, (1, 1))\n"
           "os.kill(@bystander@, 19)\ntime.sleep(0.1)"),
    Attack("stops_itself", "stuck", "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)"),
    Attack("kills_itself", "stuck", "import os\nos.kill(os.getpid(), 9)"),
    Attack("exits_at_once", "stuck", "import os\nos._exit(0)"),
    Attack("exits_in_a_function", "stuck",
           solutions={"relu": "import os\n\ndef relu(x):\n    os._exit(0)"}),
    Attack("sys_exit_in_a_function", "engine", solutions={"relu": "import sys\n\ndef relu(x):\n    sys.exit(0)"}),
    Attack("exits_when_deleted", "stuck",
           solutions={"relu": "import os\n\nclass Last:\n    def __del__(self):\n        os._exit(0)\n\n"
                      "def relu(x):\n    Last()\n    return x"}),
    Attack("crashes", "stuck", "import ctypes\nctypes.string_at(0)"),
    Attack("recursion_without_end", "engine",
           solutions={"relu": "import sys\nsys.setrecursionlimit(10**9)\n\ndef relu(x):\n    return relu(x)"}),
    Attack("real_time_priority", "reached",
           "import os\nos.setpriority(os.PRIO_PROCESS, 0, -20)\nprint('GOT' + ' THROUGH')"),
    Attack("limits_raised", "reached",
           "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (1000, 1000))\nprint('GOT' + ' THROUGH')"),
    Attack("becomes_somebody_else", "reached", "import os\nos.setuid(65534)\nprint('GOT' + ' THROUGH')"),
    Attack("namespace_of_its_own", "reached",
           "import ctypes\nprint('GOT' + ' THROUGH') if ctypes.CDLL(None).unshare(0x10000000) == 0 else None"),
    Attack("filesystem_mounted", "reached",
           "import ctypes\nlibc = ctypes.CDLL(None)\nlibc.unshare(0x10020000)\n"
           "print('GOT' + ' THROUGH') if libc.mount(b'none', b'/tmp', b'tmpfs', 0, 0) == 0 else None"),
    Attack("audit_hook_that_ends_the_process", "engine",
           "import os, sys\nsys.addaudithook(lambda event, _: event.startswith('socket') and os._exit(3))"),
    Attack("audit_hook_that_refuses_all", "engine",
           "import sys\n\ndef refuse(event, _):\n    if event.startswith(('socket', 'os.', 'open', 'ctypes')):\n"
           "        raise RuntimeError(event)\n\nsys.addaudithook(refuse)"),
    Attack("garbage_collector_that_raises", "engine",
           "import gc\n\ndef collected(phase, _):\n    raise SystemExit\n\ngc.set_threshold(5)\n"
           "gc.callbacks.append(collected)"),
    Attack("watchdog_that_ends_the_process", "engine",
           "import faulthandler\nfaulthandler.dump_traceback_later(0.3, exit=True, file=open('traceback.txt', 'w'))",
           solutions={"relu": "import time\n\ndef relu(x):\n    time.sleep(0.6)\n    return x"}),
    Attack("all_descriptors_replaced", "engine",
           "import os\nmine = os.open('mine', os.O_RDWR | os.O_CREAT)\nfor fd in range(100):\n    try:\n"
           "        os.fstat(fd)\n        os.dup2(mine, fd)\n    except OSError:\n        pass"),
    Attack("noise_on_all_descriptors", "engine",
           "import os\nfor fd in range(3, 300):\n    try:\n        os.write(fd, b'\\xff' * 100)\n"
           "    except OSError:\n        pass"),
)  # fmt: skip
