"""The templates: everything that is put into a page is escaped, into a comment written as code, unless marked as markup."""

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from harness.report.evidence import masked, printable, safe_link
from harness.report.states import State, percent

SHORT, CELL = 240, 120
"""Characters of a text that is shown in one line, in a cell."""
TEMPLATES = Path(__file__).parent / "templates"


def page(template: str, style: str, script: str, **values: object) -> str:
    """One HTML file. `style` and `script` name files of the templates' folder; the page allows these two by hash and nothing else."""
    css, js = (_source(name) for name in (style, script))
    policy = "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_hash(css)}'",
            f"script-src '{_hash(js)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    environment = _environment(html_page=True)
    # Both files are ours, in this folder; neither holds a closing tag.
    return environment.get_template(template).render(css=Markup(css), js=Markup(js), policy=policy, **values)


def part(template: str, **values: object) -> str:
    """HTML for the inside of a page."""
    return _environment(html_page=True).get_template(template).render(**values)


def comment(template: str, **values: object) -> str:
    """Markdown of one template."""
    return _environment(html_page=False).get_template(template).render(**values)


def code(text: str, longest: int = SHORT) -> Markup:
    """A text of one line as a code span, in which neither markup nor a mention has an effect."""
    line = short(text, longest)
    if not line:
        return Markup("")
    fence = "`" * (_longest_run(line) + 1)
    return Markup(f"{fence} {line} {fence}" if line[0] == "`" or line[-1] == "`" else f"{fence}{line}{fence}")


def short(text: str, longest: int = SHORT) -> str:
    """The masked text in one line of at most that many characters."""
    line = " ".join(printable(masked(text)).split())
    return line if len(line) <= longest else f"{line[:longest]}…"


def cell(text: str) -> Markup:
    """The same for a table, which would end its cell at a bar even within a code span."""
    return code(text.replace("|", "¦"), CELL)


def html(text: str) -> Markup:
    """A short text for the place where Markdown wants HTML: a summary."""
    return escape(short(text))


def lines(text: str) -> Markup:
    """Return lines for the inside of an element: of an attribute's marks, none is escaped, which halves a page of JSON."""
    return Markup(printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def page_name(address: str) -> str:
    """Return the last part of the address of a page of documentation, as `API_PutItem.html`."""
    return short(address.rstrip("/").rpartition("/")[2])


def fenced(text: str) -> Markup:
    """Lines as a code block that the text itself cannot close."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return Markup(f"{fence}text\n{printable(text)}\n{fence}")


@cache
def _environment(html_page: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=html_page,
        finalize=_html if html_page else _markdown,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters.update(percent=percent, masked=masked, short=short, link=safe_link, page_name=page_name)
    environment.filters.update(fenced=fenced, lines=lines, cell=cell, html=html, code=code, plain=Markup)
    environment.globals.update(State=State)
    return environment


def _html(value: object) -> object:
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _markdown(value: object) -> object:
    return code(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _longest_run(text: str) -> int:
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return longest


def _source(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
