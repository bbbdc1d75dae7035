"""Hold a stream to a time limit, whatever the other side does to keep it open.

A server may send signs of life for ever, so a limit on silence is not enough. The stream is read in
a thread of its own; when time is up, it is left there and ends with its next piece.
"""

import contextvars
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")

_END = object()


def in_time(make: Callable[[], Iterable[T]], seconds: float) -> Iterator[T]:
    """The items of a stream, until the limit.

    Args:
        make: Opens the stream; called in the other thread.
        seconds: Longest time for all of it.

    Raises:
        TimeoutError: When the limit is reached; what the stream itself raises comes out as it is.
    """
    items: queue.Queue[Any] = queue.Queue()
    stopped = threading.Event()

    def read() -> None:
        try:
            for item in make():
                items.put(item)
                if stopped.is_set():
                    return
            items.put(_END)
        except BaseException as error:  # told in the thread that waits
            items.put(_Raised(error))

    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(read,), daemon=True, name="chat-model")
    thread.start()
    deadline = time.monotonic() + seconds
    try:
        while True:
            try:
                item = items.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise TimeoutError from None
            if item is _END:
                return
            if isinstance(item, _Raised):
                raise item.error
            yield item
    finally:
        stopped.set()


class _Raised:
    """An exception on its way from the thread that reads."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
