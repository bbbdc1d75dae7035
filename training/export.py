"""Calibrate the taught encoder, export it to ONNX, quantise it, and write its card.

python -m training.export build/reader rag/model
"""

import hashlib
import json
import shutil
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from training.bases import SMALL, base_folder, load_reader
from training.batching import MAX_TOKENS, pad
from training.losses import token_targets
from training.model import HEADS, TOKEN_HEAD, Reader
from training.rows import (
    BLAME,
    CATEGORIES,
    FEELINGS,
    INTENTS,
    KINDS,
    SEVERITIES,
    THEMES,
    splits,
)

VERSION = "4"
_LABELS = {
    "category": CATEGORIES,
    "severity": SEVERITIES,
    "step": [str(n) for n in range(8)],
    "intent": INTENTS,
    "kind": KINDS,
    "theme": THEMES,
    "feeling": FEELINGS,
    TOKEN_HEAD: BLAME,
}


class Outputs(nn.Module):
    """The reader with its outputs in a fixed order, as ONNX wants them."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader

    def forward(self, input_ids: Any, attention_mask: Any) -> tuple[Any, ...]:
        """Logits of every head, the token head last."""
        out = self.reader(input_ids, attention_mask)
        return (*(out[name] for name in HEADS), out[TOKEN_HEAD])


def logits_of(reader: Reader, tokenizer: Any, texts: list[str], head: str) -> torch.Tensor:
    """Logits of one head for each text."""
    rows = []
    with torch.no_grad():
        for text in texts:
            rows.append(reader(*pad([tokenizer.encode(text)], "cpu"))[head][0])
    return torch.stack(rows)


def temperature(logits: torch.Tensor, gold: torch.Tensor) -> float:
    """The temperature that makes a head's probabilities fit the validation rows best (Guo 2017)."""
    grid = np.linspace(0.5, 3.0, 101)
    losses = [float(nn.functional.cross_entropy(logits / t, gold)) for t in grid]
    return round(float(grid[int(np.argmin(losses))]), 3)


def calibrate(reader: Reader, tokenizer: Any) -> dict[str, float]:
    """A temperature for each head that gives one answer."""
    found = {}
    for task, head, label in (
        ("safety", "category", lambda r: r.category),
        ("safety", "severity", lambda r: r.severity),
        ("steps", "step", lambda r: max(r.step, key=r.step.get)),
        ("intents", "intent", lambda r: max(r.intent, key=r.intent.get)),
        ("messages", "kind", lambda r: r.kind),
    ):
        rows = splits(task)[1]
        logits = logits_of(reader, tokenizer, [row.text for row in rows], head)
        found[head] = temperature(logits, torch.tensor([label(row) for row in rows]))
    return found


def blame_bar(reader: Reader, tokenizer: Any) -> float:
    """The probability of blame above which a token is marked: best character F1 on validation."""
    rows = splits("messages")[1]
    scored = []
    with torch.no_grad():
        for row in rows:
            encoded = tokenizer.encode(row.text)
            out = reader(*pad([encoded], "cpu"))[TOKEN_HEAD][0]
            blame = 1 - torch.softmax(out, dim=-1)[:, 0].numpy()
            gold = np.array(token_targets(encoded, row.spans)) > 0
            length = np.array([end - start for start, end in encoded.offsets])
            scored.append((blame, gold, length))
    blame, gold, length = (np.concatenate(values) for values in zip(*scored, strict=True))

    def f1(bar: float) -> float:
        marked = blame >= bar
        hit = length[marked & gold].sum()
        return float(2 * hit / max(length[marked].sum() + length[gold].sum(), 1))

    return max((round(bar, 2) for bar in np.arange(0.2, 0.8, 0.02)), key=f1)


def export(source: Path, target: Path) -> None:
    """Write `reader.onnx`, `tokenizer.json` and `card.json`."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    reader, tokenizer = load_reader(source)
    target.mkdir(parents=True, exist_ok=True)
    draft = source / "reader-fp32.onnx"
    example = [tokenizer.encode("one two three"), tokenizer.encode("one")]
    axes = {0: torch.export.Dim("batch", min=1), 1: torch.export.Dim("length", min=2, max=512)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Outputs(reader),
            pad(example, "cpu"),
            str(draft),
            input_names=["input_ids", "attention_mask"],
            output_names=[*HEADS, TOKEN_HEAD],
            dynamic_shapes={"input_ids": axes, "attention_mask": axes},
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    quantize_dynamic(
        draft, target / "reader.onnx", weight_type=QuantType.QInt8, per_channel=True,
        op_types_to_quantize=["MatMul", "Gather"],
    )  # fmt: skip
    shutil.copyfile(base_folder(SMALL) / "tokenizer.json", target / "tokenizer.json")
    history = json.loads((source / "history.json").read_text(encoding="utf-8"))
    weights = (target / "reader.onnx").read_bytes()
    card = {
        "version": VERSION,
        "base": "all-MiniLM-L6-v2 (Apache-2.0)",
        "sha256": hashlib.sha256(weights).hexdigest(),
        "tokens": MAX_TOKENS,
        "labels": {name: list(labels) for name, labels in _LABELS.items()},
        "many": ["theme", "feeling"],
        "temperatures": calibrate(reader, tokenizer),
        "blame_bar": blame_bar(reader, tokenizer),
        "figures": max(history, key=lambda f: float(np.mean(list(f["validation"].values())))),
    }
    (target / "card.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    print(f"{len(weights) / 1e6:.1f} MB, {card['temperatures']}, blame bar {card['blame_bar']}")


if __name__ == "__main__":
    export(Path(sys.argv[1]), Path(sys.argv[2]))
