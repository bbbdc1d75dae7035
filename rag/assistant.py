"""The whole engine in one place: what the program can do with a message.

Danger is looked for before anything else, in every method. The way from a question to an answer
stands in `rag/answering.py`; `Assistant.chain` is that way as one LangChain runnable.
"""

import copy
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rag import citing
from rag.answering import Answering
from rag.cards import Speaker
from rag.editing import Edited, recompose
from rag.embeddings import load_embedder
from rag.encoder import Encoder, load_encoder
from rag.errors import IndexMissing, ModelUnavailable
from rag.guard import PREPARE, SEND, Guard
from rag.help import ALONE, HelpReply, help_for
from rag.knowledge import load_knowledge
from rag.models import Answer, Reader, Safety, StepAnswer
from rag.paths import KNOWLEDGE
from rag.preparation import Preparation, only_help
from rag.prepare import Preparer
from rag.rewording import Rewording
from rag.search import Search
from rag.settings import Settings
from rag.statements import reword
from rag.step_answers import answer_step
from rag.steps import PASSAGES, load_guide, rank_steps
from rag.store import Store
from rag.turn import Turn, clean, something
from rag.writer import Writer

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from rag.llm import ModelInfo
    from rag.own_model import OwnModel

_log = logging.getLogger(__name__)


class Assistant:
    """Answers questions from the notes. Opening one is quick; share it between threads.

    Raises:
        IndexMissing: When `softstart index` has not finished yet.
        StoreUnavailable: When the index cannot be read.
        ModelUnavailable: When the embedding model cannot be used.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        consent: bool = False,
        on_slow: Callable[[], None] | None = None,
    ) -> None:
        self.settings = settings or Settings.load()
        self.store = Store(self.settings)
        if self.store.current("notes") is None:
            raise IndexMissing("There is no index yet. Run: softstart index")
        embedder = load_embedder(
            self.settings.embedding_model, self.settings.data_dir, on_slow=on_slow
        )
        if self.store.model("notes") != embedder.name:
            raise IndexMissing(
                "The index was built with another embedding model. Run: softstart index"
            )
        folder: Path = self.settings.knowledge_dir or KNOWLEDGE
        self.knowledge = load_knowledge(folder)
        self._folder = folder
        self.encoder = _encoder()
        self.guard = Guard(self.encoder, folder)
        self.guide = load_guide(folder)
        self.search = Search(self.store, embedder, self.settings.data_dir)
        self._embedder = embedder
        self._writer = Writer(embedder)
        self._answer_with(self._with_model(consent))

    def ask(
        self,
        message: str,
        *,
        history: Sequence[str] = (),
        reader: Reader = "both",
        country: str | None = None,
        calm: bool = False,
    ) -> Answer:
        """Answer a question.

        Args:
            message: What the person wrote.
            history: Their earlier messages of this conversation, oldest first.
            reader: Which partner is asking.
            country: Two-letter code for helplines; the setting's by default.
            calm: The person has said that the last alarm was wrong; `immediate` still counts.

        Raises:
            InputError: When there is nothing to read.
        """
        from langsmith import tracing_context

        turn = self._turn(message, history, reader, country, calm)
        # A tracing variable in somebody's shell must not send a word of this anywhere.
        with tracing_context(enabled=False):
            return self.chain.invoke(turn).settled

    def stream(
        self,
        message: str,
        *,
        history: Sequence[str] = (),
        reader: Reader = "both",
        country: str | None = None,
        calm: bool = False,
    ) -> Iterator[str | Answer]:
        """Answer a question as `ask` does: a chat model's checked sentences, last the answer."""
        from langsmith import tracing_context

        turn = self._turn(message, history, reader, country, calm)
        with tracing_context(enabled=False):
            turn = self._answering.chain(model=False).invoke(turn)
        yield from self._answering.draft(turn)

    def model_info(self, *, probe: bool = True) -> "ModelInfo | None":
        """Which chat model is set, where it is and whether it can be used; None without one."""
        return self._own_model.info(probe=probe) if self._own_model else None

    def with_consent(self, consent: bool) -> "Assistant":
        """The same assistant for one user, who allows a hosted model to get words, or does not."""
        other = copy.copy(self)
        other._answer_with(self._with_model(consent))
        return other

    def without_model(self) -> "Assistant":
        """The same assistant with its built-in engine alone."""
        other = copy.copy(self)
        other._answer_with(None)
        return other

    def check(self, message: str) -> Safety:
        """Say whether a message shows a risk, and which.

        Raises:
            InputError: When there is nothing to read.
        """
        return self.guard.look(something(message)).safety

    def step(
        self,
        message: str,
        *,
        reader: Reader = "both",
        country: str | None = None,
        calm: bool = False,
    ) -> StepAnswer:
        """Say which step of the guide fits a situation.

        Args:
            message: The situation in the person's own words.
            reader: Which partner is asking.
            country: Two-letter code for helplines; the setting's by default.
            calm: The person has said that the last alarm was wrong; `immediate` still counts.

        Raises:
            InputError: When there is nothing to read.
            ModelUnavailable: When the taught encoder cannot be loaded.
        """
        message = something(message)
        look = self.guard.look(message)
        encoder, reading = self.encoder, look.reading
        if look.safety.comes_first(calm=calm):
            reply = self._help(message, look.safety, country)
            if look.safety.severity == "immediate" or look.safety.category in ALONE:
                return StepAnswer(reply.render(), declined=True, safety=look.safety, help=reply)
        else:
            reply = None
        if encoder is None or reading is None:
            raise ModelUnavailable("The reading model cannot be loaded. Reinstall Softstart.")
        hits = self.search.find(message, n=PASSAGES).hits
        ranking = rank_steps(message, reading, hits, encoder, self.guide)
        return answer_step(
            ranking, self.guide, self.knowledge, reader, safety=look.safety, help=reply
        )

    def reword(
        self,
        message: str,
        *,
        speaker: Speaker | None = None,
        country: str | None = None,
        calm: bool = False,
    ) -> Rewording:
        """Reword a message as an honest "I feel" statement.

        Args:
            message: The message, as it would be sent.
            speaker: Whose it is: `hurt` or `used`; read from the message where None.
            country: Two-letter code for helplines; the setting's by default.
            calm: The person has said that the last alarm was wrong; `immediate` still counts.

        Raises:
            InputError: When there is nothing to read.
        """
        message = something(message)
        look = self.guard.look(message, caution=SEND)
        if look.safety.comes_first(calm=calm):
            reply = self._help(message, look.safety, country)
            why = look.safety.why
            return Rewording(None, declined=True, reason=why, safety=look.safety, help=reply)
        near = self.search.nearest_cards(message)
        made = reword(message, speaker=speaker, reading=look.reading, near=near)
        made = replace(made, citations=citing.cite_card(made.card), safety=look.safety)
        return self._own_model.reword(message, made) if self._own_model else made

    def recompose(
        self,
        message: str,
        *,
        speaker: Speaker,
        observation: str,
        feelings: Sequence[str],
        need: str,
        request: str,
        boundary: str = "",
    ) -> Edited:
        """Put a statement together again after its parts were edited; see `rag/editing.py`."""
        return recompose(
            message,
            speaker=speaker,
            observation=observation,
            feelings=tuple(feelings),
            need=need,
            request=request,
            boundary=boundary,
        )

    def prepare(
        self,
        message: str,
        *,
        reader: Reader = "both",
        country: str | None = None,
        calm: bool = False,
    ) -> Preparation:
        """Make one page for a hard talk: how to begin, ask, listen and end.

        Args:
            message: What the person would like to talk about, in their own words.
            reader: Which partner is asking.
            country: Two-letter code for helplines; the setting's by default.
            calm: The person has said that the last alarm was wrong; `immediate` still counts.

        Raises:
            InputError: When there is nothing to read.
            KnowledgeError: When a card for an occasion is broken.
        """
        message = something(message)
        look = self.guard.look(message, caution=PREPARE)
        safety, reply = look.safety, None
        if safety.comes_first(calm=calm):
            reply = self._help(message, safety, country)
            if safety.severity == "immediate" or safety.category in ALONE:
                return only_help(safety, reply)
        page = self._preparer.prepare(message, look.reading, reader)
        return replace(page, safety=safety, help=reply)

    @cached_property
    def _preparer(self) -> Preparer:
        return Preparer(
            search=self.search,
            writer=self._writer,
            embedder=self._embedder,
            knowledge=self.knowledge,
            folder=self._folder,
        )

    def close(self) -> None:
        """Let go of the index."""
        self.store.close()

    def _answer_with(self, own_model: "OwnModel | None") -> None:
        self._own_model = own_model
        self._answering = Answering(
            self.guard, self.search, self._writer, self.knowledge, self._folder, own_model
        )
        self.chain: Runnable[Turn, Turn] = self._answering.chain()

    def _help(self, message: str, safety: Safety, country: str | None) -> HelpReply:
        return help_for(message, safety, country or self.settings.country, folder=self._folder)

    def _turn(
        self,
        message: str,
        history: Sequence[str],
        reader: Reader,
        country: str | None,
        calm: bool,
    ) -> Turn:
        country = country or self.settings.country
        earlier = tuple(clean(said) for said in history)
        return Turn(something(message), earlier, reader, country, calm)

    def _with_model(self, consent: bool) -> "OwnModel | None":
        if self.settings.model is None:
            return None
        from rag.own_model import open_own_model

        return open_own_model(
            self.settings,
            consent,
            embedder=self._embedder,
            guard=self.guard,
            sources=self.knowledge.sources,
        )


def look_for_danger(message: str, settings: Settings | None = None) -> Safety:
    """Say whether a message shows a risk, without opening the index.

    Raises:
        InputError: When there is nothing to read.
    """
    folder = (settings or Settings.load()).knowledge_dir or KNOWLEDGE
    return Guard(_encoder(), folder).look(something(message)).safety


def _encoder() -> Encoder | None:
    """The taught encoder; without it the rules still look for danger."""
    try:
        return load_encoder()
    except ModelUnavailable as error:
        _log.warning("%s", error)
        return None
