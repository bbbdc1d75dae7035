"""What Softstart says of itself: a program, not a person; what it does not do; who it is for."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from rag import paths
from rag.knowledge import read_yaml


class Notice(BaseModel):
    """The notice in two parts: the first says what this is, the second what it does not do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    short: str
    full: str


def load_notice(folder: Path = paths.KNOWLEDGE) -> Notice:
    """Load the notice.

    Raises:
        KnowledgeError: When the data file is broken.
    """
    notice: Notice = read_yaml(folder / "notice.yaml", Notice)
    return notice
