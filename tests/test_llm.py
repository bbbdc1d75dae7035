"""One setting, one model: where it is, what is missing, and that no key is ever shown."""

import sys
from collections.abc import Callable

import pytest
from conftest import Ran, free_port
from scripted import Provider

from rag import ModelUnavailable, Settings, SettingsError
from rag.llm import PROVIDERS, check_ready, is_local, model_info, open_model

KEY = "sk-a-key-that-must-not-be-seen"


@pytest.fixture
def server():
    provider = Provider(lambda body: "hello")
    yield provider
    provider.close()


def test_off_by_default() -> None:
    assert Settings.load({}).model is None
    assert model_info(Settings.load({})) is None


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("http://127.0.0.1:8080/v1", True),
        ("http://127.8.0.1", True),
        ("http://[::1]:11434", True),
        ("http://localhost:1234/v1", True),
        ("http://localhost.example.org/v1", False),
        ("http://192.168.1.20:8080/v1", False),
        ("http://0.0.0.0:8080", False),
        ("https://api.openai.com/v1", False),
    ],
)
def test_only_this_computer_is_local(address: str, local: bool) -> None:
    assert is_local(address) is local


@pytest.mark.parametrize(
    ("model", "local"),
    [
        ("ollama:llama3.1", True),
        ("ollama:gpt-oss:120b-cloud", False),
        ("openai:gpt-4o", False),
        ("anthropic:claude-sonnet-4-5", False),
    ],
)
def test_where_each_provider_is(model: str, local: bool) -> None:
    info = model_info(Settings(model=model), probe=False)
    assert info.local is info.usable is local
    assert model_info(Settings(model=model), consent=True, probe=False).usable
    assert info.host in info.sends
    assert info.model in info.sends


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SOFTSTART_MODEL", "llama3.1"),
        ("SOFTSTART_MODEL", "mystery:x"),
        ("SOFTSTART_MODEL", "openai:"),
        ("SOFTSTART_MODEL_URL", "localhost:11434"),
        ("SOFTSTART_MODEL_URL", f"https://user:{KEY}@example.org/v1"),
        ("SOFTSTART_MODEL_URL", f"https://example.org/v1?key={KEY}"),
        ("SOFTSTART_MODEL_SECONDS", "0"),
    ],
)
def test_a_bad_setting_is_one_clear_line(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.load({name: value})
    assert str(caught.value).startswith(name)
    assert KEY not in str(caught.value)


def test_a_missing_package_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, provider in PROVIDERS.items():
        monkeypatch.setitem(sys.modules, provider.package, None)
        settings = Settings(model=f"{name}:x", model_key=KEY)
        with pytest.raises(ModelUnavailable, match=rf"pip install 'softstart\[{name}\]'"):
            check_ready(settings)


@pytest.mark.parametrize("name", ["openai"])
def test_a_missing_key_names_its_variable(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ModelUnavailable, match="Set OPENAI_API_KEY or SOFTSTART_MODEL_KEY"):
        check_ready(Settings(model=f"{name}:x"), knock=False)


def test_a_missing_server_is_one_clear_line() -> None:
    settings = Settings(model="openai:x", model_url=f"http://127.0.0.1:{free_port()}/v1")
    with pytest.raises(ModelUnavailable, match=r"Nothing answers at 127\.0\.0\.1:\d+\. Start"):
        open_model(settings)


def test_a_model_is_opened_with_its_limits(server: Provider) -> None:
    settings = Settings(model="openai:x", model_url=server.url, model_seconds=7)
    model = open_model(settings)
    assert model.request_timeout == 7
    assert model.max_retries == 0
    assert model.invoke("hi").text == "hello"


def test_the_provider_hears_no_key_of_another(
    server: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "https://192.0.2.1/v1")
    open_model(Settings(model="openai:x", model_url=server.url)).invoke("hi")
    assert KEY not in str(server.headers)
    open_model(Settings(model="openai:x", model_url=server.url, model_key="mine")).invoke("hi")
    sent = {name.lower(): value for name, value in server.headers[-1].items()}
    assert sent["authorization"] == "Bearer mine"


def test_the_key_is_masked_wherever_settings_are_shown() -> None:
    settings = Settings(model="openai:x", model_key=KEY)
    assert (
        KEY not in f"{settings} {settings!r} {settings.model_dump()} {settings.model_dump_json()}"
    )


def test_doctor_says_whether_the_model_is_there(
    cli: Callable[..., Ran], settings: Settings, server: Provider
) -> None:
    ran = cli("doctor", data_dir=settings.data_dir)
    assert "chat model: none is set" in ran.out
    ran = cli("doctor", data_dir=settings.data_dir, model="openai:x", model_url=server.url,
              model_key=KEY)  # fmt: skip
    assert "on this computer; it can be reached" in ran.out
    assert KEY not in ran.out + ran.err
    assert server.requests == []
    address = f"http://127.0.0.1:{free_port()}/v1"
    ran = cli("doctor", data_dir=settings.data_dir, model="openai:x", model_url=address)
    assert "FAIL  chat model: Nothing answers" in ran.out
    assert ran.status == 1


def test_consent_is_named_before_anything_is_sent(
    cli: Callable[..., Ran], settings: Settings
) -> None:
    address = f"http://127.0.0.1:{free_port()}/v1"
    ran = cli("ask", "what is flooding?", "--send-to-model", data_dir=settings.data_dir,
              model="openai:tiny", model_url=address)  # fmt: skip
    assert ran.status == 0
    assert "What you type" in ran.err
    assert "127.0.0.1" in ran.err
    assert "openai, model tiny" in ran.err
    assert "The built-in answer is shown, because" in ran.out


def test_a_yes_without_a_model_is_one_clear_line(
    cli: Callable[..., Ran], settings: Settings
) -> None:
    ran = cli("ask", "what is flooding?", "--send-to-model", data_dir=settings.data_dir)
    assert ran.status == 2
    assert "no chat model is set" in ran.err
