"""Small helpers for tests of the app's screens with Streamlit's own test runner."""

import re
import time

from conftest import ROOT
from streamlit.testing.v1 import AppTest

from app_pages.content import texts

FAULT = texts("frame")["fault"]
WAITING = ("Getting ready", "Reading the notes in")
KINDS = ("title", "header", "subheader", "markdown", "text", "caption", "warning", "info")


def new_app() -> AppTest:
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)


def settled(app: AppTest) -> AppTest:
    """The app once its engine is open: a browser asks again by itself, a test has to."""
    end = time.monotonic() + 120
    while any(str(bar.text).startswith(WAITING) for bar in app.get("progress")):
        assert time.monotonic() < end
        time.sleep(0.2)
        app.run()
    assert_whole(app)
    return app


def assert_whole(app: AppTest) -> None:
    """Nothing broke, also nothing that the app would show as a calm card."""
    assert not app.exception, app.exception
    assert FAULT not in [warning.value for warning in app.warning]


def started(app: AppTest, page: str | None = None) -> AppTest:
    """Past the first screen, on a page."""
    app.run()
    press(app, "welcome_skip")
    if page:
        app.switch_page(f"app_pages/{page}.py").run()
    return settled(app)


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    return settled(app)


def submit(app: AppTest, key: str, text: str) -> AppTest:
    """Type into a form's box and send it."""
    app.text_area(key=key).set_value(text)
    (button,) = [b for b in app.button if str(b.key).startswith("FormSubmitter")]
    button.click().run()
    return settled(app)


def shown(app: AppTest) -> str:
    assert not app.exception, app.exception
    return "\n".join(str(element.value) for kind in KINDS for element in app.get(kind))


def typed(text: str) -> str:
    """What is written in Markdown, without the escapes that keep it plain."""
    return re.sub(r"\\(.)", r"\1", text)


def ask(app: AppTest, text: str) -> AppTest:
    app.chat_input(key="message").set_value(text).run()
    return settled(app)
