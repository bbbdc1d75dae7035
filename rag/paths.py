"""Where the shipped data lies: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
ROOT = _PACKAGE / "_data" if (_PACKAGE / "_data").is_dir() else _PACKAGE.parent
"""The folder that holds `knowledge/`, `prompts/`, `evals/` and `app.py`."""

KNOWLEDGE = ROOT / "knowledge"
PROMPTS = ROOT / "prompts"
EVALS = ROOT / "evals"
APP = ROOT / "app.py"
