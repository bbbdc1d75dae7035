"""The app as a person meets it: a real server, a real browser, and no word to anybody else."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import DESK, PHONE, SLOW, chromium, idle, say, serving, turn_to, visit
from conftest import free_port
from scripted import Provider, Stall
from test_llm_answers import faithful

pytestmark = pytest.mark.browser

MESSAGE = "You never tell me the truth. I had to find it on your laptop again last Tuesday."


@pytest.fixture(scope="module")
def address(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(data_dir, tmp_path_factory.mktemp("app") / "log") as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as it:
        yield it


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport=DESK, locale="en-GB")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.set_default_timeout(SLOW)
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    yield page
    assert not page.faults
    context.close()


def test_ask_and_open_a_citation_without_a_word_to_anybody_else(address: str, page: Any) -> None:
    requests: list[str] = []
    page.context.on("request", lambda request: requests.append(request.url))
    page.on("websocket", lambda socket: requests.append(socket.url))
    visit(page, address)
    assert page.title() == "Softstart"
    question = "what is <b>flooding</b>?"
    say(page, question)
    page.get_by_text("Flooding is the state").first.wait_for(timeout=SLOW)
    assert page.get_by_text(question, exact=True).count() == 1
    page.locator("summary", has_text="[1]").first.click()
    page.get_by_text("Source:").first.wait_for(state="visible")
    assert page.title() == "Softstart"
    assert page.url == f"{address}/"
    assert requests
    ours = (address, address.replace("http", "ws"), "data:", "blob:")
    assert not [url for url in requests if not url.startswith(ours)]
    assert not [url for url in requests if "flooding" in url]


def test_which_step_is_found_and_shown_in_the_map(address: str, page: Any) -> None:
    visit(page, address, "steps")
    box = page.get_by_label("What is going on between you, in your own words")
    box.fill("our talks end in shouting and one of us walks out")
    page.get_by_role("button", name="Which step is this?").click()
    page.get_by_role("heading", name="Step 6: Rebuild communication").wait_for()
    assert page.locator("summary", has_text="6. Rebuild communication").count() == 1


def test_a_message_is_reworded_edited_and_copied(address: str, page: Any) -> None:
    from playwright.sync_api import expect

    visit(page, address)
    say(page, MESSAGE)
    page.get_by_role("button", name="Change the parts, or copy it").click(timeout=SLOW)
    page.get_by_role("heading", name="A way to say it").wait_for(timeout=SLOW)
    assert "find it" not in page.url
    expect(page.get_by_label("The message, as you would send it")).to_have_value(MESSAGE)
    blame = page.locator(".blame").first
    blame.focus()
    assert page.locator(".blame:focus .why").is_visible()
    request = page.get_by_label("What you ask for")
    request.fill("Would you sit with me for ten minutes tonight?")
    request.press("Tab")
    page.get_by_role("tabpanel").get_by_text("Would you sit with me").first.wait_for()
    page.get_by_role("button", name="Copy", exact=True).first.click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith("Would you sit with me for ten minutes tonight?")
    page.get_by_role("button", name="Back to the suggestion").click()
    expect(request).not_to_have_value("Would you sit with me for ten minutes tonight?")


def test_two_people_at_once_never_see_each_other(address: str, browser: Any) -> None:
    one, two = (browser.new_context(viewport=PHONE).new_page() for _ in range(2))
    visit(one, address)
    visit(two, address)
    say(one, "what is quincewalking and flooding?")
    say(two, "how do I zanzibar an apology?")
    for page, own, other in ((one, "quincewalking", "zanzibar"), (two, "zanzibar", "quincewalk")):
        page.get_by_label("Chat message from assistant").wait_for(timeout=SLOW)
        assert page.get_by_text(own).count() >= 1
        assert other not in page.inner_text("body")
    tab = one.context.new_page()
    visit(tab, address)
    assert "quincewalking" not in tab.inner_text("body")
    one.reload()
    one.get_by_role("button", name="Skip", exact=True).wait_for(timeout=SLOW)
    assert "quincewalking" not in one.inner_text("body")
    one.context.close()
    two.context.close()


def test_a_new_turn_of_the_check_in_begins_at_its_top(address: str, browser: Any) -> None:
    page = browser.new_context(viewport=PHONE).new_page()
    page.set_default_timeout(SLOW)
    visit(page, address, "time")
    for button, heading in (
        ("Begin", "How are we doing?"),
        ("It was heard, go on", "How are we doing?"),
        ("It was heard, go on", "What needs adjusting?"),
    ):
        page.get_by_role("button", name=button).click()
        page.get_by_role("heading", name=heading).wait_for(timeout=SLOW)
        idle(page)
        page.wait_for_function(
            "(asked) => [...document.querySelectorAll('h2')].some((head) =>"
            " head.innerText === asked && head.getBoundingClientRect().top >= 0"
            " && head.getBoundingClientRect().bottom < innerHeight)",
            arg=heading,
        )
    page.context.close()


def test_a_page_comes_back_after_the_server_was_restarted(
    data_dir: Path, tmp_path: Path, browser: Any
) -> None:
    port = free_port()
    page = browser.new_context(viewport=DESK).new_page()
    with serving(data_dir, tmp_path / "one", port=port) as url:
        visit(page, url)
        say(page, "what is quincewalking and flooding?")
        page.get_by_label("Chat message from assistant").wait_for(timeout=SLOW)
        idle(page)
    page.get_by_text("The connection to Softstart is lost").wait_for(timeout=SLOW)
    with serving(data_dir, tmp_path / "two", port=port):
        page.get_by_role("button", name="Skip", exact=True).click(timeout=SLOW)
        page.get_by_text("For example").wait_for(timeout=SLOW)
        assert "quincewalking" not in page.inner_text("body")
        assert not page.get_by_text("The connection to Softstart is lost").is_visible()
    page.context.close()


def test_a_stop_or_a_refresh_in_the_middle_of_an_answer(
    data_dir: Path, tmp_path: Path, browser: Any
) -> None:
    slow = True

    def speak(body: dict) -> str:
        if slow:
            raise Stall(faithful(body)[:30])
        return faithful(body)

    provider = Provider(speak)
    model = {"SOFTSTART_MODEL": "openai:scripted", "SOFTSTART_MODEL_URL": provider.url}
    page = browser.new_context(viewport=DESK).new_page()
    page.set_default_timeout(SLOW)
    with serving(data_dir, tmp_path / "log", **model) as url:
        visit(page, url)
        say(page, "what is flooding?")
        page.get_by_role("button", name="Stop").click(timeout=SLOW)
        idle(page)
        turn_to(page, "Get help now", page.get_by_role("heading", name="In danger now"))
        again = page.get_by_role("button", name="Ask it again")
        turn_to(page, "Talk", again)
        slow = False
        again.click(timeout=SLOW)
        page.get_by_text("Written by openai:scripted").wait_for(timeout=SLOW)
        slow = True
        say(page, "and what is a quincewalk?")
        page.get_by_text("Writing, and checking").wait_for(timeout=SLOW)
        page.reload()
        slow = False
        visit(page, url)
        assert "quincewalk" not in page.inner_text("body")
        say(page, "what is flooding?")
        page.get_by_text("Written by openai:scripted").wait_for(timeout=SLOW)
    provider.close()
    page.context.close()


def test_an_answer_is_read_from_its_beginning(address: str, browser: Any) -> None:
    """On a phone a long answer must not leave the reader at its end."""
    page = browser.new_context(viewport=PHONE).new_page()
    page.set_default_timeout(SLOW)
    visit(page, address)
    for question in ("what is flooding?", "how do I ask for a break without walking out?"):
        say(page, question)
        page.get_by_text(question, exact=True).wait_for(timeout=SLOW)
        idle(page)
        page.wait_for_function(
            "(asked) => [...document.querySelectorAll('[data-testid=stText]')].some((box) =>"
            " box.innerText === asked && box.getBoundingClientRect().top > 0"
            " && box.getBoundingClientRect().top < 260)",
            arg=question,
        )
    page.context.close()


def test_the_server_listens_on_this_machine_only(address: str) -> None:
    """Read from the kernel's table where there is one: the port is bound to 127.0.0.1."""
    port = int(address.rpartition(":")[2])
    table = Path("/proc/net/tcp")
    if not table.exists():
        return
    rows = [line.split() for line in table.read_text(encoding="ascii").splitlines()[1:]]
    bound = {row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")}
    assert bound == {f"0100007F:{port:04X}"}
    six = Path("/proc/net/tcp6")
    if six.exists():
        lines = [line.split() for line in six.read_text(encoding="ascii").splitlines()[1:]]
        assert not [row for row in lines if row[3] == "0A" and row[1].endswith(f":{port:04X}")]
    assert os.name == "posix"
