"""Leaving at once, phones, keyboards and screen readers, in a real browser."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import DESK, PATHS, PHONE, SLOW, chromium, idle, say, serving, visit

pytestmark = pytest.mark.browser

WEATHER = "https://www.bbc.co.uk/weather"
SECRET = "what is zanzibarquince flooding?"
SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("app") / "log"


@pytest.fixture(scope="module")
def address(data_dir: Path, log: Path) -> Iterator[str]:
    with serving(data_dir, log) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as it:
        yield it


def opened(browser: Any, **options: Any) -> Any:
    page = browser.new_context(**{"viewport": DESK, **options}).new_page()
    page.set_default_timeout(SLOW)
    return page


@pytest.fixture
def leaving(browser: Any, address: str) -> Iterator[Any]:
    """A page on which somebody has typed, with the weather site stood in for."""
    page = opened(browser)
    page.away = []
    answer = {"status": 200, "content_type": "text/html", "body": "<p>Sunny</p>"}

    def weather(route: Any) -> None:
        page.away.append(route.request.headers.get("referer"))
        route.fulfill(**answer)

    page.context.route(f"{WEATHER}**", weather)
    visit(page, address)
    say(page, SECRET)
    page.get_by_label("Chat message from assistant").wait_for(timeout=SLOW)
    idle(page)
    yield page
    page.context.close()


def gone(page: Any) -> None:
    page.get_by_text("Sunny").wait_for()
    assert page.url == WEATHER
    assert page.away == [None]
    assert "zanzibar" not in page.content()
    page.go_back()
    assert "zanzibar" not in page.content()


def test_one_click_leaves_and_nothing_stays(leaving: Any) -> None:
    leaving.get_by_role("button", name="Leave now").click()
    gone(leaving)


def test_shift_three_times_leaves(leaving: Any) -> None:
    for _ in range(3):
        leaving.keyboard.press("Shift")
    gone(leaving)


def test_the_first_link_leaves(leaving: Any) -> None:
    leaving.locator("#softstart-leave").focus()
    assert leaving.locator("#softstart-leave").bounding_box()["x"] >= 0
    leaving.keyboard.press("Enter")
    gone(leaving)


def test_capital_letters_do_not_leave(leaving: Any) -> None:
    leaving.get_by_placeholder("Ask, or tell it in your own words").click()
    leaving.keyboard.press("Shift")
    leaving.keyboard.type("NO I DO NOT")
    leaving.keyboard.press("Shift")
    leaving.keyboard.press("Shift")
    leaving.wait_for_timeout(300)
    assert leaving.url != WEATHER
    assert "zanzibar" in leaving.content()


def test_the_screen_is_covered_before_anything_loads(leaving: Any) -> None:
    """Even when the weather site never answers, the words are gone."""
    left = leaving.evaluate(
        "() => { const page = document; window.softstart.leave();"
        " return [page.body.innerText.trim(), page.title]; }"
    )
    assert left == ["", "Weather"]


def test_nothing_typed_is_in_the_log(leaving: Any, log: Path) -> None:
    assert "zanzibar" not in log.read_text(encoding="utf-8")


# Every page, on a phone and a desk, in light and dark


@pytest.fixture(scope="module")
def axe() -> str:
    import axe_playwright_python

    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Any, axe: str) -> list[str]:
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0]['failureSummary']}"
        for one in found["violations"]
        if one["impact"] in SERIOUS
    ]


def fill(page: Any, path: str) -> None:
    """Something on the page that only comes with use."""
    if path == "":
        say(page, "what is flooding?")
        page.get_by_label("Chat message from assistant").wait_for(timeout=SLOW)
    elif path == "words":
        page.get_by_label("The message, as you would send it").fill(
            "You always lie to me. You promised to stop and I found it again last Tuesday."
        )
        page.get_by_role("button", name="Reword it").click()
        page.get_by_role("heading", name="A way to say it").wait_for(timeout=SLOW)
    elif path == "plan":
        page.get_by_label("What the talk is about").fill("I want to ask for a weekly talk")
        page.get_by_role("button", name="Make the page").click()
        page.get_by_role("button", name="Print", exact=True).wait_for(timeout=SLOW)
    elif path == "time":
        page.get_by_role("button", name="Begin").click()
        page.get_by_role("timer").wait_for(timeout=SLOW)
    idle(page)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "dark"), (DESK, "light")])
def test_a_page_fits_and_can_be_read_by_everybody(
    path: str, size: dict, scheme: str, browser: Any, address: str, axe: str
) -> None:
    page = opened(browser, viewport=size, color_scheme=scheme, reduced_motion="reduce")
    visit(page, address, path)
    fill(page, path)
    assert violations(page, axe) == []
    widths = page.evaluate(
        "[...document.querySelectorAll('html, body, [data-testid=stMain], .stAppViewContainer')]"
        ".map((box) => box.scrollWidth)"
    )
    assert max(widths) <= size["width"]
    levels = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map((h) => Number(h.tagName[1]))"
    )
    assert levels[0] == 1
    steps = [after - before for before, after in itertools.pairwise(levels)]
    assert all(step <= 1 for step in steps), levels
    page.context.close()


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_the_page_follows_the_device(scheme: str, dark: bool, browser: Any, address: str) -> None:
    page = opened(browser, color_scheme=scheme)
    page.goto(f"{address}/about")
    page.get_by_role("heading", level=1).wait_for(timeout=SLOW)
    colour = page.evaluate(
        "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    )
    red = json.loads(colour.replace("rgb(", "[").replace(")", "]"))[0]
    assert (red < 80) is dark
    page.context.close()


def test_a_question_can_be_asked_and_a_citation_opened_by_keyboard_alone(
    browser: Any, address: str
) -> None:
    page = opened(browser)
    page.goto(address)
    page.get_by_role("button", name="I am 18 or over, begin").wait_for(timeout=SLOW)
    idle(page)
    reach(page, "I am 18 or over, begin")
    page.keyboard.press("Enter")
    page.get_by_text("For example").wait_for(timeout=SLOW)
    idle(page)
    reach(page, "Ask, or tell it in your own words")
    page.keyboard.type("what is flooding?")
    page.keyboard.press("Enter")
    page.get_by_text("Flooding is the state").first.wait_for(timeout=SLOW)
    idle(page)
    reach(page, "[1]")
    page.keyboard.press("Enter")
    page.get_by_text("Source:").first.wait_for(state="visible")
    page.context.close()


def reach(page: Any, name: str) -> None:
    """Move with the Tab key until the focus is on a control with this name."""
    for _ in range(60):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            "() => { const at = document.activeElement;"
            " if (/MAIN|BODY/.test(at.tagName)) return '';"
            " return [at.innerText, at.placeholder, at.getAttribute('aria-label')].join(' '); }"
        )
        if name in seen:
            return
    raise AssertionError(f"the Tab key never reached {name}")


def test_help_is_one_step_away_on_a_phone(browser: Any, address: str) -> None:
    page = opened(browser, viewport=PHONE)
    page.goto(address)
    main = page.get_by_test_id("stMain")  # the side bar's link is off the screen
    main.get_by_text("Get help now").first.click(timeout=SLOW)
    page.get_by_role("heading", name="In danger now").wait_for(timeout=SLOW)
    assert page.url.endswith("/lines")
    page.context.close()


def test_the_first_start_on_a_machine_asks_for_no_address(data_dir: Path, tmp_path: Path) -> None:
    # As `make app` starts it: with a window to open, and without Streamlit's own settings at home.
    log = tmp_path / "log"
    at_home = {"HOME": str(tmp_path), "BROWSER": "true"}
    with serving(data_dir, log, options=(), **at_home):
        assert "mail" not in log.read_text(encoding="utf-8").lower()
