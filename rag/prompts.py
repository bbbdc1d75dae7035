"""The prompts: versioned text files in `prompts/`, with mustache variables.

Whatever a person typed and whatever a note says is data inside a prompt: it stands between marks
that it cannot close itself.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.errors import KnowledgeError
from rag.notes import parse_yaml
from rag.paths import PROMPTS

if TYPE_CHECKING:
    from langchain_core.prompts import ChatPromptTemplate

_PARTS = re.compile(r"\A---\n(.*?)\n---\n+## system\n(.*?)\n## human\n(.*)\Z", re.DOTALL)
_ANGLES = str.maketrans("<>", "‹›")


class FrontMatter(BaseModel):
    """What a prompt says of itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: str = Field(pattern=r"^[a-z]+(-[a-z]+)*$")
    version: int = Field(ge=1)
    variables: tuple[str, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt, ready to be filled.

    Attributes:
        task: What it is for.
        version: Its version, raised with every change of meaning.
        digest: Start of the SHA-256 of the file.
        template: The LangChain template.
    """

    task: str
    version: int
    digest: str
    template: "ChatPromptTemplate"

    @property
    def name(self) -> str:
        """Task, version and digest: what a result says of its prompt."""
        return f"{self.task} v{self.version} ({self.digest})"


@cache
def load_prompt(task: str, folder: Path = PROMPTS) -> Prompt:
    """Load the prompt of a task.

    Raises:
        KnowledgeError: When the file is missing or broken, or its variables are not those declared.
    """
    from langchain_core.prompts import ChatPromptTemplate

    path = folder / f"{task}.md"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeError(f"{path.name}:1: cannot be read. Restore it.") from error
    parts = _PARTS.match(text)
    if parts is None:
        raise KnowledgeError(f"{path.name}:1: needs front matter, '## system' and '## human'.")
    front = _front(path.name, parts[1])
    if front.task != task:
        raise KnowledgeError(f"{path.name}:2: task is '{front.task}'. Name them alike.")
    template = ChatPromptTemplate.from_messages(
        [("system", parts[2].strip()), ("human", parts[3].strip())], template_format="mustache"
    )
    if set(template.input_variables) != set(front.variables):
        raise KnowledgeError(
            f"{path.name}:4: declares {', '.join(sorted(front.variables))} but uses"
            f" {', '.join(sorted(template.input_variables))}. Make them agree."
        )
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return Prompt(task, front.version, digest, template)


def as_data(text: str) -> str:
    """A text that may stand between marks: it cannot close them, nor open others."""
    return text.translate(_ANGLES)


def _front(name: str, text: str) -> FrontMatter:
    import yaml

    try:
        return FrontMatter.model_validate(parse_yaml(text))
    except (ValidationError, yaml.YAMLError) as error:
        raise KnowledgeError(f"{name}:2: the front matter is broken. Mend it.") from error
