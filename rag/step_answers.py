"""From a ranking of the steps to the answer for one reader: whose work it is, and what to do."""

from rag import citing
from rag.help import HelpReply
from rag.knowledge import Knowledge
from rag.models import Hit, Reader, Safety, StepAnswer
from rag.sentences import split_sentences
from rag.steps import Guide, Ranking
from rag.writer import Part


def answer_step(
    ranking: Ranking,
    guide: Guide,
    knowledge: Knowledge,
    reader: Reader,
    *,
    safety: Safety,
    help: HelpReply | None,
) -> StepAnswer:
    """The answer for a reader, with the step's own note cited.

    Args:
        ranking: The steps, best first, or none.
        guide: What is said of each step.
        knowledge: The notes.
        reader: Which partner is asking.
        safety: What the safety stage saw.
        help: The help to show before it.
    """
    if ranking.declined:
        return StepAnswer(guide.none_fits, declined=True, safety=safety, help=help)
    first = ranking.fits[0]
    step = guide.steps[first.step]
    passage = next(p for p in knowledge.passages if p.note == step.note)
    part = Part(Hit(passage, 1.0, 1.0, 1.0), tuple(split_sentences(passage.text)))
    _, citations = citing.cite([part], knowledge.sources)
    return StepAnswer(
        text=first.why,
        fits=ranking.fits,
        whose=step.work.of(reader),
        this_week=step.this_week.of(reader),
        question=ranking.question,
        citations=citations,
        safety=safety,
        help=help,
    )
