"""When the user's own chat model may be asked, and what it may be asked for.

Only where the engine has a reply of its own, where nothing reads as danger, and where words may be
sent. In every other case the built-in reply stands as it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from rag.drafting import Drafter
from rag.embeddings import Embedder
from rag.grounding import Grounds
from rag.guard import Guard
from rag.llm import ModelInfo
from rag.models import Answer, Drafted, Hit, Reader, Safety, Source
from rag.rephrasing import Rephraser
from rag.rewording import Rewording
from rag.safety import find_risks
from rag.settings import Settings
from rag.talking import Chat


class OwnModel:
    """The user's chat model at work for both of its tasks; safe to share between threads."""

    def __init__(self, chat: Chat, drafter: Drafter, rephraser: Rephraser, guard: Guard) -> None:
        self._chat = chat
        self._guard = guard
        self._drafter = drafter
        self._rephraser = rephraser
        self._usable = chat.info(probe=False).usable

    def info(self, *, probe: bool = True) -> ModelInfo:
        """Which model, where, and whether it can be used now."""
        return self._chat.info(probe=probe)

    def answer(
        self, question: str, reader: Reader, hits: Sequence[Hit], built_in: Answer, *, say: bool
    ) -> Answer:
        """The answer that is shown; see `Drafter.answer`."""
        answers = self.stream(question, reader, hits, built_in, say=say)
        return [one for one in answers if isinstance(one, Answer)][-1]

    def stream(
        self, question: str, reader: Reader, hits: Sequence[Hit], built_in: Answer, *, say: bool
    ) -> Iterator[str | Answer]:
        """The checked sentences as they come, and last the answer that is shown."""
        from langsmith import tracing_context

        if built_in.kind != "notes" or built_in.help or self._danger(built_in.safety, question):
            yield built_in
        elif not self._usable:
            yield replace(built_in, drafted=self._not_asked())
        else:
            with tracing_context(enabled=False):
                yield from self._drafter.stream(question, reader, hits, built_in, say=say)

    def standalone(self, question: str, history: Sequence[str]) -> str | None:
        """A follow-up made to stand alone, or None when the built-in way serves."""
        from langsmith import tracing_context

        if not self._usable or self._danger(Safety(), question, *history):
            return None
        with tracing_context(enabled=False):
            return self._drafter.standalone(question, history)

    def reword(self, message: str, made: Rewording) -> Rewording:
        """The rewording that is shown; see `Rephraser.reword`."""
        from langsmith import tracing_context

        if not made.statement or made.unchanged or self._danger(made.safety, message):
            return made
        if not self._usable:
            return replace(made, drafted=self._not_asked())
        with tracing_context(enabled=False):
            return self._rephraser.reword(message, made)

    def _danger(self, seen: Safety, *texts: str) -> bool:
        """Whether danger may be there: seen, named by any rule alone, or called a wrong alarm."""
        return seen.severity != "none" or any(
            find_risks(text) or self._guard.look(text).safety.severity != "none" for text in texts
        )

    def _not_asked(self) -> Drafted:
        told = (
            f"This is the built-in reply: {self._chat.name} runs elsewhere, and nothing is sent"
            " to it without your yes."
        )
        return Drafted(self._chat.name, "", used=False, told=told)


def open_own_model(
    settings: Settings,
    consent: bool,
    *,
    embedder: Embedder,
    guard: Guard,
    sources: Mapping[str, Source],
) -> OwnModel:
    """The model that the settings name; nothing is opened or sent yet."""
    chat = Chat(settings, consent=consent)
    return OwnModel(
        chat, Drafter(chat, Grounds(embedder), guard, sources), Rephraser(chat, guard), guard
    )
