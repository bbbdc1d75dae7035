"""Teach a reader: `python -m training.train` (`make train` runs the whole way, teacher first).

Seeded; runs on CPU, or on a GPU where there is one. Writes the weights of the epoch that reads
the validation rows best, and a JSON file with the figures of every epoch.
"""

import argparse
import json
import os
import random
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from training.bases import LARGE, SMALL, base_folder
from training.batching import MAX_TOKENS, batches, pad, tokenizer_of
from training.losses import loss_of, soft_loss
from training.measure import measure
from training.model import Reader
from training.rows import TASKS, Row, splits
from training.soften import Soft

_AVERAGE_EVERY = 5


def _optimizer(model: Reader, args: argparse.Namespace) -> torch.optim.Optimizer:
    """AdamW over the heads and what of the base is not held fixed."""
    if args.freeze:
        for part in (model.base.embeddings, *model.base.encoder.layer[: args.freeze]):
            part.requires_grad_(False)
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    body = [p for name, p in named if name.startswith("base.")]
    heads = [p for name, p in named if not name.startswith("base.")]
    groups = [{"params": body, "lr": args.rate}, {"params": heads, "lr": 1e-3}]
    return torch.optim.AdamW(groups, weight_decay=0.01, fused=True)


def _rows(args: argparse.Namespace, data: dict[str, Any], rng: random.Random) -> list[Row]:
    """The training rows: a share of them for a curve, of the notes' questions every n-th."""
    rows = [
        row for task in args.tasks for row in data[task][0][:: args.thin if task == "asks" else 1]
    ]
    return rows if args.share >= 1 else rng.sample(rows, int(len(rows) * args.share))


def train(args: argparse.Namespace) -> None:
    """Teach the reader and keep the best epoch."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    from transformers import AutoModel, get_linear_schedule_with_warmup

    random.seed(args.seed)
    np.random.seed(args.seed)
    torch.manual_seed(args.seed)
    rng = random.Random(args.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    folder = base_folder(args.base)
    tokenizer = tokenizer_of(folder, args.tokens)
    model = Reader(AutoModel.from_pretrained(folder)).to(device)
    data = {task: splits(task) for task in args.tasks}
    rows = _rows(args, data, rng)
    teacher = Soft(args.teacher) if args.teacher else None
    optimizer = _optimizer(model, args)
    average = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(args.ema)
    )
    steps = args.epochs * len(list(batches(rows, tokenizer, random.Random(0))))
    schedule = get_linear_schedule_with_warmup(optimizer, int(0.06 * steps), steps)
    args.out.mkdir(parents=True, exist_ok=True)
    about = {"base": args.base, "tokens": args.tokens}
    (args.out / "about.json").write_text(json.dumps(about), encoding="utf-8")
    best, history, start = -1.0, [], time.time()
    for epoch in range(args.epochs):
        model.train()
        for n, batch in enumerate(batches(rows, tokenizer, rng)):
            ids, mask = pad([e for _, e, _ in batch], device)
            with torch.autocast(device, torch.bfloat16, enabled=args.bf16):
                out = model(ids, mask)
            loss = loss_of(out, batch)
            if teacher:
                loss = (1 - args.trust) * loss + args.trust * soft_loss(out, batch, teacher)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            if n % _AVERAGE_EVERY == 0:
                average.update_parameters(model)
            if n % 50 == 0:
                print(f"epoch {epoch} batch {n} loss {loss.item():.3f} {time.time() - start:.0f} s",
                      flush=True)  # fmt: skip
        figures = {}
        for k, split in ((1, "validation"), (2, "test")):
            # The test rows are looked at once, at the end: nothing is chosen by them.
            if split == "validation" or epoch == args.epochs - 1:
                rows_of = {task: data[task][k] for task in args.tasks}
                figures[split] = measure(average.module, tokenizer, rows_of, device)
        history.append(figures)
        print(json.dumps(figures), flush=True)
        value = float(np.mean(list(figures["validation"].values())))
        if value > best:
            best = value
            torch.save(average.module.state_dict(), args.out / "reader.pt")
        (args.out / "history.json").write_text(json.dumps(history, indent=1), encoding="utf-8")


def main() -> None:
    """Read the options and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/reader"))
    parser.add_argument("--base", choices=(SMALL, LARGE), default=SMALL)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--freeze", type=int, default=0, help="layers of the base held fixed")
    parser.add_argument("--tokens", type=int, default=MAX_TOKENS, help="most tokens of a text")
    parser.add_argument(
        "--thin", type=int, default=1, help="keep every n-th of the notes' questions"
    )
    parser.add_argument("--teacher", type=Path, help="soft targets, from training.soften")
    parser.add_argument("--trust", type=float, default=0.5, help="weight of the teacher")
    parser.add_argument("--ema", type=float, default=0.95, help="decay of the averaged weights")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--share", type=float, default=1.0, help="share of the rows, for a curve")
    parser.add_argument("--tasks", nargs="+", default=TASKS)
    parser.add_argument("--bf16", action="store_true")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
