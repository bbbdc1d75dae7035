"""What eight-bit weights would save the embedding model, and what they would cost in retrieval.

    python -m benchmarks.eight_bits FOLDER

FOLDER is SciFact, as for `benchmarks.scifact`. Prints a table: the model as it is, with eight-bit
weights, and with eight-bit weights for the questions alone.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import open_rows, time_in_turn
from benchmarks.scifact import measure
from rag.embeddings import OnnxEmbedder, export_folder, find_model
from rag.exporting import export_model
from rag.settings import Settings


def quantised(full: Path, folder: Path) -> OnnxEmbedder:
    """The exported model with its weights in eight bits, each column with a scale of its own."""
    from onnx import TensorProto
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        full / "model.onnx",
        folder / "model.onnx",
        weight_type=QuantType.QInt8,
        per_channel=True,
        op_types_to_quantize=["MatMul", "Attention"],
        extra_options={"DefaultTensorType": TensorProto.FLOAT},
    )
    shutil.copyfile(full / "tokenizer.json", folder / "tokenizer.json")
    return OnnxEmbedder("eight bits", folder)


def table(folder: Path) -> list[str]:
    """The Markdown lines."""
    settings = Settings.load()
    files = find_model(settings.embedding_model)
    full = export_model(files, settings.data_dir)
    questions = open_rows("questions")
    with tempfile.TemporaryDirectory() as name:
        small = quantised(export_folder(files, settings.data_dir), Path(name))
        cosines = (full.embed(questions) * small.embed(questions)).sum(axis=1)
        calls = {"full": lambda q: full.embed([q]), "small": lambda q: small.embed([q])}
        times = time_in_turn(calls, questions, rounds=5)
        scores = measure(folder, full, {"full": full, "small": small})
        small_scores = measure(folder, small, {"small": small})["small"]
        rows = [
            ("as it is", times["full"].p50, 1.0, scores["full"]),
            ("eight bits for questions only", times["small"].p50, cosines.min(), scores["small"]),
            ("eight bits for everything", times["small"].p50, cosines.min(), small_scores),
        ]
    lines = [
        "| weights | one question, p50 | least cosine | nDCG@10, dense | nDCG@10, fused |",
        "|---|---|---|---|---|",
    ]
    for label, p50, cosine, found in rows:
        figures = f"{p50:.1f} ms | {cosine:.4f} | {found['dense']:.3f} | {found['fused']:.3f}"
        lines.append(f"| {label} | {figures} |")
    return lines


def main() -> None:
    """Print the table."""
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "corpus.jsonl").is_file():
        print("Not run: name the folder that holds SciFact's corpus.jsonl.")
        raise SystemExit(2)
    print("\n".join(table(Path(sys.argv[1]))))


if __name__ == "__main__":
    main()
