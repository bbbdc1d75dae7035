"""Tell a message that is not in English, so that it gets a kind word and not a wrong answer.

The words that give another language away are those of `knowledge/declines.yaml`, which the reword
page reads too. A question has to show two of them, since one foreign word is common in English.
"""

import re
from pathlib import Path

from rag import paths
from rag.screening import load_declines

_LONGEST = 2_000
_LEAST = 2
_SHARE = 0.2


def is_foreign(text: str, folder: Path = paths.KNOWLEDGE) -> bool:
    """Whether a question is written in a language other than English."""
    words = re.findall(r"[^\W\d_]+", text[:_LONGEST].lower())
    letters = "".join(words)
    if sum(not letter.isascii() for letter in letters) > len(letters) / 2:
        return True
    declines = load_declines(folder)
    strange = len(set(words) & declines.foreign)
    known = sum(word in declines.english for word in words)
    return strange >= max(_LEAST, known + 1, _SHARE * len(words))
