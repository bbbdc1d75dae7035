"""Read the training rows and hold every split and label list in one place.

Rows are JSON Lines in `training/data/`; files that begin with `test-` were written apart, by other
authors, and are never trained on. Validation rows are taken from the training files by a hash of
the text's twin group, so that a risk row and its safe twin stay on one side.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rag.knowledge import load_knowledge
from rag.safety import find_risks
from rag.scope import load_limits

DATA = Path(__file__).parent / "data"

TASKS = ("safety", "steps", "intents", "messages", "asks")

CATEGORIES = (
    "none",
    "suicide_self",
    "self_harm",
    "partner_suicide",
    "violence_received",
    "violence_intent",
    "coercive_control",
    "sexual_coercion",
    "child_danger",
)
SEVERITIES = ("none", "elevated", "immediate")
INTENTS = ("ask", "step", "reword", "prepare", "follow_up", "greeting", "about", "out_of_scope")
KINDS = ("blame", "implicit", "fine", "not_a_message")
BLAME = (
    "none",
    "absolute",
    "label",
    "mind_reading",
    "accusation",
    "false_feeling",
    "threat",
    "contempt",
    "comparison",
    "why_question",
    "guilt_trip",
    "demand",
)
THEMES = (
    "hidden_use lying relapse broken_promise comparison_body_image intimacy_withdrawn"
    " pressured_for_sex phone_secrecy defensiveness_minimising refusal_to_talk no_effort_recovery"
    " money_spent checking_monitoring interrogation brought_up_past not_forgiven contempt_insults"
    " family_told_others kids_exposed parenting_load time_neglect live_cam_or_paid_content"
    " social_media_follows therapist_refusal missed_checkin threat_to_leave silent_treatment other"
).split()
FEELINGS = (
    "hurt sad angry anxious scared ashamed guilty lonely betrayed frustrated resentful exhausted"
    " overwhelmed confused insecure inadequate humiliated jealous disgusted disappointed hopeless"
    " hopeful helpless numb worried embarrassed unwanted devastated furious regretful trapped"
    " unsafe heartbroken grieving tender relieved grateful powerless small defensive suspicious"
    " uncertain distrustful determined protective calm"
).split()
_ALSO = {
    "anxious": "panicky, nervous, uneasy, on edge, tense, unsettled",
    "confused": "lost, bewildered",
    "devastated": "shocked, crushed, shaken",
    "disappointed": "let down",
    "exhausted": "worn out, tired, drained, weary",
    "frustrated": "irritated, annoyed, exasperated",
    "furious": "livid, enraged",
    "grateful": "thankful",
    "grieving": "grief",
    "hopeless": "despairing, desperate, discouraged",
    "humiliated": "mortified",
    "hurt": "upset, wounded, pained",
    "inadequate": "worthless",
    "insecure": "self-conscious, unattractive, vulnerable",
    "lonely": "isolated, alone",
    "regretful": "sorry, remorseful, remorse",
    "resentful": "bitter",
    "scared": "afraid, frightened, fearful, terrified",
    "small": "belittled",
    "trapped": "stuck",
    "unwanted": "undesired, rejected, unloved",
    "worried": "concerned",
}
_SYNONYMS = {word: name for name, words in _ALSO.items() for word in words.split(", ")}

_VALIDATION_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Row:
    """One text with the targets that are known for it; an absent head is not trained on it."""

    text: str
    task: str
    speaker: str
    category: int | None = None
    severity: int | None = None
    step: dict[int, float] = field(default_factory=dict)
    intent: dict[int, float] = field(default_factory=dict)
    kind: int | None = None
    themes: tuple[int, ...] = ()
    feelings: tuple[int, ...] = ()
    spans: tuple[tuple[int, int, int], ...] = ()
    explicit: bool = False


def read(task: str, *, test: bool) -> list[tuple[str, Row]]:
    """Read the rows of a task with their split keys, in file order."""
    rows: list[tuple[str, Row]] = []
    for path in sorted(DATA.glob(f"{'test-' if test else ''}{task}*.jsonl")):
        for n, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
            if line.strip():
                raw = json.loads(line)
                # Neighbours by fours: twins without an id stand next to each other in the files.
                key = raw.get("twin") or f"{path.name}:{n // 4}"
                rows.append((str(key), _row(task, raw)))
    return rows


def splits(task: str) -> tuple[list[Row], list[Row], list[Row]]:
    """Training, validation and test rows of a task.

    `asks` are the notes' own example questions: ordinary questions, for training alone.
    """
    train: list[Row] = []
    if task == "asks":
        return asks(), [], []
    validation: list[Row] = []
    for key, row in read(task, test=False):
        share = int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
        (validation if share < _VALIDATION_SHARE else train).append(row)
    return train, validation, [row for _, row in read(task, test=True)]


def asks() -> list[Row]:
    """The notes' example questions as ordinary, safe questions; out-of-scope examples as such.

    What they want of the program is not taught, but for those about the program itself: many are
    plain statements, and thousands of them would make a question of every message.
    """
    about = {INTENTS.index("about"): 1.0}
    rows = []
    for passage in load_knowledge().passages:
        for text in passage.asks:
            calm = _calm(text)
            intent = about if passage.kind == "about" else {}
            rows.append(Row(text, "asks", "unknown", category=calm, severity=calm, intent=intent))
    outside = {INTENTS.index("out_of_scope"): 1.0}
    rows += [
        Row(text, "asks", "unknown", step={0: 1.0}, intent=outside)
        for limit in load_limits().values()
        for text in limit.examples
    ]
    return rows


def _calm(text: str) -> int | None:
    """`none` for an ordinary text; unknown where a rule sees danger, so that nothing is unlearnt.

    Texts written to teach steps, intents and blame are ordinary: without them the safety head
    knows only danger and its look-alikes, and sounds the alarm at everyday distress.
    """
    return None if find_risks(text) else 0


def _row(task: str, raw: dict[str, Any]) -> Row:
    text, speaker = raw["text"], raw.get("speaker", "unknown")
    if task == "safety":
        return Row(
            text,
            task,
            speaker,
            category=CATEGORIES.index(raw["category"]),
            severity=SEVERITIES.index(raw["severity"]),
            explicit=bool(raw.get("explicit")),
        )
    calm = _calm(text) if raw.get("primary", 1) != 0 else None
    if task == "steps":
        step = _soft(raw["primary"], raw["acceptable"], 0.65)
        return Row(text, task, speaker, category=calm, severity=calm, step=step)
    if task == "intents":
        also = [INTENTS.index(name) for name in raw.get("also", ()) if name in INTENTS]
        first = INTENTS.index(raw["intent"])
        intent = _soft(first, [first, *also], 0.7)
        return Row(text, task, speaker, category=calm, severity=calm, intent=intent)
    spans = []
    for blame in raw["blame"]:
        start = text.find(blame["text"])
        if start >= 0:
            spans.append((start, start + len(blame["text"]), BLAME.index(blame["kind"])))
    return Row(
        text,
        task,
        speaker,
        kind=KINDS.index(raw["kind"]),
        themes=tuple(THEMES.index(name) for name in raw["themes"] if name in THEMES),
        feelings=tuple(sorted(set(_feelings(raw["feelings"])))),
        spans=tuple(spans),
        category=None if "threat" in {blame["kind"] for blame in raw["blame"]} else calm,
        severity=None if "threat" in {blame["kind"] for blame in raw["blame"]} else calm,
    )


def _soft(first: int, acceptable: Iterable[int], weight: float) -> dict[int, float]:
    """Most of the mass on the first label, the rest shared by the others that are acceptable."""
    others = [label for label in dict.fromkeys(acceptable) if label != first]
    if not others:
        return {first: 1.0}
    return {first: weight, **{label: (1 - weight) / len(others) for label in others}}


def _feelings(words: Iterable[str]) -> list[int]:
    named = (_SYNONYMS.get(word.lower(), word.lower()) for word in words)
    return [FEELINGS.index(word) for word in named if word in FEELINGS]
