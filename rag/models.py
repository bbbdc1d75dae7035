"""The plain, frozen result types that every stage hands on.

The app, the command line and the Python API all show these same objects. Nothing here computes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from rag.help import HelpReply

Reader = Literal["hurt", "used", "both"]
"""Who reads: the partner who was hurt, the partner who used porn, or either."""

Severity = Literal["none", "elevated", "immediate"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact comes from: a paper, a book, a guideline, an official page."""

    id: str
    author: str
    title: str
    year: int | None
    link: str | None
    kind: str


@dataclass(frozen=True, slots=True)
class Passage:
    """One section of one note: the smallest thing that is found, quoted and cited."""

    id: str
    key: str
    note: str
    title: str
    heading: str
    text: str
    kind: str
    steps: tuple[int, ...]
    reader: Reader
    standing: str
    sources: tuple[str, ...]
    reviewed: str
    reflect: str
    origin: Literal["softstart", "yours"] = "softstart"
    asks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that search found.

    Attributes:
        passage: What was found.
        score: The fused score; only its order means anything.
        cosine: Similarity of the question to the passage's text or to one of its example
            questions, whichever is higher, from -1 to 1.
        text_cosine: Similarity to the text alone.
    """

    passage: Passage
    score: float
    cosine: float
    text_cosine: float


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered proof: the sentences used, the passage that they stand in, its sources."""

    number: int
    id: str
    title: str
    heading: str
    quote: str
    passage: str
    standing: str
    sources: tuple[Source, ...]
    origin: str = "softstart"


@dataclass(frozen=True, slots=True)
class Safety:
    """What the safety stage saw in a message, and why.

    Attributes:
        category: The gravest category seen, or `none`.
        severity: `none`, `elevated` or `immediate`.
        categories: All categories seen, gravest first.
        why: The reason in plain words.
        words: The parts of the message that led to it.
    """

    category: str = "none"
    severity: Severity = "none"
    categories: tuple[str, ...] = ()
    why: str = ""
    words: tuple[str, ...] = ()

    def comes_first(self, *, calm: bool) -> bool:
        """Whether help must be shown before anything else.

        Args:
            calm: The person has said that an `elevated` reading was wrong.
        """
        return self.severity == "immediate" or (self.severity == "elevated" and not calm)


@dataclass(frozen=True, slots=True)
class Pointer:
    """A passage worth reading next."""

    id: str
    title: str
    heading: str


BUILT_IN = "built-in"
"""Who wrote a text that no chat model wrote."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """How a chat model was used for a reply.

    Attributes:
        model: The model, as the setting names it.
        prompt: Task, version and digest of the prompt.
        used: Whether the model's words are shown; if not, the built-in ones are.
        told: What the reader is told about it, in one or two sentences.
        kept: How many of its sentences passed the checks.
        dropped: How many did not.
        rounds: How often it was asked.
        seconds: How long it took.
        faults: What was wrong with what was dropped, in plain words.
    """

    model: str
    prompt: str
    used: bool
    told: str
    kept: int = 0
    dropped: int = 0
    rounds: int = 0
    seconds: float = 0.0
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply to a question.

    Attributes:
        text: The answer; every sentence is a sentence of a citation's passage (`notes`), of the
            helpline data (`helplines`, `help`) or of a fixed reply (`declined`, `nothing`).
        kind: Which of these it is.
        citations: In the order of their numbers.
        steps: Steps of the guide that it belongs to, best first.
        declined: Whether the question was not answered, out of scope or for want of notes.
        safety: What the safety stage saw.
        reflection: One gentle question to sit with, or empty.
        more: Passages to read next.
        why: How this answer came about, in plain words.
        help: Help to show before the answer, or None.
        written_by: `built-in`, or the chat model whose words the text holds. A model's sentence is
            one that its citation's passage bears out, not one that stands in it.
        built_in: The built-in answer, where a model wrote the text.
        drafted: How a chat model was used, or None where none was.
    """

    text: str
    kind: Literal["notes", "helplines", "help", "declined", "nothing"]
    citations: tuple[Citation, ...] = ()
    steps: tuple[int, ...] = ()
    declined: bool = False
    safety: Safety = field(default_factory=Safety)
    reflection: str = ""
    more: tuple[Pointer, ...] = ()
    why: str = ""
    help: "HelpReply | None" = None
    written_by: str = BUILT_IN
    built_in: "Answer | None" = None
    drafted: Drafted | None = None


@dataclass(frozen=True, slots=True)
class StepFit:
    """How well one step of the guide fits a situation.

    Attributes:
        step: Its number, 1 to 7.
        name: Its name.
        score: Calibrated probability, 0 to 1.
        words: The person's own words that speak most for it, or empty.
        why: The reason in plain words.
    """

    step: int
    name: str
    score: float
    words: str
    why: str


@dataclass(frozen=True, slots=True)
class StepAnswer:
    """Which step fits a situation.

    Attributes:
        text: The reply, ready to read.
        fits: All seven steps, best first; empty when declined.
        whose: Whose work the first step is, said to this reader.
        this_week: One thing to do this week, for this reader.
        question: What would tell the first two apart, when they are close, or empty.
        citations: The passage of the guide that supports the first step.
        declined: Whether no step fits.
        safety: What the safety stage saw.
        help: Help to show before the answer, or None.
    """

    text: str
    fits: tuple[StepFit, ...] = ()
    whose: str = ""
    this_week: str = ""
    question: str = ""
    citations: tuple[Citation, ...] = ()
    declined: bool = False
    safety: Safety = field(default_factory=Safety)
    help: "HelpReply | None" = None


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What bringing an index up to date did; counts are records."""

    added: int
    removed: int
    kept: int
    rebuilt: bool
    seconds: float
    files: Mapping[str, Any] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        return bool(self.added or self.removed or self.rebuilt)
