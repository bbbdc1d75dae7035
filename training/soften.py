"""Write down what a taught reader makes of every training row, for a smaller one to learn from.

python -m training.soften build/teacher build/soft.npz

The larger base knows more of the world; its doubts on a row tell the small one more than the label
alone (Hinton and others 2015, "Distilling the knowledge in a neural network").
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from training.bases import load_reader
from training.measure import outputs
from training.rows import TASKS, splits

SOFT_HEADS = ("category", "severity", "step", "intent", "kind", "theme", "feeling")


class Soft:
    """The probabilities of a teacher for each training text.

    Args:
        path: A file that `write` has made.
    """

    def __init__(self, path: Path) -> None:
        with np.load(path, allow_pickle=False) as kept:
            self._places = {str(text): n for n, text in enumerate(kept["texts"])}
            self._heads = {head: kept[head] for head in SOFT_HEADS}

    def of(self, texts: Sequence[str], head: str) -> NDArray[np.float32]:
        """Probabilities of one head, shape (texts, outputs)."""
        found: NDArray[np.float32] = self._heads[head][[self._places[text] for text in texts]]
        return found


def main(folder: Path, path: Path) -> None:
    """Read every training row and keep the probabilities."""
    reader, tokenizer = load_reader(folder)
    texts = sorted({row.text for task in TASKS for row in splits(task)[0]})
    with torch.autocast("cpu", torch.bfloat16):
        heads, _ = outputs(reader, tokenizer, texts)
    kept = {head: heads[head].astype(np.float32) for head in SOFT_HEADS}
    np.savez_compressed(path, texts=np.array(texts), **kept)
    print(f"{len(texts)} texts")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
