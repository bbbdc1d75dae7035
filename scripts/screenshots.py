"""Make the README's pictures from the real app: `python scripts/screenshots.py`.

Needs the development extra, an index (`softstart index`) and Chromium. The pictures go to
`docs/images/`; what is typed in them is invented.
"""

import argparse
import contextlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
DESK = {"width": 1100, "height": 820}
PHONE = {"width": 360, "height": 760}
SLOW = 180_000
MESSAGE = (
    "You always lie to me. You promised to stop and last Tuesday I found it on your laptop again."
)


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """The app, on a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = Path(sys.executable).with_name("softstart")
    child = subprocess.Popen(  # noqa: S603
        [command, "app", "--port", str(port), "--no-browser"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/_stcore/health"):  # noqa: S310
                break
            time.sleep(0.2)
        yield url
    finally:
        child.terminate()
        child.wait(30)


def opened(browser: Any, address: str, path: str, *, size: dict[str, int], scheme: str) -> Any:
    """A page past the first screen."""
    context = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(SLOW)
    page.goto(f"{address}/{path}")
    page.get_by_role("button", name="Skip", exact=True).click()
    page.get_by_role("button", name="Skip", exact=True).wait_for(state="detached")
    page.get_by_text("Getting ready").wait_for(state="detached")
    return page


def keep(page: Any, name: str) -> None:
    """Take the picture once nothing moves."""
    page.wait_for_timeout(1500)
    page.mouse.move(5, 400)
    page.screenshot(path=IMAGES / f"{name}.png")
    page.context.close()


def talk(browser: Any, address: str) -> None:
    """A question with its answer."""
    page = opened(browser, address, "", size=DESK, scheme="light")
    page.get_by_role("button", name="What do I say when they tell me").click()
    page.locator("summary", has_text="[1]").wait_for()
    keep(page, "talk")


def reword(browser: Any, address: str) -> None:
    """A message reworded, on a desk and on a phone."""
    for name, size, scheme in (("reword", DESK, "light"), ("reword-phone", PHONE, "dark")):
        page = opened(browser, address, "words", size=size, scheme=scheme)
        page.get_by_label("The message, as you would send it").fill(MESSAGE)
        page.get_by_role("button", name="Reword it").click()
        page.get_by_role("heading", name="A way to say it").wait_for()
        if size is PHONE:
            page.get_by_role("heading", name="A way to say it").scroll_into_view_if_needed()
        keep(page, name)


def steps(browser: Any, address: str) -> None:
    """A situation and its step."""
    page = opened(browser, address, "steps", size=DESK, scheme="dark")
    box = page.get_by_label("What is going on between you, in your own words")
    box.fill("We talk about it now, but it ends in shouting and one of us walks out.")
    page.get_by_role("button", name="Which step is this?").click()
    page.get_by_role("heading", name="Step 6").wait_for()
    keep(page, "steps")


def check_in(browser: Any, address: str) -> None:
    """A turn of the check-in, on a phone."""
    page = opened(browser, address, "time", size=PHONE, scheme="light")
    page.get_by_role("button", name="Begin", exact=True).click()
    page.get_by_role("timer").wait_for()
    keep(page, "check-in-phone")


def main() -> None:
    """Make all pictures."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description="Make the README's pictures from the real app.")
    parser.add_argument("--chromium", default=shutil.which("chromium"), help="path of Chromium")
    chromium = parser.parse_args().chromium
    IMAGES.mkdir(parents=True, exist_ok=True)
    with serving() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        for picture in (talk, reword, steps, check_in):
            picture(browser, address)
        browser.close()


if __name__ == "__main__":
    main()
