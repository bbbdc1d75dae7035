"""How the benchmarks measure: times of calls, children with their memory, the machine."""

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from rag.paths import EVALS

LIBRARIES = (
    "softstart",
    "chromadb",
    "onnxruntime",
    "langchain-core",
    "langchain-huggingface",
    "langchain-chroma",
    "sentence-transformers",
    "torch",
)


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of many calls."""

    seconds: tuple[float, ...]

    @property
    def p50(self) -> float:
        """The median, in milliseconds."""
        return float(np.percentile(self.seconds, 50)) * 1e3

    @property
    def p95(self) -> float:
        """Nineteen of twenty calls are quicker; milliseconds."""
        return float(np.percentile(self.seconds, 95)) * 1e3


def time_in_turn(
    calls: Mapping[str, Callable[[str], Any]], texts: Sequence[str], *, rounds: int = 1
) -> dict[str, Times]:
    """Time several calls on the same texts, one after the other for each text.

    Whatever else the machine is doing then slows all of them alike, so that ratios hold.
    """
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for text in texts:
            for name, call in calls.items():
                start = time.perf_counter()
                call(text)
                seconds[name].append(time.perf_counter() - start)
    return {name: Times(tuple(values)) for name, values in seconds.items()}


@dataclass(frozen=True, slots=True)
class Child:
    """A process that has ended.

    Attributes:
        wall: Seconds on the clock.
        cpu: Seconds of processor time, its own children included.
        peak: Most memory that the process itself took, in MB.
        out: What it printed.
    """

    wall: float
    cpu: float
    peak: float
    out: str


def run_child(*arguments: str, **environment: str) -> Child:
    """Run a module in a fresh process and measure it; see `benchmarks.child`.

    Raises:
        RuntimeError: When it fails.
    """
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.child", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    wall = time.perf_counter() - start
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)}: {done.stderr[-2000:]}")
    peak, seconds = done.stderr.strip().rpartition("\n")[2].split()
    return Child(wall, float(seconds), float(peak), done.stdout)


def resident() -> float:
    """Memory of this process now, in MB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def open_rows(name: str) -> list[str]:
    """Texts of the open evaluation rows: used here to measure with, and for nothing else."""
    lines = (EVALS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    return [str(row.get("question") or row["text"]) for row in rows]


def machine() -> list[str]:
    """What these figures were taken on."""
    processor = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        named = [x for x in info.read_text(encoding="utf-8").splitlines() if "model name" in x]
        processor = named[0].partition(":")[2].strip() if named else processor
    return [
        f"{os.cpu_count()} cores, {processor}, {platform.system()}",
        f"Python {platform.python_version()}, "
        + ", ".join(f"{name} {_version(name)}" for name in LIBRARIES),
    ]


def busy() -> str:
    """How much else ran meanwhile: on an idle machine of two cores, the load stays below two."""
    return f"Load of the machine over these minutes: {os.getloadavg()[1]:.1f}."


def _version(name: str) -> str:
    try:
        return version(name)
    except Exception:
        return "absent"
