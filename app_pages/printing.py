"""A page to print: plain HTML that stands alone, with a neutral title and nothing to fetch."""

from collections.abc import Sequence
from html import escape

from rag.preparation import Section

_STYLE = (
    "body{font:1.05rem/1.6 Georgia,serif;max-width:40rem;margin:2rem auto;padding:0 1rem;"
    "color:#222;background:#fff}h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:1.6rem}"
    "@media print{body{margin:0}h2{break-after:avoid}}"
)


def to_html(title: str, intro: str, sections: Sequence[Section]) -> str:
    """Sections of lines as one HTML page; every text is shown exactly as it is."""
    parts = [f"<h1>{escape(title)}</h1>", f"<p>{escape(intro)}</p>"]
    for section in sections:
        lines = "".join(f"<li>{escape(line)}</li>" for line in section.lines)
        parts.append(f"<h2>{escape(section.heading)}</h2><ul>{lines}</ul>")
    cited = {c.number: c for section in sections for c in section.citations}
    parts += [
        f"<p><small>[{n}] {escape(cited[n].title)}: {escape(cited[n].heading)}</small></p>"
        for n in sorted(cited)
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Notes</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>"
    )
