"""Talk to the chat model: open it on first use, keep to a time limit, try once more, fail plainly.

Whatever goes wrong at a provider comes out of here as one clear sentence that holds nothing of what
was typed.
"""

import json
import re
import time
from collections.abc import Iterator, Mapping
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from rag.errors import ModelUnavailable
from rag.in_time import in_time
from rag.llm import ModelInfo, model_info, open_model
from rag.prompts import Prompt
from rag.settings import Settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import Runnable

T = TypeVar("T", bound=BaseModel)

_PAUSE = 0.5
_PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_UNKNOWN_FORMAT = frozenset({400, 404, 415, 422, 501})
_FENCE = re.compile(r"^\s*```(?:json)?\s*|\s*```\s*$")


class UnusableReply(Exception):
    """The model answered, and not in the shape that was asked for; never leaves the engine."""


class Chat:
    """The chat model of one user; safe to share between threads.

    Args:
        settings: The settings, with a model.
        consent: Whether words may be sent to a hosted model.
    """

    def __init__(self, settings: Settings, *, consent: bool = False) -> None:
        self.settings = settings
        self.consent = consent
        self._model: BaseChatModel | None = None
        self._lock = Lock()

    @property
    def name(self) -> str:
        """The model as the setting names it."""
        return self.settings.model or ""

    def info(self, *, probe: bool = True) -> ModelInfo:
        """What can be said of the model."""
        info = model_info(self.settings, consent=self.consent, probe=probe)
        if info is None:
            raise AssertionError("a Chat is made only where a model is set")
        return info

    def stream(self, prompt: Prompt, values: Mapping[str, Any]) -> Iterator[str]:
        """The model's words as they come.

        Raises:
            ModelUnavailable: When it fails, also halfway, or takes too long.
        """
        from langchain_core.output_parsers import StrOutputParser

        deadline = time.monotonic() + self.settings.model_seconds
        chain = prompt.template | self._opened() | StrOutputParser()
        for attempt in (1, 2):
            began = False
            try:
                for text in in_time(lambda: chain.stream(dict(values)), _left(deadline)):
                    began = True
                    yield text
            except Exception as error:  # each provider has exceptions of its own
                if began or attempt == 2 or not self._may_retry(error, deadline):
                    raise ModelUnavailable(self._say(error)) from None
                time.sleep(_PAUSE)
            else:
                return

    def structured(self, prompt: Prompt, values: Mapping[str, Any], shape: type[T]) -> T:
        """One object of the given shape.

        Raises:
            ModelUnavailable: When the model fails or takes too long.
            UnusableReply: When what it wrote is not such an object.
        """
        reply = self._shaped(prompt, values, shape)
        if isinstance(reply, shape):
            return reply
        try:
            return shape.model_validate(json.loads(_FENCE.sub("", str(reply))))
        except (ValueError, ValidationError, RecursionError):
            raise UnusableReply("the reply was not the JSON object that was asked for") from None

    def _shaped(self, prompt: Prompt, values: Mapping[str, Any], shape: type[T]) -> T | str:
        """The object where the server can be held to a shape, else the text of the reply."""
        deadline = time.monotonic() + self.settings.model_seconds
        for attempt in (1, 2):
            try:
                chain = prompt.template | self._opened().with_structured_output(
                    shape, include_raw=True
                )
                ask = partial(_only, chain, dict(values))
                reply = next(in_time(ask, _left(deadline)))
                parsed = reply["parsed"]
                return parsed if isinstance(parsed, shape) else str(reply["raw"].text)
            except Exception as error:  # each provider has exceptions of its own
                if isinstance(error, ModelUnavailable):
                    raise
                if isinstance(error, NotImplementedError) or _status(error) in _UNKNOWN_FORMAT:
                    return "".join(self.stream(prompt, values))
                if isinstance(error, ValidationError) or "FinishReason" in type(error).__name__:
                    return ""
                if attempt == 2 or not self._may_retry(error, deadline):
                    raise ModelUnavailable(self._say(error)) from None
                time.sleep(_PAUSE)
        raise AssertionError("the second attempt always ends")

    def _opened(self) -> "BaseChatModel":
        with self._lock:
            if self._model is None:
                self._model = open_model(self.settings)
            return self._model

    def _may_retry(self, error: Exception, deadline: float) -> bool:
        passing = _status(error) in _PASSING or "Connect" in type(error).__name__
        return passing and time.monotonic() + _PAUSE < deadline

    def _say(self, error: Exception) -> str:
        """What went wrong, in one sentence without a word of what was typed."""
        info = self.info(probe=False)
        status = _status(error)
        if isinstance(error, TimeoutError) or "Timeout" in type(error).__name__:
            return f"the model took longer than {self.settings.model_seconds:g} seconds"
        if "Connect" in type(error).__name__:
            return f"nothing answers at {info.host} any more"
        if status == 429:
            return f"{info.host} takes no more requests just now (429)"
        if status in (401, 403):
            return f"{info.host} refused the key ({status}); check it"
        if status == 404:
            return f"{info.host} knows no model {info.model} (404); check SOFTSTART_MODEL"
        if status:
            return f"{info.host} answered with an error ({status})"
        return f"the model at {info.host} failed ({type(error).__name__})"


def _only(chain: "Runnable[Any, Any]", values: Mapping[str, Any]) -> list[Any]:
    """One reply, as a stream of one."""
    return [chain.invoke(values)]


def _left(deadline: float) -> float:
    return max(0.0, deadline - time.monotonic())


def _status(error: Exception) -> int:
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else 0
