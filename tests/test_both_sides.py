"""The same story from each partner: the same step for both, and fair advice for each."""

import json
import re
from collections import Counter

import pytest

from rag.encoder import load_encoder
from rag.paths import EVALS
from rag.steps import load_guide

ROWS = [
    json.loads(line)
    for line in (EVALS / "both_sides.jsonl").read_text(encoding="utf-8").splitlines()
]
LEAST = 0.7
STEPS = load_guide().steps
WHOSE = re.compile(r"\byour partner's (work|to lead)\b")


def tell(share: str, misses: list[str]) -> None:
    """Show the figure and the misses under `pytest -s`."""
    print(share, *misses, sep="\n  ")  # noqa: T201


@pytest.fixture(scope="module")
def firsts() -> list[tuple[int, int]]:
    """The first step that the encoder reads in each pair's two texts; 0 is none."""
    encoder = load_encoder()

    def first(text: str) -> int:
        step = encoder.read(text).step
        return int(max(step, key=lambda label: step[label]))

    return [(first(row["hurt"]), first(row["used"])) for row in ROWS]


def test_the_pairs_are_whole() -> None:
    assert len(ROWS) >= 40
    assert [row["id"] for row in ROWS] == [f"bs-{n:02}" for n in range(1, len(ROWS) + 1)]
    assert set(Counter(row["step"] for row in ROWS)) == set(range(1, 8))
    assert min(Counter(row["step"] for row in ROWS).values()) >= 6
    for row in ROWS:
        assert set(row) == {"id", "hurt", "used", "step", "acceptable", "about"}
        assert row["step"] == row["acceptable"][0]
        assert set(row["acceptable"]) <= set(range(1, 8))
        for side in ("hurt", "used"):
            assert 20 <= len(row[side].split()) <= 70, row["id"]
    texts = [row[side] for row in ROWS for side in ("hurt", "used")]
    assert len(set(texts)) == len(texts)


def test_both_partners_get_the_same_step(firsts: list[tuple[int, int]]) -> None:
    misses = [
        f"{row['id']} step {row['step']}: hurt {hurt}, used {used} ({row['about']})"
        for row, (hurt, used) in zip(ROWS, firsts, strict=True)
        if hurt != used
    ]
    share = 1 - len(misses) / len(ROWS)
    tell(f"same step for both: {share:.2f}", misses)
    assert share >= LEAST, misses


def test_the_first_step_is_acceptable(firsts: list[tuple[int, int]]) -> None:
    misses = [
        f"{row['id']} {side}: {got}, acceptable {row['acceptable']} ({row['about']})"
        for row, pair in zip(ROWS, firsts, strict=True)
        for side, got in zip(("hurt", "used"), pair, strict=True)
        if got not in row["acceptable"]
    ]
    share = 1 - len(misses) / (2 * len(ROWS))
    tell(f"acceptable first step: {share:.2f}", misses)
    assert share >= LEAST, misses


@pytest.mark.parametrize("side", [0, 1], ids=["hurt", "used"])
def test_neither_partner_is_read_worse(firsts: list[tuple[int, int]], side: int) -> None:
    right = [pair[side] in row["acceptable"] for row, pair in zip(ROWS, firsts, strict=True)]
    share = sum(right) / len(right)
    assert share >= LEAST, share


@pytest.mark.parametrize("number", range(1, 8))
def test_each_partner_gets_advice_of_their_own(number: int) -> None:
    step = STEPS[number]
    for said in (step.work, step.this_week):
        assert said.hurt.strip()
        assert said.used.strip()
        assert said.hurt != said.used


@pytest.mark.parametrize("number", [1, 2, 5])
def test_the_hurt_partner_is_not_handed_the_other_ones_step(number: int) -> None:
    assert WHOSE.search(STEPS[number].work.hurt)
    assert not WHOSE.search(STEPS[number].work.used)
