"""The benchmarks' own arithmetic and writing; the figures themselves are no tests."""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from conftest import ROOT

from benchmarks.__main__ import BEGIN, END, PAGE, write
from benchmarks.measuring import Times, run_child, time_in_turn
from benchmarks.plot import draw
from benchmarks.scifact import ndcg


def test_percentiles_are_milliseconds() -> None:
    times = Times(tuple(n / 1000 for n in range(1, 101)))
    assert times.p50 == pytest.approx(50.5)
    assert times.p95 == pytest.approx(95.05)


def test_calls_are_taken_in_turn_on_each_text() -> None:
    order: list[str] = []
    calls = {name: lambda text, name=name: order.append(name + text) for name in "ab"}
    times = time_in_turn(calls, ["1", "2"], rounds=2)
    assert order == ["a1", "b1", "a2", "b2"] * 2
    assert {name: len(taken.seconds) for name, taken in times.items()} == {"a": 4, "b": 4}


def test_a_child_tells_its_own_memory_and_its_failure() -> None:
    ran = run_child("benchmarks.plot")
    assert 5 < ran.peak < 150
    assert 0 < ran.cpu < 60
    with pytest.raises(RuntimeError, match="No module named"):
        run_child("benchmarks.nothing")


def test_the_curve_is_whole_and_falls_where_the_figures_say(tmp_path: Path) -> None:
    path = tmp_path / "images" / "curve.svg"
    draw(path, "Title", [100, 1000, 10_000], {"p95": [5, 9, 40]}, bar=60, bar_name="60 ms")
    root = ElementTree.parse(path).getroot()
    space = {"s": "http://www.w3.org/2000/svg"}
    points = root.find("s:polyline", space).get("points").split()
    across, down = zip(*(map(float, point.split(",")) for point in points), strict=True)
    assert list(across) == sorted(across)
    assert list(down) == sorted(down, reverse=True)  # more milliseconds stand higher
    assert across[1] - across[0] == pytest.approx(across[2] - across[1], abs=0.2)
    width, height = map(float, root.get("viewBox").split()[2:])
    assert all(0 < x < width for x in across)
    assert all(0 < y < height for y in down)
    assert root.find("s:title", space).text == "Title"


def test_tables_taken_anew_replace_the_old_and_the_others_stay(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"Before.\n\n{BEGIN}\n{END}\n\nAfter.\n", encoding="utf-8")
    write(["2 cores", "", "### One", "", r"| \1 |", "", "### Two", "", "| old |"], page)
    write(["3 cores", "", "### Two", "", "| new |"], page)
    after = page.read_text(encoding="utf-8")
    tables = ("3 cores", "### One\n\n| \\1 |", "### Two\n\n| new |")
    assert after == "\n\n".join(["Before.", BEGIN, *tables, END, "After.\n"])


def test_the_page_has_one_place_for_figures() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1


def test_ndcg_is_one_for_the_best_ranking_and_less_for_a_worse_one() -> None:
    relevant = {"a": 1, "b": 1}
    assert ndcg(["a", "b", "c"], relevant) == 1.0
    assert ndcg(["c", "a", "b"], relevant) == pytest.approx((0.6309 + 0.5) / (1 + 0.6309), abs=1e-4)
    assert ndcg(["c"], relevant) == 0.0


def test_the_container_is_built_with_the_same_commands() -> None:
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?m)^RUN make (\w+)", text))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert targets == {"setup", "index", "test"}
    assert all(re.search(rf"(?m)^{target}:", makefile) for target in targets)
