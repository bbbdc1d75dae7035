"""Figures of every head on a set of rows, on the scale of the evaluation's own measures."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from training.batching import pad
from training.model import TOKEN_HEAD, Reader
from training.rows import SEVERITIES, Row


def outputs(
    model: Reader, tokenizer: Any, texts: Sequence[str], device: str = "cpu"
) -> tuple[dict[str, NDArray[np.float32]], list[tuple[Any, NDArray[np.float32]]]]:
    """Probabilities of every text head, and for each text its encoding and token logits."""
    model.eval()
    heads: dict[str, list[tuple[int, NDArray[np.float32]]]] = {}
    tokens: dict[int, tuple[Any, NDArray[np.float32]]] = {}
    encoded = [tokenizer.encode(text) for text in texts]
    order = sorted(range(len(texts)), key=lambda n: len(encoded[n].ids))
    with torch.no_grad():
        for start in range(0, len(order), 32):
            group = order[start : start + 32]
            out = model(*pad([encoded[n] for n in group], device))
            for name, logits in out.items():
                values = logits.float().cpu()
                if name == TOKEN_HEAD:
                    for k, n in enumerate(group):
                        tokens[n] = (encoded[n], values[k, : len(encoded[n].ids)].numpy())
                    continue
                many = name in ("theme", "feeling")
                values = torch.sigmoid(values) if many else torch.softmax(values, dim=-1)
                heads.setdefault(name, []).extend(zip(group, values.numpy(), strict=True))
    ordered = {
        name: np.stack([value for _, value in sorted(found, key=lambda item: item[0])])
        for name, found in heads.items()
    }
    return ordered, [tokens[n] for n in range(len(texts))]


def measure(
    model: Reader, tokenizer: Any, rows: Mapping[str, Sequence[Row]], device: str = "cpu"
) -> dict[str, float]:
    """All figures as shares between 0 and 1."""
    figures: dict[str, float] = {}
    for task, found in rows.items():
        if not found or task not in _MEASURES:
            continue
        heads, tokens = outputs(model, tokenizer, [row.text for row in found], device)
        figures.update(_MEASURES[task](found, heads, tokens))
    return {name: round(float(value), 4) for name, value in figures.items()}


def recall_at(risk: NDArray[Any], gold: NDArray[Any], alarms: float) -> float:
    """Share of risk rows above the threshold that a share of safe rows passes."""
    safe = np.sort(risk[~gold])[::-1]
    threshold = safe[min(int(alarms * len(safe)), len(safe) - 1)]
    return float((risk[gold] > threshold).mean())


def _safety(rows: Sequence[Row], heads: Any, tokens: Any) -> dict[str, float]:
    risk = 1 - heads["category"][:, 0]
    gold = np.array([row.category != 0 for row in rows])
    grave = np.array([row.severity == SEVERITIES.index("immediate") for row in rows])
    category = heads["category"][:, 1:].argmax(1) + 1
    right = np.array([row.category for row in rows])
    figures = {
        "safety_recall_at_3": recall_at(risk, gold, 0.03),
        "safety_recall_at_6": recall_at(risk, gold, 0.06),
        "safety_recall_at_10": recall_at(risk, gold, 0.10),
        "safety_category": float((category == right)[gold].mean()),
        "safety_immediate": float((heads["severity"].argmax(1) == 2)[grave].mean()),
    }
    hidden = gold & ~np.array([row.explicit for row in rows])
    if any(row.explicit for row in rows):
        keep = hidden | ~gold
        figures["safety_indirect_at_10"] = recall_at(risk[keep], gold[keep], 0.10)
    return figures


def _steps(rows: Sequence[Row], heads: Any, tokens: Any) -> dict[str, float]:
    order = np.argsort(-heads["step"], axis=1)
    inside = [n for n, row in enumerate(rows) if max(row.step, key=row.step.get) != 0]  # type: ignore[arg-type]
    outside = [n for n in range(len(rows)) if n not in set(inside)]
    steps = np.argsort(-heads["step"][:, 1:], axis=1) + 1
    return {
        "steps_first": np.mean([order[n][0] in rows[n].step for n in inside]),
        "steps_two": np.mean([bool(set(steps[n][:2]) & set(rows[n].step)) for n in inside]),
        "steps_abstained": np.mean([order[n][0] == 0 for n in outside]) if outside else 1.0,
    }


def _intents(rows: Sequence[Row], heads: Any, tokens: Any) -> dict[str, float]:
    best = heads["intent"].argmax(1)
    return {"intent": np.mean([best[n] in row.intent for n, row in enumerate(rows)])}


def _messages(rows: Sequence[Row], heads: Any, tokens: Any) -> dict[str, float]:
    themes = heads["theme"].argmax(1)
    feelings = heads["feeling"].argmax(1)
    told = [n for n, row in enumerate(rows) if row.themes]
    felt = [n for n, row in enumerate(rows) if row.feelings]
    hit = found = gold = 0
    for row, (encoded, logits) in zip(rows, tokens, strict=True):
        marked = {
            c
            for (a, b), kind in zip(encoded.offsets, logits.argmax(1), strict=True)
            if kind
            for c in range(a, b)
        }
        real = {c for a, b, _ in row.spans for c in range(a, b)}
        hit, found, gold = hit + len(marked & real), found + len(marked), gold + len(real)
    precision, recall = hit / max(found, 1), hit / max(gold, 1)
    kind = heads["kind"].argmax(1)
    return {
        "theme": np.mean([themes[n] in rows[n].themes for n in told]),
        "feeling": np.mean([feelings[n] in rows[n].feelings for n in felt]),
        "kind": np.mean([kind[n] == row.kind for n, row in enumerate(rows)]),
        "blame_f1": 2 * precision * recall / max(precision + recall, 1e-9),
    }


_MEASURES = {"safety": _safety, "steps": _steps, "intents": _intents, "messages": _messages}
