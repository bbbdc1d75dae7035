"""Show where a couple is with all seven steps, from a few short answers.

The points, the answers and every sentence said are data (`knowledge/self_check.yaml`). Nothing is
stored: answers come in as a mapping and leave as plain results.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from rag import paths
from rag.errors import InputError, KnowledgeError
from rag.knowledge import read_yaml
from rag.models import Reader

T = TypeVar("T")
_Line = Annotated[str, Field(min_length=10)]
State = Literal["mostly in place", "partly", "not yet", "not answered"]
View = Literal["alike", "hurt sees more", "used sees more", "not comparable"]

_STEPS = range(1, 8)
_PER_STEP, _MOST = 3, 3
_MOSTLY, _PARTLY, _DIFFER = 2 / 3, 1 / 3, 0.3
"""Shares further apart than the last differ: about one answer up or down on every point."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ForPartner(_Data):
    """The same thing said to the partner who was hurt and to the one who used porn."""

    hurt: _Line
    used: _Line

    def of(self, reader: Reader) -> str:
        """What is said to this reader, `hurt` or `used`."""
        return self.hurt if reader == "hurt" else self.used


class Answer(_Data):
    """One of the four answers, from 0 to 3."""

    value: int
    label: Annotated[str, Field(min_length=2)]


class Item(ForPartner):
    """One point of the self-check, as each partner reads it."""

    id: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$")]
    step: Annotated[int, Field(ge=1, le=7)]


class _Said(_Data, Generic[T]):  # for each state, and where the two partners differ
    mostly: T = Field(alias="mostly in place")
    partly: T
    not_yet: T = Field(alias="not yet")
    hurt_more: _Line = Field(alias="hurt sees more")
    used_more: _Line = Field(alias="used sees more")

    def at(self, state: State) -> T:
        return {"mostly in place": self.mostly, "partly": self.partly}.get(state, self.not_yet)


class StepNotes(_Said[ForPartner]):
    """What is said about one step."""

    step: int


class Comparing(_Said[_Line]):
    """What is said about two partners' answers to any step; `before` comes first, always."""

    before: _Line
    nearly: _Line
    not_comparable: _Line = Field(alias="not comparable")


class SelfCheck(_Data):
    """The whole self-check as it stands in the data file; `safety` is shown before anything."""

    safety: _Line
    answers: tuple[Answer, ...]
    items: tuple[Item, ...]
    notes: tuple[StepNotes, ...]
    not_answered: ForPartner
    compare: Comparing


@dataclass(frozen=True, slots=True)
class StepState:
    """How one partner sees one step; `share`, 0 to 1, is over the points that were `answered`.

    A point "not at all yet" keeps a step from "mostly in place"; no answers leave `share` empty.
    """

    step: int
    share: float | None
    answered: int
    state: State
    note: str


@dataclass(frozen=True, slots=True)
class Difference:
    """How two partners who answered apart see one step; `hurt` and `used` are their sides."""

    step: int
    hurt: StepState
    used: StepState
    view: View
    note: str


@cache
def load_self_check(folder: Path = paths.KNOWLEDGE) -> SelfCheck:
    """Load the self-check.

    Raises:
        KnowledgeError: When the file is broken, or a step lacks its points or its notes.
    """
    check: SelfCheck = read_yaml(folder / "self_check.yaml", SelfCheck)
    held = [item.step for item in check.items]
    uneven = [step for step in _STEPS if held.count(step) != _PER_STEP]
    faults = {
        "the answers are not 0 to 3 in order": [a.value for a in check.answers] != [0, 1, 2, 3],
        "the notes are not for steps 1 to 7 in order": [n.step for n in check.notes] != [*_STEPS],
        "two items have the same id": len({item.id for item in check.items}) < len(check.items),
        f"not three items for each of steps {uneven}": bool(uneven),
    }
    for fault in (fault for fault, found in faults.items() if found):
        raise KnowledgeError(f"self_check.yaml:1: {fault}. Mend that.")
    return check


def summarise(answers: Mapping[str, int], reader: Reader) -> tuple[StepState, ...]:
    """Say how one partner, `hurt` or `used`, sees each of the seven steps.

    The answers are 0 to 3 by the item's id; points left out are not answered.

    Raises:
        InputError: For an unknown id, an answer that is not 0 to 3, or the reader `both`.
    """
    if reader not in {"hurt", "used"}:
        raise InputError("The self-check is answered by one partner at a time: hurt or used.")
    known = {item.id for item in load_self_check().items}
    for name, value in answers.items():
        if name not in known:
            raise InputError(f"The self-check has no point '{name}'. Mend or leave out that id.")
        if type(value) is not int or not 0 <= value <= _MOST:
            raise InputError(f"The answer to '{name}' must be 0, 1, 2 or 3. Mend or leave it out.")
    return tuple(_state(step, answers, reader) for step in _STEPS)


def compare(hurt: Mapping[str, int], used: Mapping[str, int]) -> tuple[Difference, ...]:
    """Say where two partners who answered apart see the steps alike, and where they differ.

    Only points that both answered are compared, so that nobody is measured on a silence.

    Raises:
        InputError: As for `summarise`.
    """
    summarise(hurt, "hurt")
    summarise(used, "used")
    both = hurt.keys() & used.keys()
    left = summarise({name: hurt[name] for name in both}, "hurt")
    right = summarise({name: used[name] for name in both}, "used")
    return tuple(map(_difference, left, right))


def _state(step: int, answers: Mapping[str, int], reader: Reader) -> StepState:
    check = load_self_check()
    values = [answers[item.id] for item in check.items if item.step == step and item.id in answers]
    if not values:
        return StepState(step, None, 0, "not answered", check.not_answered.of(reader))
    share = sum(values) / (_MOST * len(values))
    state: State = "partly" if share >= _PARTLY else "not yet"
    if share >= _MOSTLY and min(values) > 0:
        state = "mostly in place"
    return StepState(step, share, len(values), state, check.notes[step - 1].at(state).of(reader))


def _difference(hurt: StepState, used: StepState) -> Difference:
    words, notes = load_self_check().compare, load_self_check().notes[hurt.step - 1]
    if hurt.share is None or used.share is None:
        return Difference(hurt.step, hurt, used, "not comparable", words.not_comparable)
    apart = hurt.share - used.share
    view: View = "alike"
    note = words.at(hurt.state) if hurt.state == used.state else words.nearly
    if apart > _DIFFER:
        view, note = "hurt sees more", f"{words.hurt_more} {notes.hurt_more}"
    elif apart < -_DIFFER:
        view, note = "used sees more", f"{words.used_more} {notes.used_more}"
    return Difference(hurt.step, hurt, used, view, note)
