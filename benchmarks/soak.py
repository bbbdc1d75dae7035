"""Keep the engine under load while things break: `python -m benchmarks.soak --minutes 5`.

Threads of one long-lived process and fresh processes ask, sort, reword and check at the same time.
Every so often something is broken: the index removed, the disk full, the model swapped, a sync
killed. A reply must equal the one given before anything broke, or be one clear line that says what
to do; and `softstart index` must bring everything back. Prints what happened, exits 1 on a wrong
reply, an unclear failure, or something that did not come back.
"""

import argparse
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.measuring import open_rows, resident
from rag import Assistant, Settings
from rag.errors import SoftstartError

_TASKS = {"ask": "questions", "step": "steps", "reword": "rewrite", "check": "safety"}
_ROWS = 20
_CLI = "import sys; sys.argv[0] = 'softstart'; from rag.cli import main; main()"
Ran = subprocess.CompletedProcess[str]


class Soak:
    """One run: an engine in this process, a folder to break, and a count of what happened."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(data_dir=folder)
        self.seen: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self.command("index")
        self._assistant = Assistant(self.settings)
        self._rows = {task: open_rows(name)[:_ROWS] for task, name in _TASKS.items()}
        self._right = {
            (task, text): self._call(self._assistant, task, text)
            for task, texts in self._rows.items()
            for text in texts
        }

    def command(
        self, *arguments: str, limit: int | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run `softstart` in a process of its own, with no file larger than the limit allowed."""

        def full_disk() -> None:
            if limit is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        return subprocess.run(
            [sys.executable, "-c", _CLI, *arguments],
            env={"SOFTSTART_DATA_DIR": str(self.settings.data_dir)},
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=full_disk,
        )

    def run(self, minutes: float, threads: int) -> None:
        """Work and break things until the time is over."""
        end = time.monotonic() + 60 * minutes
        workers = [threading.Thread(target=self._work, args=(n,)) for n in range(threads)]
        for worker in workers:
            worker.start()
        faults = [self._index_gone, self._disk_full, self._model_gone, self._killed]
        n = 0
        while time.monotonic() < end:
            fault = faults[n % len(faults)]
            n += 1
            fault()
            self._note(self.faults, fault.__name__.strip("_"))
            self._fresh("while broken")
            self._recover()
            time.sleep(1)
        self._stop.set()
        for worker in workers:
            worker.join()

    # What goes wrong

    def _index_gone(self) -> None:
        shutil.rmtree(self.settings.data_dir / "chroma", ignore_errors=True)

    def _disk_full(self) -> None:
        ran = self.command("index", "--rebuild", limit=2_000_000)
        self._clear(ran, "rebuild on a full disk")

    def _model_gone(self) -> None:
        for export in (self.settings.data_dir / "model").iterdir():
            aside = export.with_name("aside")
            export.rename(aside)
            export.mkdir()
            (export / "manifest.json").write_text("{}", encoding="utf-8")
            shutil.rmtree(aside)

    def _killed(self) -> None:
        child = subprocess.Popen(
            [sys.executable, "-c", _CLI, "index", "--rebuild"],
            env={"SOFTSTART_DATA_DIR": str(self.settings.data_dir)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(random.uniform(1, 20))
        child.send_signal(signal.SIGKILL)
        child.wait()

    # What must still be right

    def _work(self, n: int) -> None:
        dice = random.Random(n)
        while not self._stop.is_set():
            task = dice.choice(list(_TASKS))
            text = dice.choice(self._rows[task])
            assistant = self._assistant
            try:
                reply = self._call(assistant, task, text)
            except SoftstartError as error:
                clear = "\n" not in str(error)
                self._note(self.seen, f"refused, {type(error).__name__}" if clear else "UNCLEAR")
                time.sleep(0.5)
            except BaseException as error:
                self._note(self.seen, f"CRASH {type(error).__name__}")
            else:
                right = reply == self._right[task, text]
                self._note(self.seen, "right" if right else f"WRONG {task}")

    def _call(self, assistant: Assistant, task: str, text: str) -> Any:
        calls: dict[str, Callable[[str], Any]] = {
            "ask": assistant.ask,
            "step": assistant.step,
            "reword": assistant.reword,
            "check": assistant.check,
        }
        return calls[task](text)

    def _fresh(self, when: str) -> None:
        """A new process answers rightly, or says in one line what to do."""
        text = self._rows["ask"][0]
        ran = self.command("ask", text)
        if ran.returncode == 0:
            first = self._right["ask", text].text.splitlines()[0]
            self._note(
                self.seen, f"fresh process {when}: " + ("right" if first in ran.stdout else "WRONG")
            )
        else:
            self._clear(ran, f"fresh process {when}")

    def _clear(self, ran: Ran, what: str) -> None:
        line = ran.stderr.strip().rpartition("\n")[2]
        clear = ran.returncode in (0, 2) and "Traceback" not in ran.stderr
        clear = clear and (ran.returncode == 0 or line.startswith("softstart: "))
        self._note(self.seen, f"{what}: " + ("one clear line" if clear else f"UNCLEAR {line[:80]}"))

    def _recover(self) -> None:
        """One command brings it back; the engine in this process is opened anew if it has to be."""
        ran = self.command("index")
        if ran.returncode != 0:
            line = ran.stderr.strip().rpartition("\n")[2].replace(str(self.settings.data_dir), "…")
            self._note(self.seen, f"NOT RECOVERED: {line}")
            return
        self._fresh("afterwards")
        text = self._rows["ask"][0]
        try:
            self._call(self._assistant, "ask", text)
            self._note(self.seen, "the open engine went on by itself")
        except SoftstartError:
            self._assistant = Assistant(self.settings)
            self._call(self._assistant, "ask", text)
            self._note(self.seen, "the open engine had to be opened anew")

    def _note(self, where: Counter[str], what: str) -> None:
        with self._lock:
            where[what] += 1


def main() -> None:
    """Run, print the counts, and fail when something was not as it must be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--threads", type=int, default=4)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        soak = Soak(Path(name) / "softstart")
        before = resident()
        soak.run(given.minutes, given.threads)
        print(f"Memory: {before:.0f} MB before, {resident():.0f} MB after.")
    for title, counts in (("Broken", soak.faults), ("Seen", soak.seen)):
        print(f"{title}:")
        for what, count in sorted(counts.items()):
            print(f"  {count:6d}  {what}")
    if any(word.isupper() and len(word) > 3 for what in soak.seen for word in what.split()):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
