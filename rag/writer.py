"""Write an answer from passages, sentence by sentence, without a chat model.

Nothing is composed here: every sentence is a sentence of a cited passage, so a citation is right
by construction. The art lies in which passage leads, which sentence opens, and where to stop.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from rag.embeddings import Embedder, Vectors
from rag.forms import Form
from rag.models import Hit, Passage
from rag.sentences import split_sentences
from rag.shipped import spared

MAX_WORDS = 130
"""About the length of an answer, in words."""
BUDGETS = (90, 60, 60)
"""Most words to take from the first, second and third passage. See docs/evaluation.md."""
_REMEMBERED = 2_000
_LEANS_BACK = ("this ", "that ", "it ", "they ", "these ", "those ", "such ", "both ", "then ")


@dataclass(frozen=True, slots=True)
class Part:
    """The sentences taken from one passage, in reading order."""

    hit: Hit
    sentences: tuple[str, ...]

    @property
    def quote(self) -> str:
        """The sentences as one text."""
        return " ".join(self.sentences)

    @property
    def length(self) -> int:
        """Length in words."""
        return _length(self.sentences)


class Writer:
    """Picks and orders sentences; safe to share between threads.

    It remembers the sentence vectors of passages, which are our content; of a question it keeps
    nothing.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = spared(embedder)
        self._known: OrderedDict[str, tuple[list[str], Vectors]] = OrderedDict()
        self._lock = Lock()

    def write(self, question: Vectors, hits: Sequence[Hit], form: Form) -> tuple[Part, ...]:
        """Answer from the best passages.

        Args:
            question: The question's vector.
            hits: Passages above the relevance bar, best first.
            form: How the question is put.

        Returns:
            Parts in reading order, about 130 words in all; empty when there are no hits.
        """
        self._learn([hit.passage for hit in hits[: len(BUDGETS)]])
        parts: list[Part] = []
        room = MAX_WORDS
        for hit, budget in zip(hits, BUDGETS, strict=False):
            taken = self._pick(hit.passage, question, form, min(room, budget), first=not parts)
            if taken:
                parts.append(Part(hit, taken))
                room -= parts[-1].length
        return tuple(parts)

    def _pick(
        self, passage: Passage, question: Vectors, form: Form, room: int, *, first: bool
    ) -> tuple[str, ...]:
        """The opening sentence and those nearest to the question, in the passage's own order.

        A first passage always speaks, even when its opening alone is longer than the room.
        """
        sentences, vectors = self._known[passage.id]
        lead = next((n for n, s in enumerate(sentences) if form.opens.search(s)), 0)
        if _leans_back(sentences[lead]):
            lead = 0
        room -= _length([sentences[lead]])
        if room < 0 and not first:
            return ()
        similarity = vectors @ question
        kept = {lead}
        for n in sorted(set(range(len(sentences))) - kept, key=lambda n: -similarity[n]):
            if (length := _length([sentences[n]])) <= room:
                kept.add(n)
                room -= length
        order = [lead, *(n for n in sorted(kept) if n != lead)]
        # A sentence that leans on the one before it goes when that one is not there.
        return tuple(
            sentences[n]
            for n in order
            if n == lead or not _leans_back(sentences[n]) or n - 1 in kept
        )

    def _learn(self, passages: Sequence[Passage]) -> None:
        """Make sure that the passages' sentences have vectors; one pass for all that lack them."""
        with self._lock:
            new = [p for p in passages if p.id not in self._known]
            split = [split_sentences(p.text) for p in new]
            if new:
                vectors = self._embedder.embed([s for sentences in split for s in sentences])
                start = 0
                for passage, sentences in zip(new, split, strict=True):
                    end = start + len(sentences)
                    self._known[passage.id] = (sentences, vectors[start:end])
                    start = end
            for passage in passages:
                self._known.move_to_end(passage.id)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)


def _length(sentences: Sequence[str]) -> int:
    return sum(len(sentence.split()) for sentence in sentences)


def _leans_back(sentence: str) -> bool:
    return sentence.lower().startswith(_LEANS_BACK)
