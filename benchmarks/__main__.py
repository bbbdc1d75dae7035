"""Measure Softstart on this machine: `python -m benchmarks`.

Prints Markdown tables. The stock LangChain pipeline and the limit (one pass of the encoder and one
query) are measured in the same run, call by call, so the ratios hold on a busy machine too.
`--only` takes some parts; `--write` puts their tables into docs/performance.md, with the curve.
Needs `pip install -e '.[bench]'`.
"""

import argparse
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from benchmarks.asking import cold, throughput, warm
from benchmarks.building import building
from benchmarks.growth import SIZES, growth
from benchmarks.measuring import busy, machine, run_child
from benchmarks.plot import draw
from benchmarks.stock import Stock
from rag import Assistant, Settings

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
CURVE = ROOT / "docs" / "images" / "growth.svg"
PARTS = ("build", "cold", "warm", "threads", "memory", "growth")

AIMS = {"ask": (30, 80), "reword": (60, None), "step": (25, None), "check": (25, None)}
"""Most milliseconds at p50 and p95 on two cores."""


class Run:
    """One run over some parts, with the index and the stock pipeline that they share."""

    def __init__(self, folder: Path, *, quick: bool) -> None:
        self._folder = folder
        self._quick = quick
        self._stock = folder / "stock"
        self._settings = Settings(data_dir=folder / "data")
        self._opened: tuple[Assistant, Stock] | None = None
        self._built = False

    def part(self, name: str) -> list[str]:
        """The Markdown lines of one part."""
        parts: dict[str, Callable[[], list[str]]] = {
            "build": self._build,
            "cold": self._cold,
            "warm": self._warm,
            "threads": self._threads,
            "memory": self._memory,
            "growth": self._growth,
        }
        return parts[name]()

    def _build(self) -> list[str]:
        taken = building(self._folder / "edits", self._folder / "edits-stock")
        rows = [
            (name, f"{child.wall:.1f} s", f"{child.cpu:.1f} s", f"{child.peak:.0f} MB")
            for name, child in taken.items()
        ]
        return _table("Index", ("", "time", "processor time", "peak memory"), rows)

    def _cold(self) -> list[str]:
        self._open()
        taken = cold(self._settings, self._stock, 1 if self._quick else 3)
        ours = taken["softstart ask"].wall
        rows = [
            (name, f"{c.wall:.2f} s", f"{c.peak:.0f} MB", f"{c.wall / ours:.1f}")
            for name, c in taken.items()
        ]
        header = ("fresh process", "time", "peak memory", "times `softstart ask`")
        return _table("Cold start", header, rows)

    def _warm(self) -> list[str]:
        assistant, stock = self._open()
        times = warm(assistant, stock, 1 if self._quick else 3)
        ours = times["ask"].p50
        rows = []
        for name, taken in times.items():
            p50, p95 = AIMS.get(name, (None, None))
            aim = " / ".join(f"{value} ms" for value in (p50, p95) if value)
            ratio = f"{taken.p50 / ours:.2f}" if name in ("stock pipeline", "limit") else ""
            rows.append((name, f"{taken.p50:.1f} ms", f"{taken.p95:.1f} ms", aim, ratio))
        return _table("Warm", ("", "p50", "p95", "at most", "times `ask`"), rows)

    def _threads(self) -> list[str]:
        assistant, stock = self._open()
        calls = {"ask": assistant.ask, "stock pipeline": stock.ask}
        rates = throughput(calls, (1, 4, 16), 3 if self._quick else 10)
        rows = [
            (
                str(count),
                f"{rate['ask']:.1f}",
                f"{rate['stock pipeline']:.1f}",
                f"{rate['ask'] / rate['stock pipeline']:.1f}",
            )
            for count, rate in rates.items()
        ]
        header = ("threads at once", "answers a second", "stock pipeline", "ratio")
        return _table("Many at once", header, rows)

    def _memory(self) -> list[str]:
        count = 400 if self._quick else 10_000
        child = run_child("benchmarks.enduring", str(self._index().data_dir), str(count))
        taken = [line.split() for line in child.out.splitlines()]
        rows = [(f"{int(n):,}", f"{megabytes} MB") for n, megabytes in taken]
        return _table("Memory of one process over mixed requests", ("requests", "memory"), rows)

    def _growth(self) -> list[str]:
        sizes = growth(self._index(), SIZES[:3] if self._quick else SIZES)
        if not self._quick:
            curves = {"p95": [s.find.p95 for s in sizes], "p50": [s.find.p50 for s in sizes]}
            draw(
                CURVE,
                "One search, by number of passages",
                [s.passages for s in sizes],
                curves,
                bar=60,
                bar_name="60 ms",
            )
        rows = [
            (
                f"{s.passages:,}",
                f"{s.find.p50:.1f} ms",
                f"{s.find.p95:.1f} ms",
                f"{s.build:.1f} s",
                f"{s.megabytes:.0f} MB",
            )
            for s in sizes
        ]
        header = ("passages", "search p50", "p95", "writing them to Chroma", "on disk")
        return _table("Growth", header, rows)

    def _index(self) -> Settings:
        """Settings of the shipped index, built at the first call."""
        if not self._built:
            from rag.indexing import sync_notes
            from rag.store import Store

            store = Store(self._settings)
            sync_notes(self._settings, store)
            store.close()
            self._built = True
        return self._settings

    def _open(self) -> tuple[Assistant, Stock]:
        """The engine and the stock pipeline, each with its index."""
        if self._opened is None:
            settings = self._index()
            stock = Stock(self._stock)
            stock.build()
            self._opened = Assistant(settings), stock
        return self._opened


def _table(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [f"### {title}", "", "| " + " | ".join(header) + " |", "|---" * len(header) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return [*lines, "", busy(), ""]


def write(lines: Sequence[str], page: Path = PAGE) -> None:
    """Put tables between the page's marks; those that were not taken anew stay."""
    text = page.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    old, after = rest.split(END)
    tables = {**_by_title(old), **_by_title("\n".join(lines))}
    figures = "\n\n".join(table.strip() for table in tables.values())
    page.write_text(f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}", encoding="utf-8")


def _by_title(text: str) -> dict[str, str]:
    """Tables by their titles; what stands before the first has none."""
    parts = [part for part in re.split(r"(?m)^(?=### )", text) if part.strip()]
    return {part.splitlines()[0] if part.startswith("#") else "": part for part in parts}


def main() -> None:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure Softstart.")
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, rough figures")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    given = parser.parse_args()
    chosen = [name.strip() for name in given.only.split(",")]
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    lines = [line for about in machine() for line in (about, "")]
    with tempfile.TemporaryDirectory() as name:
        run = Run(Path(name), quick=given.quick)
        for part in chosen:
            lines += run.part(part)
            print("\n".join(lines), flush=True)
            print()
    if given.write:
        write(lines)


if __name__ == "__main__":
    main()
