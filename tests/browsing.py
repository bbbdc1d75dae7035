"""A real server and a real headless Chromium, for tests of the app as a person meets it."""

import contextlib
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from conftest import ROOT, child_environment, free_port

CHROMIUM = next(
    (
        path
        for path in ("/usr/bin/chromium", shutil.which("chromium"))
        if path and Path(path).exists()
    ),
    None,
)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 360, "height": 800}
DESK = {"width": 1280, "height": 900}
SLOW = 180_000
"""Milliseconds that opening the engine may take on a busy machine."""
PATHS = ("", "words", "plan", "steps", "time", "notes", "lines", "about")
FREE = ("lines", "about")
"""Pages that need no first screen."""


@contextlib.contextmanager
def serving(
    data_dir: Path,
    log: Path,
    *,
    port: int | None = None,
    options: tuple[str, ...] = ("--no-browser",),
    **environment: str,
) -> Iterator[str]:
    """The app at an address of this machine."""
    port = port or free_port()
    with log.open("wb") as out:
        child = subprocess.Popen(
            [
                Path(sys.executable).with_name("softstart"),
                "app",
                "--port",
                str(port),
                *options,
            ],
            env=child_environment(SOFTSTART_DATA_DIR=str(data_dir), **environment),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        try:
            wait_for(f"http://127.0.0.1:{port}", child, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            child.terminate()
            child.wait(20)


def wait_for(url: str, child: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + 60
    while True:
        with contextlib.suppress(OSError):
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as reply:
                if reply.status == 200:
                    return
        assert child.poll() is None, log.read_text(encoding="utf-8")
        assert time.monotonic() < end, log.read_text(encoding="utf-8")
        time.sleep(0.2)


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """A headless browser."""
    from playwright.sync_api import sync_playwright

    assert CHROMIUM, "Chromium is missing. Install it, for example: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def visit(page: Any, address: str, path: str = "") -> None:
    """Open a page of the app and get past the first screen."""
    page.goto(f"{address}/{path}")
    if path not in FREE:
        skip = page.get_by_role("button", name="Skip", exact=True)
        skip.click(timeout=SLOW)
        skip.wait_for(state="detached", timeout=SLOW)
    page.get_by_role("heading", level=1).wait_for(timeout=SLOW)
    idle(page)
    page.get_by_text("Getting ready").wait_for(state="detached", timeout=SLOW)
    page.get_by_role("button", name="Leave now").wait_for(timeout=SLOW)
    idle(page)


def idle(page: Any) -> None:
    """Wait until the script has run and the page is as it will be."""
    page.wait_for_function(
        "() => document.querySelector('[data-testid=stApp]')"
        "?.getAttribute('data-test-script-state') === 'notRunning'"
        " && !document.querySelector('[data-stale=true]')",
        timeout=SLOW,
    )


def turn_to(page: Any, link: str, sign: Any) -> None:
    """Follow a link until its page shows a sign.

    Streamlit draws its links anew with each run, so a click can fall on one that is just going.
    """
    from playwright.sync_api import TimeoutError as TooLate

    for _ in range(4):
        idle(page)
        page.get_by_role("link", name=link).first.click(timeout=SLOW)
        try:
            sign.wait_for(timeout=SLOW / 4)
        except TooLate:
            continue
        return
    raise AssertionError(f"{link} does not open")


def say(page: Any, text: str) -> None:
    """Send a message on Talk, once it takes one: while it writes, Enter does nothing."""
    idle(page)
    box = page.get_by_placeholder("Ask, or tell it in your own words")
    box.fill(text)
    box.press("Enter")
