"""From rows to padded batches of tokens, with the slips of a hurried thumb."""

import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor

from training.rows import Row

MAX_TOKENS = 192
_TOKENS_A_BATCH = 2048


def tokenizer_of(folder: Path, tokens: int = MAX_TOKENS) -> Tokenizer:
    """The base's tokenizer, cut to the length that the encoder reads."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(tokens)
    tokenizer.no_padding()
    return tokenizer


def batches(rows: Sequence[Row], tokenizer: Tokenizer, rng: random.Random) -> Iterator[list[Any]]:
    """Shuffled batches of about 2,048 tokens, of rows of like length and mixed tasks."""
    items = []
    for row in rows:
        text, spans = augment(row, rng)
        items.append((row, tokenizer.encode(text), spans))
    items.sort(key=lambda item: len(item[1].ids) + rng.random() * 8)
    groups: list[list[Any]] = [[]]
    for item in items:
        if groups[-1] and len(item[1].ids) * (len(groups[-1]) + 1) > _TOKENS_A_BATCH:
            groups.append([])
        groups[-1].append(item)
    rng.shuffle(groups)
    yield from groups


def augment(row: Row, rng: random.Random) -> tuple[str, tuple[tuple[int, int, int], ...]]:
    """Sometimes write the text as a hurried thumb would; spans keep their places."""
    text = row.text
    roll = rng.random()
    if roll < 0.15:
        text = text.lower()
    elif roll < 0.2:
        text = text.upper()
    if rng.random() < 0.15:
        text = re.sub(r"[’'](?=\w)", " " if row.spans else "", text) if not row.spans else text
    if rng.random() < 0.15:
        text = re.sub(r"[.,;:]", " ", text)
    if rng.random() < 0.2 and len(text) > 20:
        letters = list(text)
        for _ in range(max(1, len(text) // 60)):
            n = rng.randrange(1, len(letters) - 1)
            if letters[n].isalpha() and letters[n + 1].isalpha():
                letters[n], letters[n + 1] = letters[n + 1], letters[n]
        text = "".join(letters)
    return text, row.spans


def pad(encoded: Sequence[Any], device: str) -> tuple[Tensor, Tensor]:
    """Ids and mask of a batch."""
    length = max(len(e.ids) for e in encoded)
    ids = torch.zeros((len(encoded), length), dtype=torch.long)
    mask = torch.zeros((len(encoded), length), dtype=torch.long)
    for n, e in enumerate(encoded):
        ids[n, : len(e.ids)] = torch.tensor(e.ids)
        mask[n, : len(e.ids)] = 1
    return ids.to(device), mask.to(device)
