"""Calling for help, or telling others."""

from .attack import Attack, of

_TCP = "import socket\nsocket.create_connection(('127.0.0.1', @tcp@), timeout=2)"
_RAW = """\
import ctypes, struct
libc = ctypes.CDLL(None)
fd = libc.socket(2, 1, 0)
libc.connect(fd, struct.pack('<H', 2) + struct.pack('>H', @tcp@) + bytes([127, 0, 0, 1]) + bytes(8), 16)
"""

ATTACKS = of(
    "network",
    Attack("tcp", "harm", _TCP),
    Attack("tcp_by_system_call", "harm", _RAW),
    Attack("tcp_from_a_thread", "harm",
           "import threading\n\ndef call():\n    import socket\n"
           "    socket.create_connection(('127.0.0.1', @tcp@), timeout=2)\n\n"
           "t = threading.Thread(target=call)\nt.start()\nt.join()"),
    Attack("http", "harm", "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:@tcp@/', timeout=2)"),
    Attack("udp", "harm",
           "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', @udp@))"),
    Attack("unix_socket", "harm", "import socket\nsocket.socket(socket.AF_UNIX).connect('@unix@')"),
    Attack("abstract_socket", "harm", "import socket\nsocket.socket(socket.AF_UNIX).connect('@abstract@')"),
    Attack("unix_datagram_from_a_pair", "harm",
           "import socket\na, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)\na.sendto(b'x', '@log@')"),
    Attack("server_opened", "reached",
           "import socket\nsocket.create_server(('127.0.0.1', 0))\nprint('GOT' + ' THROUGH')"),
    Attack("name_looked_up", "reached",
           "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
           "s.sendto(b'x', ('127.0.0.1', 53))\nprint('GOT' + ' THROUGH')"),
)  # fmt: skip
