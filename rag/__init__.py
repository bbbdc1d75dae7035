"""Softstart's engine: answers from written notes, with citations, on the user's own machine."""

from rag.assistant import Assistant
from rag.errors import (
    IndexMissing,
    InputError,
    KnowledgeError,
    ModelUnavailable,
    SettingsError,
    SoftstartError,
    StoreUnavailable,
)
from rag.models import Answer, Citation, Hit, Passage, Pointer, Safety, Source
from rag.settings import Settings

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "Assistant",
    "Citation",
    "Hit",
    "IndexMissing",
    "InputError",
    "KnowledgeError",
    "ModelUnavailable",
    "Passage",
    "Pointer",
    "Safety",
    "Settings",
    "SettingsError",
    "SoftstartError",
    "Source",
    "StoreUnavailable",
]
