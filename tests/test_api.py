"""The public surface, the module map and the promises about imports."""

import ast
import re
from pathlib import Path

import pytest
from conftest import ROOT, run_python

import rag

MODULES = sorted((ROOT / "rag").glob("*.py"))
SCREENS = [ROOT / "app.py", *sorted((ROOT / "app_pages").glob("*.py"))]

LAYERS = [
    {"models", "errors", "paths"},
    {"settings", "notes", "knowledge", "notice", "sentences", "grammar"},
]
"""The lowest layers of the design: what stands in one imports nothing from above it."""

LATE = {"torch", "chromadb", "streamlit", "sentence_transformers", "transformers", "onnxruntime"}
"""Heavy or optional: imported inside functions only."""


def top_imports(path: Path) -> set[str]:
    """Modules that importing this file imports: not those inside functions or for types only."""
    found: set[str] = set()

    def visit(body: list[ast.stmt]) -> None:
        for node in body:
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                found.add(node.module or "")
                found.update(f"{node.module}.{alias.name}" for alias in node.names)
            elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.dump(node.test):
                visit(node.body + node.orelse)
            elif isinstance(node, ast.Try | ast.With | ast.ClassDef):
                visit(node.body)

    visit(ast.parse(path.read_text(encoding="utf-8")).body)
    return found


def test_all_is_sorted_and_is_what_rag_exposes() -> None:
    assert list(rag.__all__) == sorted(rag.__all__)
    modules = {path.stem for path in MODULES} | {"model"}
    public = {name for name in vars(rag) if not name.startswith("_")} - modules
    assert public == set(rag.__all__)
    assert all(hasattr(rag, name) for name in rag.__all__)


def test_every_public_thing_is_documented() -> None:
    for name in rag.__all__:
        thing = getattr(rag, name)
        assert (thing.__doc__ or "").strip(), name


def test_errors_are_one_tree() -> None:
    from rag import errors

    for name, thing in vars(errors).items():
        if isinstance(thing, type) and thing.__module__ == "rag.errors":
            assert issubclass(thing, rag.SoftstartError), name
            assert name in (errors.__doc__ or ""), name
            assert name in rag.__all__, name


def test_the_version_stands_in_the_changelog() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[(\d[^\]]*)\]", text, re.MULTILINE)
    assert newest
    assert newest[1] == rag.__version__


@pytest.mark.parametrize("path", MODULES + SCREENS, ids=lambda path: path.name)
def test_a_module_opens_with_its_place_in_the_flow(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring
    assert len(docstring.split()) >= 5


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_heavy_libraries_are_imported_inside_functions(path: Path) -> None:
    assert not {name.partition(".")[0] for name in top_imports(path)} & LATE


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_lower_layers_import_nothing_from_above(path: Path) -> None:
    level = next((n for n, layer in enumerate(LAYERS) if path.stem in layer), None)
    if level is None:
        return
    below = set().union(*LAYERS[: level + 1])
    own = {name.split(".")[1] for name in top_imports(path) if name.startswith("rag.")}
    assert own <= below | {path.stem}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_the_engine_never_imports_the_app_or_the_command_line(path: Path) -> None:
    if path.stem == "cli":
        return
    everything = path.read_text(encoding="utf-8")
    assert not re.search(r"(?:from|import) (?:app_pages|rag\.cli|streamlit)\b", everything)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_only_the_settings_read_the_environment(path: Path) -> None:
    if path.stem == "settings":
        return
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"os\.getenv|os\.environ\.get|environ\[[^\]]+\](?!\s*=)", text)


@pytest.mark.parametrize("path", SCREENS, ids=lambda path: path.name)
def test_screens_hold_no_engine(path: Path) -> None:
    names = {name.partition(".")[0] for name in top_imports(path)}
    assert not names & {"chromadb", "torch", "langchain", "langchain_core", "onnxruntime", "bm25s"}


def test_no_screen_caches_what_a_person_types() -> None:
    for path in SCREENS:
        assert "cache_data" not in path.read_text(encoding="utf-8"), path.name


def test_importing_rag_loads_nothing_heavy() -> None:
    code = "import sys, rag, rag.cli; print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    ran = run_python("-c", code)
    assert ran.status == 0, ran.err
    assert not (LATE | {"pandas", "sklearn", "playwright"}) & set(ran.out.split())


def test_importing_rag_leaves_logging_alone() -> None:
    code = (
        "import logging; before = logging.root.level, list(logging.root.handlers); import rag;"
        "print((logging.root.level, list(logging.root.handlers)) == before)"
    )
    assert run_python("-c", code).out.strip() == "True"


def test_the_package_says_that_it_is_typed() -> None:
    assert (ROOT / "rag" / "py.typed").is_file()
