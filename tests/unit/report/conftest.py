"""A real Chromium, where there is one: pages are opened as people would open them."""

import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.report.gate_page import page as gate_page
from harness.report.matrix import compare
from harness.report.matrix_page import matrix_page
from tests.unit.report.documents import elsewhere, judged, varied_run

if TYPE_CHECKING:  # playwright is not there in every installation (requirements/dev.in)
    from playwright.sync_api import Browser, Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


class Visit:
    """One page in a window of its own, and what it did that no report may do."""

    def __init__(self, page: "Page") -> None:
        self.page = page
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("dialog", lambda dialog: (self.said.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: self.asked.append(request.url))


Open = Callable[..., Visit]
Look = Callable[[str, int, str], dict[str, Any]]
SEEN = Path(__file__).with_name("seen.js").read_text()


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """Headless, with an empty profile. Skips where there is no Chromium or no playwright to drive it."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is installed (apt-get install chromium)")
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: make lint installs it")
    with driver.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages of documents that hold everything, hostile texts too; `packed`: that of a run with no room for it."""
    now = judged(varied_run())
    before = judged(varied_run(hostile=False, pace=2, version="1.5.33", day=23))
    others = (before, judged(elsewhere(now, "moto", "5.2.5")))
    made = {
        "gate": gate_page(now, before),
        "packed": gate_page(now, before, 1),
        "matrix": matrix_page(compare([now, *others])),
    }
    folder, files = tmp_path_factory.mktemp("pages"), {}
    for name, text in made.items():
        files[name] = folder / f"{name}.html"
        files[name].write_text(text, encoding="utf-8", newline="\n")
    return files


@pytest.fixture(scope="session")
def look(browser: "Browser", pages: dict[str, Path]) -> Look:
    """Looks at one of `pages` with everything unfolded: name, width in pixels, colour scheme. Looks once, gives what seen.js gives."""

    @cache
    def looked(name: str, width: int, scheme: str) -> dict[str, Any]:
        page = browser.new_page(viewport={"width": width, "height": 812}, color_scheme=scheme)  # type: ignore[arg-type]
        page.goto(pages[name].as_uri())
        unfold(page)
        found = dict(page.evaluate(SEEN))
        page.close()
        return found

    return looked


def unfold(page: "Page") -> None:
    """Shows everything that clicks would show."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    if page.locator(".compare").count():
        page.select_option("select[name=difference]", "any")


@pytest.fixture
def open_page(browser: "Browser", pages: dict[str, Path]) -> Iterator[Open]:
    """Opens one of `pages`: name, width in pixels, and options of a browser context."""
    contexts = []

    def opened(name: str, width: int = 1280, **options: Any) -> Visit:
        contexts.append(browser.new_context(viewport={"width": width, "height": 812}, **options))
        contexts[-1].set_default_timeout(15_000)
        visit = Visit(contexts[-1].new_page())
        visit.page.goto(pages[name].as_uri())
        return visit

    yield opened
    for context in contexts:
        context.close()
