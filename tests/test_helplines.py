"""Help lines: every digit proved, every row fresh, every request recognised."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from rag.errors import KnowledgeError
from rag.helplines import (
    NEEDS,
    asks_for_line,
    find_helplines,
    load_directory,
    load_helplines,
    recognise,
)
from rag.helplines import _search as search

OLDEST = timedelta(days=400)
DIRECTORY = load_directory()


def fresh(verified_on: date, today: date) -> bool:
    return verified_on <= today and today - verified_on <= OLDEST


@pytest.mark.parametrize(
    "line", load_helplines(), ids=lambda line: f"{line.country}-{line.service}"
)
def test_row_is_fresh_and_whole(line):
    assert fresh(line.verified_on, date.today()), "read the official page again"
    assert line.grade in {"A", "B+", "B"}
    assert line.source and line.hours and line.serves
    assert all(way in line.render() for way in line.contact)


def test_a_row_older_than_400_days_fails():
    assert fresh(date(2026, 10, 1), date(2027, 11, 5))
    assert not fresh(date(2026, 10, 1), date(2027, 11, 6))


@pytest.mark.parametrize("code", ["US", "GB", "IE", "CA", "AU", "NZ", "IN", "ZA", "EU"])
def test_country_has_emergency_and_crisis_and_abuse(code):
    found = {line.need for line in load_helplines() if line.country == code}
    assert {"emergency", "crisis", "abuse"} <= found


def test_emergency_comes_first():
    lines = find_helplines("GB", ["abuse", "emergency"])
    assert lines[0].need == "emergency"
    assert {line.need for line in lines[1:]} == {"abuse"}


@pytest.mark.parametrize("country", [None, "", "BR", "XX", "??"])
def test_unknown_country_gets_note_and_directory(country):
    lines = find_helplines(country, ["abuse"])
    assert lines[0].need == "emergency" and lines[0].country == "INT"
    assert lines[-1].contact == ("findahelpline.com",)
    assert not any(any(c.isdigit() for c in way) for line in lines for way in line.contact)


def test_european_state_gets_shared_numbers_and_directory():
    countries = [line.country for line in find_helplines("de", ["emergency", "abuse"])]
    assert countries[0] == "EU" and countries[-1] == "INT"


def test_other_codes_for_a_country():
    assert find_helplines("uk", ["crisis"]) == find_helplines("GB", ["crisis"])


@pytest.mark.parametrize("need", NEEDS)
@pytest.mark.parametrize("country", ["US", "GB", "CA", "FR", None])
def test_never_empty_and_never_twice(country, need):
    lines = find_helplines(country, [need])
    assert lines
    keys = [(line.country, line.service) for line in lines]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("row", DIRECTORY.asks, ids=lambda row: row.id)
def test_asks(row):
    for text in row.matches:
        assert asks_for_line(row, text), text
    for text in row.ignores:
        assert not recognise(text)[1], text


@pytest.mark.parametrize("row", DIRECTORY.needs, ids=lambda row: row.id)
def test_needs(row):
    for text in row.matches:
        assert search(row.pattern, text), text
    for text in row.ignores:
        assert not search(row.pattern, text), text


@pytest.mark.parametrize("row", DIRECTORY.countries, ids=lambda row: row.code)
def test_countries(row):
    for text in row.matches:
        assert search(row.pattern, text), text
    for text in row.ignores:
        assert not search(row.pattern, text), text


@pytest.mark.parametrize(
    ("text", "country", "need"),
    [
        ("which hotline in the US is for rape survivors", "US", "sexual_violence"),
        ("Samaritans number", "GB", "crisis"),
        ("who do I ring at 3am", None, "crisis"),
        ("is there a helpline in Ireland for women whose husbands hit them?", "IE", "abuse"),
        ("what’s the emergency number in South Africa?", "ZA", "emergency"),
    ],
)
def test_recognises(text, country, need):
    seen, needs = recognise(text)
    assert seen == country
    assert needs[0] == need


@pytest.mark.parametrize(
    "text", ["", "Does he call her at night?", "I found her number in his phone.", "a" * 50_000]
)
def test_not_a_request(text):
    assert recognise(text)[1] == ()


def test_broken_row_is_named(tmp_path: Path):
    (tmp_path / "helplines.yaml").write_text("- {country: us, need: crisis}\n", encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"helplines.yaml:1"):
        load_helplines(tmp_path)
