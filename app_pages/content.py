"""The words of the screens: data in `knowledge/app/`, one file a page."""

from functools import cache
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from rag.errors import KnowledgeError
from rag.helplines import Need
from rag.knowledge import read_yaml
from rag.paths import KNOWLEDGE

T = TypeVar("T")
Wish = Literal["ask", "step", "reword", "prepare"]
"""What a message wants of the program."""
_Text = Annotated[str, Field(min_length=1)]


class Suggestion(BaseModel):
    """A first message to try, what it wants, and an icon for that."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    wish: Wish
    icon: _Text
    text: _Text


class HelpGroup(BaseModel):
    """A heading of the help page and the needs below it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: _Text
    needs: tuple[Need, ...]


@cache
def _file(page: str) -> dict[str, Any]:
    data: dict[str, Any] = read_yaml(KNOWLEDGE / "app" / f"{page}.yaml", dict[str, Any])
    return data


def texts(page: str) -> dict[str, str]:
    """The single texts of a page, by name.

    Raises:
        KnowledgeError: When the file is broken.
    """
    return {key: value for key, value in _file(page).items() if isinstance(value, str)}


def suggestions() -> tuple[Suggestion, ...]:
    """What a first message can be."""
    return _list("talk", "suggestions", Suggestion)


def help_groups() -> tuple[HelpGroup, ...]:
    """The groups of the help page, in order."""
    return _list("help_now", "groups", HelpGroup)


@cache
def _list(page: str, key: str, kind: type[T]) -> tuple[T, ...]:
    try:
        return TypeAdapter(tuple[kind, ...]).validate_python(_file(page).get(key, ()))
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise KnowledgeError(f"app/{page}.yaml: {key}.{where}: mend that row.") from error
