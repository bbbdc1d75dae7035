"""Run sentence-transformers in a process of its own, as the reference for the ONNX export.

It takes seconds to import and hundreds of megabytes. In its own process it runs beside the rest of
the work, never enters the memory of the program, and is gone when it has answered.
"""

import os
import subprocess
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.embeddings import ModelFiles, TransformerEmbedder, Vectors
from rag.errors import ModelUnavailable

SAMPLE = (
    "What do I say when he tells me it was only pictures?",
    "She found my phone. I want to tell the truth and I am scared.",
    "A break works when you say when you will be back.",
    "ok",
)
"""What the export and the original are compared on."""

_VECTORS, _GRAPH, _FAULT = "reference.npy", "model.onnx", "fault.txt"


class Reference:
    """sentence-transformers at work in another process.

    Args:
        files: The model.
        folder: Where it may write its vectors, and the graph when it is asked for one.
        graph: Whether it shall also export the model with torch, for what `rag.bert` cannot write.
    """

    def __init__(self, files: ModelFiles, folder: Path, *, graph: bool) -> None:
        self._files = files
        self._folder = folder
        arguments = [str(files.folder), files.name, files.digest, str(folder), str(int(graph))]
        self._process = subprocess.Popen(  # noqa: S603 - this very Python, running this very file
            [sys.executable, "-m", "rag.reference", *arguments],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def vectors(self) -> Vectors:
        """Wait for the vectors of the sample.

        Raises:
            ModelUnavailable: When the model does not load.
        """
        status = self._process.wait()
        fault = self._folder / _FAULT
        if fault.is_file():
            raise ModelUnavailable(fault.read_text(encoding="utf-8"))
        if status != 0:
            raise ModelUnavailable(
                f"sentence-transformers stopped while it loaded {self._files.name} (status"
                f" {status}). Free some memory and run: softstart index"
            )
        found: Vectors = np.load(self._folder / _VECTORS)
        return found

    def stop(self) -> None:
        """End the process if it still runs."""
        self._process.kill()
        self._process.wait()


def compute(files: ModelFiles, folder: Path, *, graph: bool) -> None:
    """What the other process does: vectors of the sample, and a graph when asked for one."""
    try:
        reference = TransformerEmbedder(files)
        if graph:
            export_with_torch(reference.model, folder / _GRAPH)
        np.save(folder / _VECTORS, reference.embed(SAMPLE))
    except ModelUnavailable as error:
        (folder / _FAULT).write_text(str(error), encoding="utf-8")


def export_with_torch(model: Any, path: Path) -> None:
    """Trace any encoder into a graph from token ids to unit vectors (mean pooling inside)."""
    import torch

    class Encoder(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = model[0].auto_model.eval()

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            taken = self.inner(input_ids=input_ids, attention_mask=attention_mask)
            states = taken.last_hidden_state
            weights = attention_mask.unsqueeze(-1).to(states.dtype)
            mean = (states * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(mean, dim=-1)

    batch, length = torch.export.Dim("batch", min=1), torch.export.Dim("length", min=2, max=512)
    axes = {0: batch, 1: length}
    # Rows of unequal length: with a mask of ones alone the export would leave the mask out.
    example = model.tokenizer(SAMPLE[:2], padding=True, return_tensors="pt")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Encoder(),
            (example["input_ids"], example["attention_mask"]),
            str(path),
            input_names=["input_ids", "attention_mask"],
            output_names=["vector"],
            dynamic_shapes={"input_ids": axes, "attention_mask": axes},
            dynamo=True,
            verbose=False,
        )


def main(arguments: Sequence[str]) -> None:
    """Run as the other process."""
    model, name, digest, folder, graph = arguments
    compute(ModelFiles(name, Path(model), digest), Path(folder), graph=graph == "1")


if __name__ == "__main__":
    main(sys.argv[1:])
