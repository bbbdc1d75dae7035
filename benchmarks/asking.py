"""How quick the engine is: cold in a fresh process, warm, with many at once, and over time."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.measuring import Child, Times, open_rows, run_child, time_in_turn
from benchmarks.stock import Stock
from rag import Assistant, Settings
from rag.store import Store

QUESTION = "how do I ask for a break without walking out?"


def cold(settings: Settings, stock: Path, rounds: int) -> dict[str, Child]:
    """The best of a few fresh processes each, taken in turn."""
    here = {"SOFTSTART_DATA_DIR": str(settings.data_dir)}
    tasks: dict[str, Callable[[], Child]] = {
        "softstart ask": lambda: run_child("softstart", "ask", QUESTION, **here),
        "softstart check": lambda: run_child("softstart", "check", QUESTION, **here),
        "stock pipeline": lambda: run_child("benchmarks.stock", str(stock), QUESTION),
    }
    taken: dict[str, list[Child]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            taken[name].append(task())
    return {name: min(children, key=lambda child: child.wall) for name, children in taken.items()}


def warm(assistant: Assistant, stock: Stock, rounds: int) -> dict[str, Times]:
    """Each task on its own rows; the stock pipeline and the limit on the questions too."""
    limit = _limit(assistant)
    questions = open_rows("questions")
    tasks: tuple[tuple[Sequence[str], dict[str, Callable[[str], Any]]], ...] = (
        (
            questions,
            {"ask": assistant.ask, "stock pipeline": stock.ask, "limit": limit},
        ),
        (open_rows("steps"), {"step": assistant.step}),
        (open_rows("rewrite"), {"reword": assistant.reword}),
        (open_rows("safety"), {"check": assistant.check}),
    )
    times: dict[str, Times] = {}
    for texts, calls in tasks:
        time_in_turn(calls, texts[:5])  # whatever is loaded at first use
        times.update(time_in_turn(calls, texts, rounds=rounds))
    return times


def _limit(assistant: Assistant) -> Callable[[str], Any]:
    """What no answer can undercut: one pass of the encoder, one query to Chroma."""
    store: Store = assistant.store
    collection = store.view("notes")._collection

    def run(question: str) -> Any:
        vector = assistant.search._embedder.embed([question])
        return collection.query(query_embeddings=vector, n_results=4)

    return run


def throughput(
    calls: dict[str, Callable[[str], Any]], threads: Sequence[int], seconds: float
) -> dict[int, dict[str, float]]:
    """Answers a second with so many threads at once."""
    questions = open_rows("questions")
    rates: dict[int, dict[str, float]] = {}
    for count in threads:
        rates[count] = {}
        for name, call in calls.items():
            end = time.perf_counter() + seconds

            def work(n: int, call: Callable[[str], Any] = call, end: float = end) -> int:
                done = 0
                while time.perf_counter() < end:
                    call(questions[(n + done) % len(questions)])
                    done += 1
                return done

            start = time.perf_counter()
            with ThreadPoolExecutor(count) as pool:
                done = sum(pool.map(work, range(count)))
            rates[count][name] = done / (time.perf_counter() - start)
    return rates
