"""Run a module as a program and say on standard error how much memory it took at most (Linux).

    python -m benchmarks.child MODULE ARGUMENTS

The kernel's own figure for a child starts from the memory of the parent, which may be larger.
"""

import resource
import runpy
import sys
from pathlib import Path


def peak() -> float:
    """Most memory of this process so far, in MB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmHWM in /proc/self/status")


def main() -> None:
    """Run it; whatever it does at its end, the last line on standard error is ours."""
    module, *arguments = sys.argv[1:]
    sys.argv = [module, *arguments]
    try:
        if module == "softstart":
            from rag.cli import main as softstart

            softstart()
        else:
            runpy.run_module(module, run_name="__main__")
    finally:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        more = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = sum((usage.ru_utime, usage.ru_stime, more.ru_utime, more.ru_stime))
        sys.stdout.flush()
        sys.stderr.write(f"\n{peak():.0f} {seconds:.2f}\n")


if __name__ == "__main__":
    main()
