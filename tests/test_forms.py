"""How a question is put: every form's own examples, and questions that must not fool it."""

import re
import time

import pytest
import yaml

from rag.errors import KnowledgeError
from rag.forms import form_of, forms
from rag.knowledge import load_knowledge
from rag.paths import KNOWLEDGE

ROWS = yaml.safe_load((KNOWLEDGE / "forms.yaml").read_text(encoding="utf-8"))
KINDS = {passage.kind for passage in load_knowledge().passages}


@pytest.mark.parametrize(
    ("form", "text"), [(row["form"], text) for row in ROWS for text in row["matches"]]
)
def test_a_form_matches_its_examples(form: str, text: str) -> None:
    assert form_of(text).name == form


@pytest.mark.parametrize(
    ("form", "text"), [(row["form"], text) for row in ROWS for text in row["ignores"]]
)
def test_a_form_ignores_the_others(form: str, text: str) -> None:
    assert form_of(text).name != form


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("How do I tell her I slipped?", "say"),
        ("how would i say that to my wife", "say"),
        ("what can I text him tonight", "say"),
        ("Which step are we in?", "step"),
        ("what is step 3", "step"),
        ("Should I check his phone?", "whether"),
        ("is it normal to cry every day", "whether"),
        ("what if she says no?", "if"),
        ("What is betrayal trauma?", "what"),
        ("who was John Gottman", "what"),
        ("", "what"),
        ("🙂", "what"),
    ],
)
def test_the_form_of_a_question(text: str, form: str) -> None:
    assert form_of(text).name == form


def test_every_form_has_examples_and_prefers_kinds_that_exist() -> None:
    for row in ROWS:
        assert row["matches"], row["form"]
        assert set(row["prefers"]) <= KINDS | {"handout"}
        for pattern in [*row["asks"], row["opens"]]:
            re.compile(pattern)
    assert forms()[-1].asks.search("anything at all")


def test_curly_quotes_make_no_difference() -> None:
    assert form_of("isn’t it cheating").name == form_of("isn't it cheating").name


def test_a_hostile_text_is_read_quickly() -> None:
    start = time.process_time()
    for text in ("how do i " * 2000, "give me a " * 2000, '"' * 20_000, "turn '" + "a" * 20_000):
        form_of(text)
    assert time.process_time() - start < 5


def test_a_broken_file_is_a_clear_fault(tiny_knowledge: object) -> None:
    (tiny_knowledge / "forms.yaml").write_text("- form: say\n  mood: odd\n", encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"forms\.yaml:\d"):
        forms(tiny_knowledge)
