"""A chat model in the app: nothing goes to a hosted one without a yes that lasts for the visit."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from conftest import ROOT
from screens import ask, new_app, press, settled, shown, started, submit, typed
from scripted import Provider
from streamlit.testing.v1 import AppTest
from test_llm_answers import faithful

from app_pages.content import texts

QUESTION = "What is flooding?"
MESSAGE = "You never tell me the truth. I had to find it on your laptop again last Tuesday."
AFRAID = "he puts his hands around my neck when I ask about the porn"


@pytest.fixture
def provider() -> Iterator[Provider]:
    server = Provider(faithful)
    yield server
    server.close()


@pytest.fixture
def app(data_dir: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The app with a chat model on this computer, and an engine of its own."""
    monkeypatch.setenv("SOFTSTART_DATA_DIR", str(data_dir))
    monkeypatch.setenv("SOFTSTART_MODEL", "openai:scripted")
    monkeypatch.setenv("SOFTSTART_MODEL_URL", provider.url)
    monkeypatch.chdir(ROOT)
    st.cache_resource.clear()
    yield new_app()
    st.cache_resource.clear()


@pytest.fixture
def hosted(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The same, but the server passes the words on to somebody else."""
    monkeypatch.setattr("rag.llm._forwards", lambda provider, name: True)
    return app


def keys(app: AppTest) -> list[str]:
    return [str(button.key) for button in app.button]


def test_a_model_on_this_computer_writes_without_asking(app: AppTest, provider: Provider) -> None:
    ask(started(app), QUESTION)
    assert "model_allow" not in keys(app)
    assert len(provider.requests) == 1
    assert "Written by openai:scripted" in typed(shown(app))
    (beside,) = [e for e in app.expander if e.label == texts("chat_model")["compare"]]
    assert app.session_state["turns"][0].reply.built_in.text.split(".")[0] in typed(
        "\n".join(element.value for element in beside.markdown)
    )
    settled(app.switch_page("app_pages/about.py").run())
    assert "runs on this computer" in typed(shown(app))


def test_warming_up_asks_no_model(app: AppTest, provider: Provider) -> None:
    started(app)
    assert provider.requests == []


def test_a_hosted_model_is_named_with_what_is_sent(hosted: AppTest, provider: Provider) -> None:
    text = typed(shown(started(hosted)))
    host = provider.url.removeprefix("http://").removesuffix("/v1")
    assert f"Use scripted at {host}?" in text
    assert f"go to {host} (openai, model scripted)" in text
    assert "the passages of the notes that fit it" in text
    assert typed(hosted.button(key="model_allow").label).endswith(host)


@pytest.mark.parametrize("refuse", [False, True])
def test_without_a_yes_the_built_in_engine_answers(
    refuse: bool, hosted: AppTest, provider: Provider
) -> None:
    started(hosted)
    if refuse:
        press(hosted, "model_refuse")
        assert "model_allow" not in keys(hosted)
    ask(hosted, QUESTION)
    assert "Flooding is the state" in typed(shown(hosted))
    settled(hosted.switch_page("app_pages/reword.py").run())
    submit(hosted, "reword_text", MESSAGE)
    assert hosted.tabs
    assert provider.requests == []


def test_a_yes_lasts_for_this_session_and_can_be_taken_back(
    hosted: AppTest, provider: Provider
) -> None:
    press(started(hosted), "model_allow")
    assert "model_allow" not in keys(hosted)
    ask(hosted, QUESTION)
    assert "Written by openai:scripted" in typed(shown(hosted))
    settled(hosted.switch_page("app_pages/reword.py").run())
    submit(hosted, "reword_text", MESSAGE)
    sent = len(provider.requests)
    assert sent >= 2
    other = started(new_app())
    assert "model_allow" in keys(other)
    ask(other, QUESTION)
    assert len(provider.requests) == sent
    settled(hosted.switch_page("app_pages/about.py").run())
    press(hosted, "model_refuse")
    settled(hosted.switch_page("app_pages/talk.py").run())
    ask(hosted, QUESTION)
    assert len(provider.requests) == sent


def test_deleting_everything_takes_the_yes_back(hosted: AppTest, provider: Provider) -> None:
    press(started(hosted), "model_allow")
    hosted.button(key="delete").click().run()
    press(hosted, "welcome_skip")
    assert "model_allow" in keys(hosted)
    ask(hosted, QUESTION)
    assert provider.requests == []


def test_the_notice_after_three_hours_says_where_words_go(
    hosted: AppTest, provider: Provider
) -> None:
    press(started(hosted), "model_allow")
    hosted.session_state["noticed"] = 0.0
    hosted.run()
    host = provider.url.removeprefix("http://").removesuffix("/v1")
    assert f"what you type on Talk and Reword also goes to {host}" in typed(shown(hosted))


def test_danger_is_never_sent_even_with_a_yes(hosted: AppTest, provider: Provider) -> None:
    ask(press(started(hosted), "model_allow"), AFRAID)
    assert provider.requests == []


def test_a_dead_server_leaves_the_built_in_answer_and_says_so(
    app: AppTest, provider: Provider
) -> None:
    provider.close()
    ask(started(app), QUESTION)
    text = typed(shown(app))
    assert "Flooding is the state" in text
    assert "The built-in answer is shown, because Nothing answers at" in text
    settled(app.switch_page("app_pages/about.py").run())
    assert "It cannot be used now" in typed(shown(app))


def test_a_model_without_its_key_is_not_offered(
    hosted: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("SOFTSTART_MODEL_URL")
    assert "model_allow" not in keys(started(hosted))
    settled(hosted.switch_page("app_pages/about.py").run())
    assert "There is no key for openai" in typed(shown(hosted))


def test_a_message_that_was_cut_short_can_be_asked_again(app: AppTest) -> None:
    started(app)
    app.session_state["pending"] = QUESTION
    app.run()
    assert texts("talk")["cut"] in shown(app)
    assert app.text[0].value == QUESTION
    press(app, "ask_again")
    assert texts("talk")["cut"] not in shown(app)
    assert len(app.session_state["turns"]) == 1
