"""A slow stream on a page: read in a thread of its own, so that the page can be stopped meanwhile.

Streamlit stops a script only when it draws something. A chat model may think for half a minute.
"""

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

_EVERY = 0.3
"""Seconds between two looks."""


@dataclass(frozen=True, slots=True)
class _End:
    """The end of a stream, with what went wrong if something did."""

    error: Exception | None = None


def as_it_comes(make: Callable[[], Iterator[T]]) -> Iterator[T | None]:
    """The items of a stream, and None for each moment without one.

    Args:
        make: Opens the stream; called in the other thread.
    """
    items: queue.Queue[T | _End] = queue.Queue()
    left = threading.Event()

    def read() -> None:
        try:
            for item in make():
                items.put(item)
                if left.is_set():
                    return
        except Exception as error:  # raised again where it is read
            items.put(_End(error))
        else:
            items.put(_End())

    threading.Thread(target=read, daemon=True, name="answer").start()
    try:
        while True:
            try:
                item = items.get(timeout=_EVERY)
            except queue.Empty:
                yield None
                continue
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        left.set()
