"""The encoder to be taught: all-MiniLM-L6-v2 with one small head for each thing to be read."""

from typing import Any

import torch
from torch import Tensor, nn

from training.rows import (
    BLAME,
    CATEGORIES,
    FEELINGS,
    INTENTS,
    KINDS,
    SEVERITIES,
    THEMES,
)

HEADS: dict[str, int] = {
    "category": len(CATEGORIES),
    "severity": len(SEVERITIES),
    "step": 8,
    "intent": len(INTENTS),
    "kind": len(KINDS),
    "theme": len(THEMES),
    "feeling": len(FEELINGS),
}
"""Heads over the whole text, with the number of their outputs."""

TOKEN_HEAD = "blame"


class AttentionPool(nn.Module):
    """Weigh the tokens, then average: each head may look at other words."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.score = nn.Linear(width, 1)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Pool states (batch, length, width) to (batch, width)."""
        scores = self.score(states).squeeze(-1).masked_fill(mask == 0, -1e4)
        weights = torch.softmax(scores, dim=-1).unsqueeze(-1)
        mean = (states * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True)
        return mean + (states * weights).sum(1)


class Reader(nn.Module):
    """One pass over the text, all heads at once."""

    def __init__(self, base: Any, *, dropout: float = 0.1) -> None:
        super().__init__()
        width = base.config.hidden_size
        self.base = base
        self.dropout = nn.Dropout(dropout)
        self.pools = nn.ModuleDict({name: AttentionPool(width) for name in HEADS})
        self.heads = nn.ModuleDict({name: nn.Linear(width, size) for name, size in HEADS.items()})
        self.tokens = nn.Linear(width, len(BLAME))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> dict[str, Tensor]:
        """Logits of every head; `blame` has one row for each token."""
        states = self.base(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.to(states.dtype)
        out = {
            name: self.heads[name](self.dropout(self.pools[name](states, mask))) for name in HEADS
        }
        out[TOKEN_HEAD] = self.tokens(self.dropout(states))
        return out
