"""Memory of one engine over many mixed requests, in a process that holds nothing else.

    python -m benchmarks.enduring FOLDER REQUESTS

FOLDER is a data folder with an index. Prints requests and megabytes, one pair a line.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.measuring import open_rows, resident
from rag import Assistant, Settings


def main() -> None:
    """Ask, sort, reword and check in turn, and look at the memory now and then."""
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    assistant = Assistant(Settings(data_dir=folder))
    tasks: list[tuple[Callable[[str], Any], list[str]]] = [
        (assistant.ask, open_rows("questions")),
        (assistant.step, open_rows("steps")),
        (assistant.reword, open_rows("rewrite")),
        (assistant.check, open_rows("safety")),
    ]
    looks = {0, count // 10, count // 4, count // 2, count * 3 // 4, count}
    for n in range(count + 1):
        if n in looks:
            print(n, round(resident()), flush=True)
        call, texts = tasks[n % len(tasks)]
        call(texts[(n // len(tasks)) % len(texts)])


if __name__ == "__main__":
    main()
