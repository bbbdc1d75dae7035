"""Join rules and encoder: how much each counts, and the bar for showing help first.

python -m training.joining rag/model

The rows of `test-safety` and the ordinary validation rows teach the joint: the rules were written
from the training rows, so their weight can be learnt only from rows that neither they nor the
encoder have seen. It has five numbers and a bar, and what it gives is measured on folds of those
rows (whole twin groups, by a hash) that were left out when weights and bar were fitted.
"""

import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.encoder import Encoder
from rag.guard import features, speaks_for_itself
from rag.safety import find_risks
from training.rows import Row, read, splits

HARD_ALARMS = 0.09
"""Share of the hard safe rows that may raise an alarm: an alarm closes nothing, so notice more."""
ORDINARY_ALARMS = 0.03
"""The same for ordinary texts."""
_RIDGE = 1.0
_FOLDS = 5

Matrix = NDArray[np.float64]


def folds() -> list[list[Row]]:
    """The safety rows that no model has learnt from, in parts that share no twins."""
    parts: list[list[Row]] = [[] for _ in range(_FOLDS)]
    for key, row in read("safety", test=True):
        parts[hashlib.sha256(key.encode()).digest()[0] % _FOLDS].append(row)
    return parts


def ordinary() -> list[Row]:
    """Validation rows of the other tasks: everyday texts without danger."""
    rows = [row for task in ("steps", "intents", "messages") for row in splits(task)[1]]
    return [row for row in rows if row.category == 0]


def matrix(rows: Sequence[Row], encoder: Encoder) -> Matrix:
    """Features of each row, shape (rows, features)."""
    return np.array([features(row.text, encoder, find_risks(row.text)) for row in rows])


def fit(x: Matrix, y: NDArray[np.bool_]) -> Matrix:
    """Logistic regression with a small ridge, by Newton's method; the last weight is the offset."""
    x = np.hstack([x, np.ones((len(x), 1))])
    w = np.zeros(x.shape[1])
    ridge = _RIDGE * np.eye(len(w))
    ridge[-1, -1] = 0.0
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ w))
        step = np.linalg.solve((x.T * (p * (1 - p))) @ x + ridge, x.T @ (p - y) + ridge @ w)
        w -= step
    return w


def scores(x: Matrix, w: Matrix) -> Matrix:
    """The joined log-odds of each row."""
    return np.hstack([x, np.ones((len(x), 1))]) @ w


def bar_for(hard: Matrix, everyday: Matrix) -> float:
    """The lowest bar that keeps both kinds of false alarm within their shares."""
    return float(
        max(np.quantile(hard, 1 - HARD_ALARMS), np.quantile(everyday, 1 - ORDINARY_ALARMS))
    )


@dataclass(frozen=True)
class Part:
    """Rows as the joint sees them: features, whether they are a risk, what rules settle alone."""

    x: Matrix
    gold: NDArray[np.bool_]
    sure: NDArray[np.bool_]

    @classmethod
    def of(cls, rows: Sequence[Row], encoder: Encoder) -> "Part":
        """Read the rows."""
        return cls(
            matrix(rows, encoder),
            np.array([row.category != 0 for row in rows]),
            np.array([speaks_for_itself(row.text, find_risks(row.text)) for row in rows]),
        )

    @classmethod
    def joined(cls, parts: Sequence["Part"]) -> "Part":
        """Several parts as one."""
        columns = zip(*((part.x, part.gold, part.sure) for part in parts), strict=True)
        return cls(*(np.concatenate(column) for column in columns))


def learn(part: Part, everyday: Matrix) -> tuple[Matrix, float]:
    """Weights and bar from some rows and the ordinary ones."""
    x = np.vstack([part.x, everyday])
    w = fit(x, np.concatenate([part.gold, np.zeros(len(everyday), dtype=bool)]))
    hard = scores(part.x, w)[~part.gold]
    # What rules settle alone sounds at any bar, and counts among the false alarms.
    hard[part.sure[~part.gold]] = np.inf
    return w, bar_for(hard, scores(everyday, w))


def main(folder: Path) -> None:
    """Fit the joint, write it into the card, and print what it gives."""
    encoder = Encoder(folder)
    everyday = matrix(ordinary(), encoder)
    parts = [Part.of(rows, encoder) for rows in folds()]
    alarms, gold = [], np.concatenate([part.gold for part in parts])
    for n, part in enumerate(parts):
        w, bar = learn(Part.joined(parts[:n] + parts[n + 1 :]), everyday)
        alarms.append((scores(part.x, w) >= bar) | part.sure)
    alarm = np.concatenate(alarms)
    w, bar = learn(Part.joined(parts), everyday)
    joint = {
        "weights": [round(float(value), 4) for value in w],
        "bar": round(bar, 4),
        "figures": {
            "recall": round(float(alarm[gold].mean()), 4),
            "false_alarms": round(float(alarm[~gold].mean()), 4),
            "ordinary_false_alarms": round(float((scores(everyday, w) >= bar).mean()), 4),
        },
    }
    path = folder / "card.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**card, "joint": joint}, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(joint, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
