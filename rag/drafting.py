"""Let a chat model put an answer into words, and show only what the notes bear out.

The built-in answer comes first and stays: each sentence of the model is checked as it arrives
(what it must not hold, danger, blame, support by the passage that it cites). When too little of it
is left, the built-in answer is shown and the reader is told.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rag import citing
from rag.blame import blame_kinds
from rag.conversation import depends
from rag.cutting import cut_sentences, numbers_in, without_marks
from rag.errors import ModelUnavailable
from rag.grounding import Grounds
from rag.guard import Guard
from rag.lexical import words
from rag.models import Answer, Drafted, Hit, Reader, Source
from rag.prompts import Prompt, as_data, load_prompt
from rag.sentences import split_sentences
from rag.talking import Chat
from rag.vetting import find_banned
from rag.writer import Part

PASSAGES = 5
"""How many passages the model is given."""
LEAST_WORDS = 20
"""An answer with fewer words than this is not shown."""
LEAST_SHARE = 0.5
"""Share of the model's sentences that must pass for the rest to be shown."""
_MOST_SENTENCES = 10
_MOST_WORDS = 170
_LONGEST_QUESTION = 60
_FROM_TALK = 0.6
_HISTORY = 6
_LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that passed, the passage that bears it out, and where in it."""

    text: str
    hit: Hit
    stretch: tuple[str, ...]


class Drafter:
    """Writes answers with a chat model; safe to share between threads."""

    def __init__(
        self, chat: Chat, grounds: Grounds, guard: Guard, sources: Mapping[str, Source]
    ) -> None:
        self.chat = chat
        self._grounds = grounds
        self._guard = guard
        self._sources = sources

    def answer(
        self, question: str, reader: Reader, hits: Sequence[Hit], built_in: Answer, *, say: bool
    ) -> Answer:
        """The answer that is shown: the model's where it holds, else the built-in one."""
        answers = self.stream(question, reader, hits, built_in, say=say)
        return [one for one in answers if isinstance(one, Answer)][-1]

    def stream(
        self, question: str, reader: Reader, hits: Sequence[Hit], built_in: Answer, *, say: bool
    ) -> Iterator[str | Answer]:
        """The checked sentences as they come, and last the answer that is shown.

        Args:
            question: The question, made to stand alone.
            reader: Who asks.
            hits: Passages, best first.
            built_in: The answer without the model.
            say: Whether words to say are asked for.
        """
        prompt = load_prompt("prepare" if say else "answer")
        work = _Work(prompt, tuple(hits[:PASSAGES]))
        values = {
            "question": as_data(question[:_LONGEST]),
            "passages": [
                {"number": n, "text": as_data(hit.passage.text)}
                for n, hit in enumerate(work.hits, 1)
            ],
            **{name: reader == name for name in ("hurt", "used", "both")},
        }
        try:
            for said in cut_sentences(self.chat.stream(prompt, values)):
                if (sentence := self._vet(said, work)) is not None:
                    yield work.keep(sentence)
                if work.full:
                    break
        except ModelUnavailable as error:
            work.failed = str(error).rstrip(".")
        yield self._settle(work, built_in)

    def standalone(self, question: str, history: Sequence[str]) -> str | None:
        """A follow-up as a question that stands alone; None when the model's is of no use."""
        if not history or not depends(question):
            return None
        values = {
            "question": as_data(question),
            "history": [{"text": as_data(one)} for one in history[-_HISTORY:]],
        }
        try:
            text = "".join(self.chat.stream(load_prompt("follow-up"), values))
        except ModelUnavailable:
            return None
        text = " ".join(text.split()).strip("\"' ")
        own = set(words(text))
        told = set(words(" ".join((*history, question))))
        faithful = own and len(own & told) >= _FROM_TALK * len(own)
        short = len(text.split()) <= _LONGEST_QUESTION
        calm = self._guard.look(text).safety.severity == "none"
        return text if faithful and short and calm and not find_banned(text) else None

    def _vet(self, said: str, work: "_Work") -> Sentence | None:
        """The sentence with what bears it out, or None, with the reason kept."""
        text, cited = without_marks(said), numbers_in(said)
        if not words(text):
            return None
        hits = [work.hits[n - 1] for n in cited if 1 <= n <= len(work.hits)]
        fault = work.again(text) or _unfinished(text) or self._unsafe(text)
        if not fault and cited and not hits:
            fault = "a passage that was not given"
        best: Sentence | None = None
        for hit in () if fault else hits or work.hits:
            support = self._grounds.support(text, hit.passage)
            blames = set(blame_kinds(text)) - set(blame_kinds(" ".join(support.stretch)))
            fault = support.fault or ("blame that the passage does not hold" if blames else "")
            if not fault:
                best = Sentence(text, hit, support.stretch)
                break
        work.count(fault)
        return best

    def _unsafe(self, text: str) -> str:
        if banned := find_banned(text):
            return banned[0].why
        severity = self._guard.look(text).safety.severity
        return "" if severity == "none" else "words that show danger"

    def _settle(self, work: "_Work", built_in: Answer) -> Answer:
        why = work.failed or work.too_little()
        text = work.text()
        if not why and self._guard.look(text).safety.severity != "none":
            why = "what it wrote reads as danger"
        drafted = work.drafted(self.chat.name, why)
        if why:
            return replace(built_in, drafted=drafted)
        parts = work.parts()
        _, citations = citing.cite(parts, self._sources)
        used = [part.hit.passage for part in parts]
        return replace(
            built_in,
            text=text,
            citations=citations,
            steps=tuple(dict.fromkeys(step for passage in used for step in passage.steps)),
            why=f"written by a chat model from {len(used)} of the notes' passages, and checked",
            written_by=self.chat.name,
            built_in=built_in,
            drafted=drafted,
        )


class _Work:
    """One draft under way: what was kept, what was dropped and why."""

    def __init__(self, prompt: Prompt, hits: tuple[Hit, ...]) -> None:
        self.prompt = prompt
        self.hits = hits
        self.kept: list[Sentence] = []
        self.faults: list[str] = []
        self.failed = ""
        self._seen: set[str] = set()
        self._began = time.monotonic()

    @property
    def full(self) -> bool:
        """Whether no more is wanted."""
        length = sum(len(one.text.split()) for one in self.kept)
        return length >= _MOST_WORDS or len(self.kept) + len(self.faults) >= _MOST_SENTENCES

    def again(self, text: str) -> str:
        """A fault when the model has said this before."""
        bare = " ".join(words(text))
        if bare in self._seen:
            return "something said twice"
        self._seen.add(bare)
        return ""

    def count(self, fault: str) -> None:
        """Keep the reason why a sentence was dropped, if it was."""
        if fault:
            self.faults.append(fault)

    def keep(self, sentence: Sentence) -> str:
        """Keep a sentence; gives it as it is shown, with its number."""
        self.kept.append(sentence)
        return f"{sentence.text} [{self._number(sentence)}] "

    def too_little(self) -> str:
        """Why what is left is not enough, or empty."""
        length = sum(len(one.text.split()) for one in self.kept)
        if not self.kept:
            return "the notes bear out nothing of what it wrote"
        if len(self.kept) < LEAST_SHARE * (len(self.kept) + len(self.faults)):
            return "the notes do not bear out most of what it wrote"
        return "too little of what it wrote is left" if length < LEAST_WORDS else ""

    def text(self) -> str:
        """The kept sentences, those of one passage together, each paragraph with its number."""
        paragraphs: list[tuple[int, list[str]]] = []
        for sentence in self.kept:
            number = self._number(sentence)
            if not paragraphs or paragraphs[-1][0] != number:
                paragraphs.append((number, []))
            paragraphs[-1][1].append(sentence.text)
        return "\n\n".join(f"{' '.join(said)} [{number}]" for number, said in paragraphs)

    def parts(self) -> list[Part]:
        """For each passage used, in order, the sentences of it that bear out what is said."""
        found: dict[str, tuple[Hit, list[str]]] = {}
        for sentence in self.kept:
            _, quoted = found.setdefault(sentence.hit.passage.id, (sentence.hit, []))
            quoted.extend(one for one in sentence.stretch if one not in quoted)
        return [
            Part(hit, tuple(s for s in split_sentences(hit.passage.text) if s in quoted))
            for hit, quoted in found.values()
        ]

    def drafted(self, model: str, why: str) -> Drafted:
        """The record of this draft."""
        dropped = len(self.faults)
        told = f"The built-in answer is shown, because {why}."
        if not why:
            left_out = f" and left out {dropped} that the notes do not bear out" if dropped else ""
            told = f"Written by {model}. Softstart checked each sentence{left_out}."
        return Drafted(
            model=model,
            prompt=self.prompt.name,
            used=not why,
            told=told,
            kept=len(self.kept),
            dropped=dropped,
            rounds=1,
            seconds=round(time.monotonic() - self._began, 2),
            faults=tuple(dict.fromkeys(self.faults)),
        )

    def _number(self, sentence: Sentence) -> int:
        ids = list(dict.fromkeys(one.hit.passage.id for one in self.kept))
        return ids.index(sentence.hit.passage.id) + 1


def _unfinished(text: str) -> str:
    return "" if text.rstrip("\"'”’)")[-1:] in {".", "?", "!"} else "a sentence without an end"
