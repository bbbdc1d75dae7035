"""Fit the last layer of a head anew in the exported model, everything below it held fixed.

python -m training.refit rag/model

What somebody wants of the program is taught by few rows, and not every kind is equally common
among them; in the pass over all tasks the commonest kind wins. The pooled states hold more than
that: a last layer fitted alone on its own rows, each kind counting alike, reads unseen ones better
(Kirichenko and others 2022, "Last layer re-training is sufficient for robustness to spurious
correlations"). It takes a minute, so new rows need no new model.
"""

import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from sklearn.linear_model import LogisticRegression

from training.export import temperature
from training.rows import Row, splits

HEAD = "intent"
_PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3)
"""Inverse strengths of the ridge to choose from."""
_FOLDS = 10
_TWINS = 4
"""Rows that stand together in the files and so stay in one fold."""

Matrix = NDArray[np.float32]
Layer = tuple[Matrix, Matrix]


def layer_nodes(model: Any, head: str) -> tuple[list[Any], str]:
    """The nodes of a head's last layer, quantised or not, and the name of the states it reads."""
    made_by = {output: node for node in model.graph.node for output in node.output}
    nodes, todo, states = [], [head], ""
    while todo:
        node = made_by.get(todo.pop())
        if node is None or node in nodes:  # a weight, or seen before
            continue
        nodes.append(node)
        if node.op_type in ("DynamicQuantizeLinear", "MatMul"):
            states = str(node.input[0])
        else:
            todo += node.input
    return nodes, states


def pooled(model: Any, folder: Path, texts: Sequence[str], states: str) -> Matrix:
    """The pooled states of each text, shape (texts, width)."""
    import onnxruntime
    from tokenizers import Tokenizer

    wider = onnx.ModelProto()
    wider.CopyFrom(model)
    wider.graph.output.append(helper.make_tensor_value_info(states, TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(wider.SerializeToString())
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(json.loads((folder / "card.json").read_text("utf-8"))["tokens"])
    rows = []
    for text in texts:
        encoded = tokenizer.encode(text)
        feed = {
            "input_ids": np.array([encoded.ids], dtype=np.int64),
            "attention_mask": np.array([encoded.attention_mask], dtype=np.int64),
        }
        rows.append(session.run([states], feed)[0][0])
    return np.stack(rows)


def fit(x: Matrix, y: NDArray[np.int64], penalty: float) -> Layer:
    """Weights (width, labels) and offsets of a logistic regression, every label counting alike."""
    model = LogisticRegression(C=penalty, max_iter=1000, class_weight="balanced").fit(x, y)
    return model.coef_.T.astype(np.float32), model.intercept_.astype(np.float32)


def right(logits: Matrix, rows: Sequence[Row]) -> float:
    """Share of rows whose highest label is an acceptable one."""
    chosen = zip(logits.argmax(1), rows, strict=True)
    return float(np.mean([best in row.intent for best, row in chosen]))


def fit_by_folds(x: Matrix, rows: Sequence[Row]) -> Layer:
    """The layer with the penalty that reads rows of left-out folds best."""
    y = labels(rows)
    fold = np.arange(len(rows)) // _TWINS % _FOLDS

    def unseen(penalty: float) -> float:
        shares = []
        for n in range(_FOLDS):
            weights, offsets = fit(x[fold != n], y[fold != n], penalty)
            left = [row for row, at in zip(rows, fold, strict=True) if at == n]
            shares.append(right(x[fold == n] @ weights + offsets, left))
        return float(np.mean(shares))

    return fit(x, y, max(_PENALTIES, key=unseen))


def labels(rows: Sequence[Row]) -> NDArray[np.int64]:
    """The first label of each row."""
    return np.array([max(row.intent, key=row.intent.__getitem__) for row in rows])


def write(model: Any, head: str, layer: Layer) -> None:
    """Put the layer in place of the old one, in 32 bits: it is small, and exact."""
    nodes, states = layer_nodes(model, head)
    for node in nodes:
        model.graph.node.remove(node)
    names = [f"{head}.weights", f"{head}.offsets"]
    old = [t for t in model.graph.initializer if f"heads.{head}." in t.name or t.name in names]
    for tensor in old:
        model.graph.initializer.remove(tensor)
    model.graph.initializer.extend(
        numpy_helper.from_array(values, name) for values, name in zip(layer, names, strict=True)
    )
    product = f"{head}.product"
    model.graph.node.extend(
        [
            helper.make_node("MatMul", [states, names[0]], [product]),
            helper.make_node("Add", [product, names[1]], [head]),
        ]
    )


def main(folder: Path) -> None:
    """Fit the layer, write model and card, and print the figures; 4 becomes version 4.1."""
    model = onnx.load(folder / "reader.onnx")
    _, states = layer_nodes(model, HEAD)
    parts = splits("intents")
    x = [pooled(model, folder, [row.text for row in part], states) for part in parts]
    layer = fit_by_folds(x[0], parts[0])
    logits = [values @ layer[0] + layer[1] for values in x]
    write(model, HEAD, layer)
    onnx.save(model, folder / "reader.onnx")
    path = folder / "card.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    card["version"] = f"{card['version'].split('.')[0]}.1"
    card["sha256"] = hashlib.sha256((folder / "reader.onnx").read_bytes()).hexdigest()
    card["temperatures"][HEAD] = temperature(
        torch.tensor(logits[1]), torch.tensor(labels(parts[1]))
    )
    card["refit"] = {
        "rows": len(parts[0]),
        "validation": round(right(logits[1], parts[1]), 4),
        "test": round(right(logits[2], parts[2]), 4),
    }
    path.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(card["refit"]), "temperature", card["temperatures"][HEAD])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
