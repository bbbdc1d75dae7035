"""A plain function as one stage of a LangChain chain, without the cost of a `RunnableLambda`.

That one looks at the function's signature and sets up callbacks on every call, half a millisecond a
stage; our stages take one value, give one value, and are called for every message.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from langchain_core.runnables import Runnable, RunnableConfig

T = TypeVar("T")


class Stage(Runnable[T, T]):
    """Calls the function with the value that comes in."""

    def __init__(self, function: Callable[[T], T]) -> None:
        self._function = function
        self.name = function.__name__.strip("_")

    def invoke(self, input: T, config: RunnableConfig | None = None, **kwargs: Any) -> T:
        """What the function makes of the value."""
        return self._function(input)
