"""The way from a question to an answer, readable from top to bottom.

Every stage is a plain function from `Turn` to `Turn`; a stage that settles the reply ends the way.
The stages are composed as one LangChain runnable, which can be streamed, batched and dropped into
another chain.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from rag import citing, scope
from rag.asker import asker_of
from rag.conversation import standalone
from rag.forms import form_of
from rag.guard import Guard
from rag.help import ALONE, help_for
from rag.helplines import find_helplines, load_requests, recognise
from rag.knowledge import Knowledge, read_yaml
from rag.language import is_foreign
from rag.models import Answer, Hit, Pointer
from rag.ranking import named_only, rerank, to_the_point
from rag.search import Search
from rag.turn import Turn
from rag.writer import Writer

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from rag.own_model import OwnModel

MAX_CHARACTERS = 20_000
"""Longest question that is answered; safety reads longer texts too."""
_GREETS, _GREETING_WORDS = 0.85, 9
"""From which probability, and up to how many words, a message is only a greeting."""
_ANYBODY = ("crisis", "talk")
"""What lines are for, when nothing is known of the need."""


class Replies(BaseModel):
    """What is said where the notes give no answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    too_long: str
    nothing: str
    language: str
    greeting: str


@cache
def load_replies(folder: Path) -> Replies:
    """Load the lines.

    Raises:
        KnowledgeError: When the data file is broken.
    """
    replies: Replies = read_yaml(folder / "replies.yaml", Replies)
    return replies


@dataclass(frozen=True)
class Answering:
    """The stages of an answer.

    Attributes:
        guard: Looks for danger.
        search: Finds passages.
        writer: Picks and orders their sentences.
        knowledge: The notes and their sources.
        folder: A folder laid out like the shipped `knowledge/`.
        own_model: The user's chat model, where one is set.
    """

    guard: Guard
    search: Search
    writer: Writer
    knowledge: Knowledge
    folder: Path
    own_model: "OwnModel | None" = None

    def chain(self, *, model: bool = True) -> "Runnable[Turn, Turn]":
        """The stages as one runnable; without `model` the built-in writer has the last word."""
        from langchain_core.runnables import RunnableLambda, RunnableSequence

        from rag.stages import Stage

        stages: tuple[Callable[[Turn], Turn], ...] = (
            self._look,
            self._greet,
            self._read,
            self._direct,
            self._search,
            self._decline,
            self._write,
            self._cite,
        )
        steps: list[Any] = [Stage(_unless_answered(stage)) for stage in stages]
        if model:
            steps.append(RunnableLambda(self._ask_model).with_config(run_name="ask_model"))
        return RunnableSequence(*steps)

    def _look(self, turn: Turn) -> Turn:
        """Look for danger before anything else; where there is some, help comes first."""
        look = self.guard.look(turn.message)
        turn = replace(turn, safety=look.safety, reading=look.reading)
        if not look.safety.comes_first(calm=turn.calm):
            return self._in_english(turn) if is_foreign(turn.message, self.folder) else turn
        reply = help_for(
            turn.message,
            look.safety,
            turn.country,
            turn=len(turn.history),
            folder=self.folder,
        )
        turn = replace(turn, help=reply)
        if look.safety.severity == "elevated" and look.safety.category not in ALONE:
            return turn
        text, citations = citing.cite_help(reply)
        answer = Answer(
            text=text,
            kind="help",
            citations=citations,
            safety=look.safety,
            why=look.safety.why,
            help=reply,
        )
        return replace(turn, answer=answer)

    def _in_english(self, turn: Turn) -> Turn:
        """Say that only English is read, and name what helps in any language."""
        country, _ = recognise(turn.message, folder=self.folder)
        lines = find_helplines(country or turn.country, _ANYBODY, folder=self.folder)
        text = "\n\n".join([load_replies(self.folder).language, *(line.render() for line in lines)])
        return turn.declined(text, why="not in English")

    def _greet(self, turn: Turn) -> Turn:
        """Answer a greeting or a thank-you, which asks nothing."""
        greets = turn.reading is not None and turn.reading.intent["greeting"] >= _GREETS
        if not greets or len(turn.message.split()) > _GREETING_WORDS:
            return turn
        reply = load_replies(self.folder).greeting
        return turn.declined(reply, kind="nothing", why="a greeting, with no question in it")

    def _read(self, turn: Turn) -> Turn:
        """Make the message stand alone; turn away what is too long to be one question."""
        if len(turn.message) > MAX_CHARACTERS:
            return turn.declined(
                load_replies(self.folder).too_long, why=f"longer than {MAX_CHARACTERS} characters"
            )
        return replace(turn, question=self._standalone(turn))

    def _standalone(self, turn: Turn) -> str:
        """The question made to stand alone, by the user's chat model where that serves."""
        if self.own_model and turn.safety.severity == "none":
            by_model = self.own_model.standalone(turn.message, turn.history)
            if by_model:
                return by_model
        return standalone(turn.message, turn.history)

    def draft(self, turn: Turn) -> Iterator[str | Answer]:
        """What the user's chat model makes of a built-in answer, checked as it comes."""
        answer = turn.settled
        if self.own_model is None or turn.found is None:
            yield answer
            return
        say = form_of(turn.message, self.folder).name == "say"
        hits = turn.found.hits
        yield from self.own_model.stream(turn.question, turn.reader, hits, answer, say=say)

    def _ask_model(self, turn: Turn) -> Turn:
        *_, answer = self.draft(turn)
        return replace(turn, answer=answer) if isinstance(answer, Answer) else turn

    def _direct(self, turn: Turn) -> Turn:
        """Print the help lines when somebody asks for a number; they never pass through search."""
        country, needs = recognise(turn.message, folder=self.folder)
        if not needs:
            return turn
        return self._lines(turn, country, needs)

    def _lines(self, turn: Turn, country: str | None, needs: Sequence[str]) -> Turn:
        lines = find_helplines(country or turn.country, needs, folder=self.folder)
        text, citations = citing.cite_lines(lines)
        answer = Answer(
            text=text,
            kind="helplines",
            citations=citations,
            safety=turn.safety,
            help=turn.help,
            why="a request for a help line, answered from the directory as it stands",
        )
        return replace(turn, answer=answer)

    def _search(self, turn: Turn) -> Turn:
        return replace(turn, found=self.search.find(turn.question, n=12))

    def _decline(self, turn: Turn) -> Turn:
        """Decline what is out of scope, and say so when the notes hold nothing good enough."""
        found = turn.searched
        form = form_of(turn.message, self.folder)
        category = scope.out_of_scope(found, turn.reading, words=form.name == "say")
        request = load_requests(self.folder).get(category or "")
        if request:
            country, _ = recognise(turn.message, folder=self.folder)
            return self._lines(turn, country, request.needs)
        if category:
            limit = scope.load_limits(self.folder)[category]
            return turn.declined(limit.reply, why=f"out of scope: {limit.about}")
        bar = max(scope.RELEVANCE_BAR, form.bar)
        if max((hit.cosine for hit in found.hits), default=0.0) < bar:
            turn = turn.declined(
                load_replies(self.folder).nothing,
                kind="nothing",
                why="no passage was near enough to the question",
            )
            return replace(turn, answer=replace(turn.settled, more=tuple(_pointers(found.hits))))
        return turn

    def _write(self, turn: Turn) -> Turn:
        form = form_of(turn.message, self.folder)
        hits = tuple(hit for hit in turn.searched.hits if hit.cosine >= scope.RELEVANCE_BAR)
        reader = turn.reader
        if reader == "both":
            reader = asker_of([*turn.history, turn.message], self.folder)
        ranked = rerank(turn.question, named_only(turn.question, hits), form, reader)
        parts = self.writer.write(turn.searched.vector, to_the_point(ranked), form)
        return replace(turn, parts=parts, found=replace(turn.searched, hits=tuple(ranked)))

    def _cite(self, turn: Turn) -> Turn:
        used = [part.hit.passage for part in turn.parts]
        text, citations = citing.cite(turn.parts, self.knowledge.sources)
        more = [hit for hit in turn.searched.hits if hit.passage not in used]
        steps = tuple(dict.fromkeys(step for passage in used for step in passage.steps))
        answer = Answer(
            text=text,
            kind="notes",
            citations=citations,
            steps=steps,
            safety=turn.safety,
            reflection=used[0].reflect,
            more=tuple(_pointers(more)),
            help=turn.help,
            why=f"from {len(used)} of the notes' passages, nearest first",
        )
        return replace(turn, answer=answer)


def _pointers(hits: Sequence[Hit], n: int = 3) -> list[Pointer]:
    """The next passages, one a note."""
    firsts = {hit.passage.note: hit.passage for hit in reversed(hits)}
    notes = dict.fromkeys(hit.passage.note for hit in hits)
    return [
        Pointer(firsts[note].key, firsts[note].title, firsts[note].heading)
        for note in list(notes)[:n]
    ]


def _unless_answered(stage: Callable[[Turn], Turn]) -> Callable[[Turn], Turn]:
    def run(turn: Turn) -> Turn:
        return turn if turn.answer is not None else stage(turn)

    run.__name__ = stage.__name__
    return run
