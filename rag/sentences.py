"""Split prose into sentences without cutting a quotation in two.

A line to say (`You could say: "I'm hurt. Could we talk?"`) is one unit, because half of it must
never be quoted alone.
"""

import re

_END = re.compile(r"""[.!?…]["”’)]*(?=\s|$)""")
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|vs|Dr|Mr|Mrs|Ms|St|No|approx|[A-Z])\.$")
_LONGEST_SHORT = 12
_NEXT = re.compile(r"\s*(\S)")


def split_sentences(text: str) -> list[str]:
    """Split a text into its sentences, in order, stripped."""
    sentences: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text):
        start, seen, straight, curly = 0, 0, 0, 0
        for end in _END.finditer(paragraph):
            since = paragraph[seen : end.end()]
            straight += since.count('"')
            curly += since.count("“") - since.count("”")
            seen = end.end()
            following = _NEXT.match(paragraph, seen)
            short = _ABBREVIATION.search(paragraph, max(start, seen - _LONGEST_SHORT), seen)
            if straight % 2 or curly > 0 or short or (following and following[1].islower()):
                continue
            sentences.append(paragraph[start:seen].strip())
            start, straight, curly = seen, 0, 0
        if rest := paragraph[start:].strip():
            sentences.append(rest)
    return [sentence for sentence in sentences if sentence]
