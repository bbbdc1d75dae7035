"""Run the engine with the kernel forbidding connections: `python sealed.py TASK`.

Where the kernel allows it (Linux, seccomp), the first connect(2), or sendto(2) with an address,
ends the process, even when native code makes it. Everywhere, Python's own sockets are watched too.
The last line on stdout is a JSON object.
"""

import ctypes
import json
import platform
import struct
import sys

import guard

_CALLS = {"x86_64": (0xC000003E, 42, 44), "aarch64": (0xC00000B7, 203, 206)}
_LOAD, _JEQ, _RET = 0x20, 0x15, 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000


def seal() -> bool:
    """Have the kernel end this process at its first connect; False where it cannot."""
    if not sys.platform.startswith("linux") or platform.machine() not in _CALLS:
        return False
    arch, connect, sendto = _CALLS[platform.machine()]
    program = [
        (_LOAD, 0, 0, 4),  # architecture
        (_JEQ, 0, 8, arch),
        (_LOAD, 0, 0, 0),  # number of the call
        (_JEQ, 5, 0, connect),
        (_JEQ, 0, 5, sendto),
        (_LOAD, 0, 0, 16 + 8 * 4),  # sendto's address, low half
        (_JEQ, 0, 2, 0),
        (_LOAD, 0, 0, 16 + 8 * 4 + 4),  # high half
        (_JEQ, 1, 0, 0),
        (_RET, 0, 0, _KILL),
        (_RET, 0, 0, _ALLOW),
    ]
    code = b"".join(struct.pack("HBBI", *line) for line in program)
    buffer = ctypes.create_string_buffer(code, len(code))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    libc = ctypes.CDLL(None, use_errno=True)
    filter_ = Program(len(program), ctypes.addressof(buffer))
    no_new_privileges, set_seccomp, mode_filter = 38, 22, 2
    return (
        libc.prctl(no_new_privileges, 1, 0, 0, 0) == 0
        and libc.prctl(set_seccomp, mode_filter, ctypes.byref(filter_), 0, 0) == 0
    )


def build() -> dict[str, object]:
    """Build the index that the settings name, model export included."""
    from rag.indexing import sync_notes
    from rag.settings import Settings
    from rag.store import Store

    settings = Settings.load()
    store = Store(settings)
    report = sync_notes(settings, store)
    store.close()
    return {"added": report.added, "rebuilt": report.rebuilt}


def ask() -> dict[str, object]:
    """Ask once and say which modules that took."""
    from rag import Assistant

    answer = Assistant().ask("what is flooding?")
    return {
        "text": answer.text,
        "modules": sorted({name.partition(".")[0] for name in sys.modules}),
    }


def leak() -> dict[str, object]:
    """Try to connect, to show that the seal holds: through libc, past Python's own sockets."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.socket(2, 1, 0)
    address = struct.pack("!HH8s8x", 0, 9, bytes([127, 0, 0, 1]) + bytes(4))
    address = struct.pack("=H", 2) + address[2:16]
    return {"connect": libc.connect(handle, address, 16)}


if __name__ == "__main__":
    task = {"build": build, "ask": ask, "leak": leak}[sys.argv[1]]
    guard.GUARD.local_allowed = False
    guard.start()
    sealed = seal()
    outcome = task()
    told = json.dumps({**outcome, "sealed": sealed, "attempts": guard.GUARD.attempts})
    sys.stdout.write(f"{told}\n")
    raise SystemExit(3 if guard.GUARD.attempts else 0)
