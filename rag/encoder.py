"""Read a message once: a small taught encoder gives every later stage what it needs to know.

The model is our own (`training/`), shipped as `rag/model/` and run by ONNX Runtime and
`tokenizers` alone. One pass gives the probabilities of every head.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelUnavailable

MODEL = Path(__file__).resolve().parent / "model"
Probabilities = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the message, as character offsets, with its kind and probability."""

    start: int
    end: int
    kind: str
    probability: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What the encoder read in one text; each head as probabilities by label.

    Attributes:
        risk: Calibrated probability that the message needs help first, 0 to 1.
        category: Safety category, `none` included; sums to 1.
        severity: `none`, `elevated`, `immediate`; sums to 1.
        step: `0` (none fits) and `1` to `7`; sums to 1.
        intent: What the person wants of the program; sums to 1.
        kind: For a message to somebody: `blame`, `implicit`, `fine`, `not_a_message`.
        theme: What a complaint is about; each theme for itself.
        feeling: Feelings that would fit the writer; each for itself.
        blame: Stretches that blame.
    """

    risk: float
    category: Probabilities
    severity: Probabilities
    step: Probabilities
    intent: Probabilities
    kind: Probabilities
    theme: Probabilities
    feeling: Probabilities
    blame: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Joint:
    """How rules and encoder are weighed together, and from where help is shown first."""

    weights: tuple[float, ...]
    bar: float

    def score(self, features: Sequence[float]) -> float:
        """The joined log-odds of danger; the last weight is the offset."""
        return sum(w * x for w, x in zip(self.weights, (*features, 1.0), strict=True))


_EVEN: dict[str, Any] = {"weights": [0.0, 1.0, 2.0, 1.0, 0.0], "bar": 0.0}
"""A joint for a model that has just been exported, until its own is learnt."""


class Encoder:
    """The shipped model, loaded; safe to share between threads.

    Raises:
        ModelUnavailable: When the model's files are missing or not the expected ones.
    """

    def __init__(self, folder: Path = MODEL) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        try:
            card: dict[str, Any] = json.loads((folder / "card.json").read_text(encoding="utf-8"))
            weights = (folder / "reader.onnx").read_bytes()
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # tokenizers raises a bare Exception for a broken file
            raise ModelUnavailable(
                f"The reading model in {folder} cannot be loaded. Reinstall Softstart."
            ) from error
        if hashlib.sha256(weights).hexdigest() != card["sha256"]:
            raise ModelUnavailable(
                f"The reading model in {folder} is damaged. Reinstall Softstart."
            )
        self.version = str(card["version"])
        joint = card.get("joint", _EVEN)
        self.joint = Joint(tuple(joint["weights"]), float(joint["bar"]))
        self._labels: dict[str, list[str]] = card["labels"]
        self._temperatures: dict[str, float] = card["temperatures"]
        self._many = frozenset(card["many"])
        self._blame_bar = float(card["blame_bar"])
        self._tokenizer.enable_truncation(int(card["tokens"]))
        self._tokenizer.enable_padding()
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        # Threads that wait in a loop for work take the processor from whatever else runs.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session: Any = onnxruntime.InferenceSession(
            weights, options, providers=["CPUExecutionProvider"]
        )
        self._outputs = [output.name for output in self._session.get_outputs()]

    def read(self, text: str) -> Reading:
        """Read one text."""
        return self.read_all([text])[0]

    def read_all(self, texts: Sequence[str]) -> list[Reading]:
        """Read several texts in one pass."""
        encoded = self._tokenizer.encode_batch(list(texts))
        feed = {
            "input_ids": np.array([item.ids for item in encoded], dtype=np.int64),
            "attention_mask": np.array([item.attention_mask for item in encoded], dtype=np.int64),
        }
        out = dict(zip(self._outputs, self._session.run(None, feed), strict=True))
        return [self._reading(out, n, encoded[n]) for n in range(len(texts))]

    def _reading(self, out: Mapping[str, NDArray[np.float32]], n: int, encoded: Any) -> Reading:
        heads: dict[str, Probabilities] = {}
        for name, labels in self._labels.items():
            if name == "blame":
                continue
            logits = out[name][n].astype(np.float64) / self._temperatures.get(name, 1.0)
            values = 1 / (1 + np.exp(-logits)) if name in self._many else _softmax(logits)
            heads[name] = dict(zip(labels, map(float, values), strict=True))
        return Reading(
            risk=1.0 - heads["category"]["none"],
            blame=self._spans(out["blame"][n], encoded),
            **heads,
        )

    def _spans(self, logits: NDArray[np.float32], encoded: Any) -> tuple[Span, ...]:
        """Join neighbouring blaming tokens into spans; a gap of one token does not part them."""
        values = np.stack([_softmax(row) for row in logits.astype(np.float64)])
        marked = [
            n
            for n, (start, end) in enumerate(encoded.offsets)
            if end > start and 1.0 - values[n, 0] >= self._blame_bar
        ]
        groups: list[list[int]] = []
        for n in marked:
            if groups and n - groups[-1][-1] <= 2:
                groups[-1].append(n)
            else:
                groups.append([n])
        spans = []
        for group in groups:
            inside = values[group[0] : group[-1] + 1]
            kind = int(inside[:, 1:].sum(axis=0).argmax()) + 1
            spans.append(
                Span(
                    start=encoded.offsets[group[0]][0],
                    end=encoded.offsets[group[-1]][1],
                    kind=self._labels["blame"][kind],
                    probability=float(1.0 - inside[:, 0].mean()),
                )
            )
        return tuple(spans)


@cache
def load_encoder(folder: Path = MODEL) -> Encoder:
    """The shipped encoder, loaded once for all.

    Raises:
        ModelUnavailable: When it cannot be loaded.
    """
    return Encoder(folder)


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    values = np.exp(logits - logits.max())
    total: NDArray[np.float64] = values / values.sum()
    return total
