"""One page for a hard talk: when and where, how to begin, what to ask, how to listen, how to end.

The page is a written card for the occasion (`rag/occasions.py`), an opening line started from the
person's own words (`rag/openings.py`), and sentences of the passages that search finds. Each line
that rests on a passage is numbered, and the number opens that passage.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from rag import scope
from rag.cards import Speaker
from rag.checker import check_draft
from rag.embeddings import Embedder
from rag.encoder import Reading
from rag.forms import form_of
from rag.grammar import known_word
from rag.knowledge import Knowledge
from rag.lexical import words
from rag.matching import Chooser, Chosen
from rag.models import Reader
from rag.occasions import CardSide, Line, Occasions, load_occasions
from rag.openings import start_from
from rag.preparation import Page, Preparation, Row, declined
from rag.ranking import rerank
from rag.search import Found, Search
from rag.sentences import split_sentences
from rag.writer import Writer

LONGEST = 4_000
"""Most characters of a request; a talk is about one thing."""

_OPENINGS = 4
_FOUND = 2
_SURE = 0.55
_TELLING = 0.55
_NOTHING = 0.25
_KNOWN = 0.5
_MARGIN = 0.12
_READ_OUT = 0.8
_LEAN, _NO_STEP = 0.5, 0.9
_FEW_WORDS, _FEWEST_WORDS = 3, 2
_PROOFS, _NEW_STEMS = 2, 2


class Preparer:
    """Makes pages; safe to share between threads.

    Raises:
        KnowledgeError: When a card is broken or names a passage that is not there.
    """

    def __init__(
        self,
        *,
        search: Search,
        writer: Writer,
        embedder: Embedder,
        knowledge: Knowledge,
        folder: Path,
    ) -> None:
        self._search = search
        self._writer = writer
        self._knowledge = knowledge
        self._passages = {passage.key: passage for passage in knowledge.passages}
        self._folder = folder
        self._limits = scope.load_limits(folder)
        self._occasions = load_occasions(folder)
        self._chooser = Chooser(self._occasions, embedder)

    def prepare(self, message: str, reading: Reading | None, reader: Reader) -> Preparation:
        """Make the page for a request.

        Args:
            message: What the person would like to talk about, without control characters.
            reading: What the encoder read in it, where there is one.
            reader: Which partner asks; with `both` the wording decides.
        """
        declines = self._occasions.common.declines
        if key := _unreadable(message):
            return declined(declines[key], f"cannot be read: {key.replace('_', ' ')}")
        found = self._search.find(message, n=12)
        chosen = self._chooser.choose(message, found, reading, reader)
        if reply := self._out_of_scope(found, chosen.near, reading):
            return reply
        best = max((hit.cosine for hit in found.hits), default=0.0)
        if chosen.near < _NOTHING and best < scope.RELEVANCE_BAR:
            return declined(declines["nothing"], "nothing near enough")
        if chosen.sure < _SURE:
            chosen = self._chooser.general(chosen)
        return self._page(message, found, chosen, reader)

    def _out_of_scope(
        self, found: Found, near: float, reading: Reading | None
    ) -> Preparation | None:
        """Decline what is not a talk between partners; a talk about such a thing is."""
        limits = {name: value for name, value in found.limits.items() if name in self._limits}
        if not limits:
            return None
        category = max(limits, key=lambda name: limits[name])
        beyond = limits[category] - near
        far = beyond > _MARGIN and scope.out_of_scope(found) is not None
        read = reading is not None and _read_out(reading)
        if not far and not (read and beyond > 0):
            return None
        limit = self._limits[category]
        return declined(limit.reply, f"out of scope: {limit.about}")

    def _page(self, message: str, found: Found, chosen: Chosen, reader: Reader) -> Preparation:
        common, side = self._occasions.common, chosen.side
        page = Page(self._knowledge.sources)
        page.add(common.headings["before"], self._lines(common.before))
        page.add(common.headings["when_and_where"], self._lines(side.when_and_where))
        page.add(common.headings["openings"], self._openings(message, chosen))
        for part in ("ask", "listen", "avoid"):
            page.add(common.headings[part], self._lines(side.part(part)))
        escalates = (*side.if_it_escalates, *common.breaks)
        page.add(common.headings["if_it_escalates"], self._lines(escalates))
        page.add(common.headings["how_to_end"], self._lines(side.how_to_end))
        more = self._found(message, found, chosen.speaker, page)
        if more:
            page.add(common.headings["notes"], more)
        return Preparation(
            title=side.title,
            occasion=chosen.occasion.id,
            sections=page.sections(),
            reason=_why(chosen, self._occasions, reader),
            speaker=chosen.speaker,
            intro=common.intro,
        )

    def _lines(self, lines: Sequence[Line]) -> list[Row]:
        return [self._line(line) for line in lines]

    def _line(self, line: Line) -> Row:
        passage = self._passages.get(line.source)
        return Row(line.text, passage, _proof(line.text, passage.text) if passage else "")

    def _openings(self, message: str, chosen: Chosen) -> list[Row]:
        """The opening from the person's own words, where there is one, and the card's."""
        common, side = self._occasions.common, chosen.side
        rows: list[Row] = []
        if own := start_from(message, chosen.speaker, side, common.wording):
            words_of = side.from_facts
            passage = self._passages[words_of.source]
            proof = _proof(words_of.then, passage.text)
            rows.append(Row(f'"{own}" ({common.own_words})', passage, proof))
        lines = _fitting(message, chosen.speaker, side)
        if not rows and not lines:
            general = self._chooser.general(chosen)
            lines = list(general.side.openings[:1])
        kept = [replace(row, text=f'"{row.text}"') for row in self._lines(lines)]
        return rows + kept[: _OPENINGS - bool(rows)]

    def _found(self, message: str, found: Found, speaker: Speaker, page: Page) -> list[Row]:
        """Sentences of what search found, for this reader, not cited on the page yet."""
        form = form_of(message, self._folder)
        near = [
            hit
            for hit in found.hits
            if hit.cosine >= _TELLING
            and hit.passage.reader in (speaker, "both")
            and hit.passage.key not in page.cited
            and hit.passage.kind != "about"
        ]
        hits = rerank(message, near, form, speaker)[:_FOUND]
        return [
            Row(part.quote, part.hit.passage, part.quote)
            for part in self._writer.write(found.vector, hits, form)
        ]


def _read_out(reading: Reading) -> bool:
    """Whether the encoder reads a request as nothing to do with what this is for."""
    out = reading.intent.get("out_of_scope", 0.0)
    return out >= _READ_OUT or (out >= _LEAN and reading.step.get("0", 0.0) >= _NO_STEP)


def _fitting(message: str, speaker: Speaker, side: CardSide) -> list[Line]:
    """The card's openings that name no thing which the request does not: first, then nearest."""
    low = message.lower()
    fine = [line for line in side.openings if all(x in low for x in _things(line.say, speaker))]
    asked = set(words(message))
    return fine[:1] + sorted(fine[1:], key=lambda line: -len(asked & set(words(line.say))))


@cache
def _things(opening: str, speaker: Speaker) -> tuple[str, ...]:
    """What a written opening names that has to stand in the request: a phone, a payment."""
    faults = check_draft(opening, "", speaker)
    return tuple(fault.text.lower().removesuffix("s") for fault in faults)


def _unreadable(message: str) -> str:
    """Why a request cannot be read, as a key of the declines, or empty."""
    if len(message) > LONGEST:
        return "long"
    letters = re.findall(r"[^\W\d_]", message)
    if len(letters) < _FEW_WORDS:
        return "no_words"
    plain = re.findall(r"[a-z]+(?:'[a-z]+)?", message.lower().replace("’", "'"))
    if sum(map(len, plain)) < _KNOWN * len(letters):
        return "language"
    if len(plain) < _FEWEST_WORDS:
        return "nothing"
    known = sum(known_word(word) for word in plain)
    return "language" if len(plain) >= _FEW_WORDS and known < _KNOWN * len(plain) else ""


def _why(chosen: Chosen, occasions: Occasions, reader: Reader) -> str:
    if chosen.occasion.id == occasions.common.general:
        return "no card was near enough, so this is the page for any hard talk"
    side = "as you said" if reader != "both" else "as your wording suggests"
    partner = "was hurt" if chosen.speaker == "hurt" else "used porn"
    return f"the nearest occasion to what you wrote, for the partner who {partner}, {side}"


@cache
def _proof(line: str, passage: str) -> str:
    """The sentences of a passage that a written line rests on, as far as words can tell."""
    left = set(words(line))
    sentences = split_sentences(passage)
    stems = {sentence: set(words(sentence)) for sentence in sentences}

    def worth(sentence: str) -> float:
        return len(left & stems[sentence]) / math.sqrt(len(stems[sentence]) or 1)

    taken: set[str] = set()
    for _ in range(_PROOFS):
        best = max(sentences, key=worth)
        if taken and len(left & stems[best]) < _NEW_STEMS:
            break
        taken.add(best)
        left -= stems[best]
    return " ".join(sentence for sentence in sentences if sentence in taken)
