"""What the heads are taught by: labels where they are known, and a teacher's doubts."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from training.model import TOKEN_HEAD
from training.rows import FEELINGS, THEMES
from training.soften import SOFT_HEADS, Soft

_WEIGHTS = {"category": 1.0, "severity": 0.5, "step": 1.0, "intent": 0.7, "kind": 0.5,
            "theme": 6.0, "feeling": 4.0, "blame": 1.5}  # fmt: skip


def loss_of(out: dict[str, Tensor], batch: Sequence[Any]) -> Tensor:
    """Weighted sum of the losses of the heads whose targets are known."""
    rows = [row for row, _, _ in batch]
    device = out["step"].device
    total = torch.zeros((), device=device)

    def soft(head: str, targets: list[dict[int, float] | None], smoothing: float) -> None:
        nonlocal total
        known = [n for n, target in enumerate(targets) if target]
        if not known:
            return
        size = out[head].shape[-1]
        gold = torch.full((len(known), size), smoothing / size, device=device)
        for k, n in enumerate(known):
            for label, share in (targets[n] or {}).items():
                gold[k, label] += (1 - smoothing) * share
        loss = -(gold * F.log_softmax(out[head][known].float(), dim=-1)).sum(-1)
        total = total + _WEIGHTS[head] * loss.sum() / len(rows)

    soft("category", [{r.category: 1.0} if r.category is not None else None for r in rows], 0.05)
    soft("severity", [{r.severity: 1.0} if r.severity is not None else None for r in rows], 0.05)
    soft("step", [r.step or None for r in rows], 0.05)
    soft("intent", [r.intent or None for r in rows], 0.05)
    soft("kind", [{r.kind: 1.0} if r.kind is not None else None for r in rows], 0.05)
    messages = [n for n, r in enumerate(rows) if r.kind is not None]
    if messages:
        for head, size, pick in (
            ("theme", len(THEMES), lambda r: r.themes),
            ("feeling", len(FEELINGS), lambda r: r.feelings),
        ):
            gold = torch.zeros((len(messages), size), device=device)
            for k, n in enumerate(messages):
                gold[k, list(pick(rows[n]))] = 1.0
            loss = F.binary_cross_entropy_with_logits(out[head][messages].float(), gold)
            total = total + _WEIGHTS[head] * loss * len(messages) / len(rows)
        total = total + _WEIGHTS[TOKEN_HEAD] * _token_loss(out, batch, messages) / len(rows)
    return total


def soft_loss(out: dict[str, Tensor], batch: Sequence[Any], teacher: Soft) -> Tensor:
    """How far the heads are from what the teacher makes of the same rows, label or not.

    Themes, feelings and kinds are asked of messages only, as the labels are.
    """
    rows = [row for row, _, _ in batch]
    device = out["step"].device
    total = torch.zeros((), device=device)
    messages = [n for n, row in enumerate(rows) if row.kind is not None]
    for head in SOFT_HEADS:
        only = messages if head in ("kind", "theme", "feeling") else list(range(len(rows)))
        if not only:
            continue
        gold = torch.tensor(teacher.of([rows[n].text for n in only], head), device=device)
        logits = out[head][only].float()
        if head in ("theme", "feeling"):
            loss = F.binary_cross_entropy_with_logits(logits, gold)
        else:
            loss = -(gold * F.log_softmax(logits, dim=-1)).sum(-1).mean()
        total = total + _WEIGHTS[head] * loss * len(only) / len(rows)
    return total


def token_targets(encoded: Any, spans: Sequence[tuple[int, int, int]]) -> list[int]:
    """The kind of blame at each token, 0 outside of every span."""
    return [
        next((kind for a, b, kind in spans if start < b and end > a), 0) if end > start else 0
        for start, end in encoded.offsets
    ]


def _token_loss(out: dict[str, Tensor], batch: Sequence[Any], messages: Sequence[int]) -> Tensor:
    losses = []
    for n in messages:
        _, encoded, spans = batch[n]
        gold = torch.tensor(token_targets(encoded, spans), device=out[TOKEN_HEAD].device)
        logits = out[TOKEN_HEAD][n, : len(encoded.ids)].float()
        losses.append(F.cross_entropy(logits, gold))
    return torch.stack(losses).sum()
