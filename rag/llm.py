"""A chat model of the user's own, from one setting: which it is, where it is, how to open it.

Off by default. A model on this computer may be used at once; any other gets words only after the
user has said yes. Every address is set here, so that no variable of a provider's own can send words
to another place than the one that was named.
"""

import importlib.util
import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit
from urllib.request import getproxies

from rag.errors import ModelUnavailable
from rag.settings import Settings, read_variable

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_CONNECT = 1.0
_TOKENS = 400
_CONTEXT = 8192


@dataclass(frozen=True, slots=True)
class Provider:
    """What one kind of model needs: its package, its home address, and its key's variable."""

    package: str
    address: str
    key_variable: str = ""
    moves: bool = True


PROVIDERS = {
    "openai": Provider("langchain_openai", "https://api.openai.com/v1", "OPENAI_API_KEY"),
    "ollama": Provider("langchain_ollama", "http://127.0.0.1:11434"),
    "anthropic": Provider(
        "langchain_anthropic", "https://api.anthropic.com", "ANTHROPIC_API_KEY", moves=False
    ),
}
"""Kinds of model; each has an extra of the same name."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What can be said of the model that is set.

    Attributes:
        provider: `openai`, `ollama` or `anthropic`.
        model: Its name there.
        host: Where words would go.
        local: Whether that is this computer.
        consented: Whether words may be sent there.
        reachable: Whether it can be used now, or None when that was not tried.
        why: Why it cannot be used, in one line, or empty.
    """

    provider: str
    model: str
    host: str
    local: bool
    consented: bool
    reachable: bool | None = None
    why: str = ""

    @property
    def usable(self) -> bool:
        """Whether words may be sent."""
        return self.local or self.consented

    @property
    def sends(self) -> str:
        """What a use of it sends, and where, in plain words."""
        return (
            f"What you type, the passages of the notes that fit it and, for a follow-up, your"
            f" earlier questions go to {self.host} ({self.provider}, model {self.model})."
            " Nothing else does, and Softstart keeps no copy."
        )


def model_info(
    settings: Settings, *, consent: bool = False, probe: bool = True
) -> ModelInfo | None:
    """Say which model is set and whether it can be used; None when there is none.

    Args:
        settings: The settings.
        consent: Whether the user has said that words may be sent to a hosted model.
        probe: Whether to knock at its address. No word is sent; a hosted one is left alone
            without consent.
    """
    if settings.model is None:
        return None
    provider, _, name = settings.model.partition(":")
    address = _address(settings)
    host = urlsplit(address).netloc
    local = is_local(address) and not _forwards(provider, name)
    consented = local or consent
    reachable, why = None, ""
    if probe:
        try:
            check_ready(settings, knock=consented)
            reachable = True if consented else None
        except ModelUnavailable as error:
            reachable, why = False, str(error)
    return ModelInfo(provider, name, host, local, consented, reachable, why)


def is_local(address: str) -> bool:
    """Whether an address is this computer and no other."""
    host = urlsplit(address).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_ready(settings: Settings, *, knock: bool = True) -> None:
    """Make sure that the model's package, key and server are there.

    Args:
        settings: The settings, with a model.
        knock: Whether to open a connection to its address, and close it again.

    Raises:
        ModelUnavailable: With what is missing and what to do.
    """
    name = (settings.model or "").partition(":")[0]
    provider = PROVIDERS[name]
    if importlib.util.find_spec(provider.package) is None:
        raise ModelUnavailable(
            f"The package for {name} models is missing. Run: pip install 'softstart[{name}]'"
        )
    if settings.model_url and not provider.moves:
        raise ModelUnavailable(
            f"SOFTSTART_MODEL_URL does not go with {name}: it is used at its own address. Unset it."
        )
    if provider.key_variable and not settings.model_url and not _key(settings):
        raise ModelUnavailable(
            f"There is no key for {name}. Set {provider.key_variable} or SOFTSTART_MODEL_KEY."
        )
    if knock:
        _knock(_address(settings))


def open_model(settings: Settings) -> "BaseChatModel":
    """Open the model that is set; nothing is sent yet.

    Raises:
        ModelUnavailable: When its package, key or server is missing.
    """
    check_ready(settings)
    from langchain.chat_models import init_chat_model

    provider, _, _ = (settings.model or "").partition(":")
    try:
        model: Any = init_chat_model(settings.model, **_OPTIONS[provider](settings))
    except (ImportError, ValueError, TypeError) as error:
        raise ModelUnavailable(
            f"The model {settings.model} cannot be opened ({type(error).__name__}). Check"
            f" SOFTSTART_MODEL, or run: pip install --upgrade 'softstart[{provider}]'"
        ) from None
    return cast("BaseChatModel", model)


def _address(settings: Settings) -> str:
    provider = (settings.model or "").partition(":")[0]
    return settings.model_url or PROVIDERS[provider].address


def _forwards(provider: str, name: str) -> bool:
    """Whether a local Ollama would only pass the words on to Ollama's own service."""
    return provider == "ollama" and name.endswith("cloud")


def _key(settings: Settings) -> str:
    """The key to send: the setting's, or the provider's own where words go to its own address."""
    if settings.model_key is not None:
        return settings.model_key.get_secret_value()
    provider = PROVIDERS[(settings.model or "").partition(":")[0]]
    if settings.model_url or not provider.key_variable:
        return ""
    return read_variable(provider.key_variable)


def _knock(address: str) -> None:
    """Open a connection and close it, to know at once when nobody listens."""
    if not is_local(address) and getproxies():
        return  # behind a proxy a direct knock tells nothing
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), timeout=_CONNECT).close()
    except OSError:
        raise ModelUnavailable(
            f"Nothing answers at {parts.netloc}. Start the model's server or unset SOFTSTART_MODEL."
        ) from None


def _openai(settings: Settings) -> dict[str, Any]:
    import openai

    address = _address(settings)
    options: dict[str, Any] = {
        "base_url": address,
        "api_key": _key(settings) or "none",
        "timeout": settings.model_seconds,
        "max_retries": 0,
        "max_tokens": _TOKENS,
    }
    if settings.model_url:
        # A small model at temperature 0 repeats itself without end unless that costs it something.
        options |= {"temperature": 0, "frequency_penalty": 0.3}
    else:
        # A hosted model may think first and sets its own temperature; it is asked to keep nothing.
        options |= {"max_tokens": 4 * _TOKENS, "store": False}
    if is_local(address):
        # A proxy of the shell's must not carry words off this computer, nor a redirect.
        options["default_headers"] = {"Connection": "close"}
        options["http_client"] = openai.DefaultHttpxClient(
            trust_env=False, follow_redirects=False, timeout=settings.model_seconds
        )
    return options


def _ollama(settings: Settings) -> dict[str, Any]:
    address = _address(settings)
    client: dict[str, Any] = {"timeout": settings.model_seconds}
    if is_local(address):
        client |= {"trust_env": False, "follow_redirects": False}
    if key := _key(settings):
        client["headers"] = {"Authorization": f"Bearer {key}"}
    return {
        "base_url": address,
        "temperature": 0,
        "num_predict": _TOKENS,
        "num_ctx": _CONTEXT,
        "client_kwargs": client,
    }


def _anthropic(settings: Settings) -> dict[str, Any]:
    return {
        "base_url": _address(settings),
        "api_key": _key(settings),
        "timeout": settings.model_seconds,
        "max_retries": 0,
        "max_tokens": 2 * _TOKENS,
    }


_OPTIONS: dict[str, Callable[[Settings], dict[str, Any]]] = {
    "openai": _openai,
    "ollama": _ollama,
    "anthropic": _anthropic,
}
