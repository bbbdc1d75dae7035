"""Tell how a question is put, because a request for words reads differently from a "what is".

The forms are data (`knowledge/forms.yaml`), each with sentences that it matches and ignores.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from rag import paths
from rag.knowledge import read_yaml


class FormRow(BaseModel):
    """One form as it stands in the data file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: str
    about: str
    asks: tuple[str, ...]
    opens: str
    prefers: tuple[str, ...]
    nearness: float = 1.0
    bar: float = 0.0
    matches: tuple[str, ...]
    ignores: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """A way of asking.

    Attributes:
        name: `say`, `step`, `whether`, `if`, `told` or `what`.
        asks: Recognises the form in a question.
        opens: Recognises the sentence that an answer of this form opens with.
        prefers: Kinds of note that answer it best.
        nearness: How much likeness in meaning counts beside the words that are shared.
        bar: Cosine that some passage has to reach, where this form asks for more than the rest.
    """

    name: str
    asks: re.Pattern[str]
    opens: re.Pattern[str]
    prefers: tuple[str, ...]
    nearness: float = 1.0
    bar: float = 0.0


def form_of(question: str, folder: Path = paths.KNOWLEDGE) -> Form:
    """Tell the form of a question."""
    question = question.replace("’", "'").strip()
    return next(form for form in forms(folder) if form.asks.search(question))


@cache
def forms(folder: Path = paths.KNOWLEDGE) -> tuple[Form, ...]:
    """All forms, in the order in which they are tried.

    Raises:
        KnowledgeError: When the data file is broken.
    """
    rows: list[FormRow] = read_yaml(folder / "forms.yaml", list[FormRow])
    return tuple(
        Form(
            row.form,
            re.compile("|".join(row.asks), re.IGNORECASE),
            re.compile(row.opens, re.IGNORECASE),
            row.prefers,
            row.nearness,
            row.bar,
        )
        for row in rows
    )
