"""The pages, opened in a real Chromium."""

from pathlib import Path

import pytest

from harness.results.document import Outcome
from tests.unit.report.conftest import Look, Open, Visit, unfold
from tests.unit.report.documents import SECRET, varied_run

LOOKS = pytest.mark.parametrize(("width", "scheme"), [(375, "dark"), (1280, "light")])
EACH = pytest.mark.parametrize("name", ["gate", "packed", "matrix"])
OF_A_RUN = pytest.mark.parametrize("name", ["gate", "packed"])


def shown(visit: Visit, rows: str = ".group > [id]") -> list[str]:
    """The first lines of the rows that are seen."""
    return list(
        visit.page.evaluate(
            "(rows) => [...document.querySelectorAll(rows)].filter((row) => row.checkVisibility()).map((row) => row.innerText)",
            rows,
        )
    )


@EACH
def test_a_page_asks_for_nothing_but_itself_and_complains_of_nothing(
    name: str, open_page: Open, pages: dict[str, Path]
) -> None:
    visit = open_page(name)
    unfold(visit.page)
    visit.page.fill("input[name=text]", "kms")
    assert visit.asked == [pages[name].as_uri()]
    assert visit.said == []


@EACH
def test_hostile_texts_stay_texts(name: str, open_page: Open) -> None:
    visit = open_page(name)
    unfold(visit.page)
    assert "owned" not in visit.page.title()
    assert visit.page.locator("h1").count() == 1
    assert visit.page.locator("script").count() == 1
    assert visit.page.locator("style").count() == 1
    assert visit.page.locator("img, iframe, object, embed, base").count() == 0
    assert visit.page.locator("a:not([href^='#']):not([href^='https://'])").count() == 0
    assert "<script>document.title='owned'</script>" in visit.page.locator("main").inner_text()


@EACH
def test_a_page_runs_no_script_but_its_own_and_asks_no_server(name: str, open_page: Open) -> None:
    visit = open_page(name)
    visit.page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', `<img src=x onerror=\"document.title='owned'\">`)"
    )
    visit.page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: \"document.title='owned'\"}))"
    )
    visit.page.wait_for_function("document.querySelector('img').complete")
    assert visit.page.title() != "owned"
    asked = list(visit.asked)
    assert visit.page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')") == "refused"
    assert visit.asked == asked
    assert any("Content Security Policy" in one for one in visit.said)


@EACH
def test_no_secret_reaches_a_page(name: str, pages: dict[str, Path]) -> None:
    assert SECRET not in pages[name].read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [1280, 375])
def test_the_verdict_is_the_first_thing_to_be_seen(width: int, open_page: Open) -> None:
    visit = open_page("gate", width)
    assert (
        visit.page.locator("body").inner_text().replace("Skip to the scenarios", "").split("\n\n")[0].strip()
        == "✗ Regression"
    )
    heading, box = visit.page.locator("h1"), visit.page.locator("h1").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 150
    sizes = visit.page.evaluate(
        "[...document.querySelectorAll('body *')].map((one) => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert max(sizes) == float(heading.evaluate("(one) => parseFloat(getComputedStyle(one).fontSize)"))


@EACH
@LOOKS
def test_nothing_sticks_out_on_the_right(name: str, width: int, scheme: str, look: Look) -> None:
    found = look(name, width, scheme)
    assert found["width"] <= width
    assert found["sticking"] == []


@EACH
@LOOKS
def test_contrasts_are_those_of_wcag_aa(name: str, width: int, scheme: str, look: Look) -> None:
    found = look(name, width, scheme)
    assert len(found["texts"]) > 400
    assert [one for one in found["texts"] if one["contrast"] < (3 if one["large"] else 4.5)] == []
    assert [one for one in found["graphics"] if one["contrast"] < 3] == []
    assert (found["ground"] < 0.05) == (scheme == "dark")


@OF_A_RUN
def test_search_wants_all_its_words_and_looks_into_requests(name: str, open_page: Open) -> None:
    visit = open_page(name)
    if name == "packed":
        visit.page.wait_for_selector("#packed", state="detached")
    whole = visit.page.locator("#shown").inner_text()
    visit.page.fill("input[name=text]", "KMS redrive")
    found = shown(visit)
    assert found
    assert all("kms" in one and "redrive" in one for one in found)
    assert visit.page.locator("#shown").inner_text() == f"{len(found)} of {len(varied_run().scenarios)} shown"
    visit.page.fill("input[name=text]", "SSE-kms")
    assert shown(visit)
    visit.page.fill("input[name=text]", "no scenario says so")
    assert shown(visit) == []
    assert visit.page.locator("#nothing").is_visible()
    visit.page.click("button[type=reset]")
    visit.page.wait_for_function("(whole) => document.getElementById('shown').innerText === whole", arg=whole)
    assert not visit.page.locator("#nothing").is_visible()


def test_filters_of_service_lane_and_outcome_hold_together(open_page: Open) -> None:
    visit, run = open_page("gate"), varied_run()
    visit.page.select_option("select[name=service]", "kinesis")
    visit.page.select_option("select[name=lane]", "data plane")
    wanted = [one for one in run.scenarios.values() if (one.service, one.lane) == ("kinesis", "data plane")]
    assert len(shown(visit)) == len(wanted)
    visit.page.select_option("select[name=outcome]", "fail")
    failing = [one for one in wanted if one.outcome is Outcome.FAIL and one.id not in run.known]
    assert 0 < len(failing) < len(wanted)
    assert sorted(one.split()[0] for one in shown(visit)) == sorted(one.id for one in failing)
    visit.page.select_option("select[name=outcome]", "not-pass")
    assert len(shown(visit)) == sum(one.outcome is not Outcome.PASS for one in wanted)


def test_a_cell_of_the_matrix_leads_to_its_scenarios(open_page: Open) -> None:
    visit, run = open_page("gate"), varied_run()
    visit.page.fill("input[name=text]", "gone")
    visit.page.click(".matrix a[data-service=sqs][data-lane=security]")
    assert len(shown(visit)) == sum((one.service, one.lane) == ("sqs", "security") for one in run.scenarios.values())
    assert 0 <= visit.page.evaluate("document.getElementById('scenarios').getBoundingClientRect().top") < 812


def test_a_change_leads_to_its_scenario_also_when_a_filter_hides_it(open_page: Open) -> None:
    visit = open_page("gate")
    visit.page.fill("input[name=text]", "no scenario says so")
    link = visit.page.locator(".changes a").last
    name = link.inner_text()
    link.click()
    shown = visit.page.locator(".group > :target")
    shown.wait_for()
    assert name in shown.inner_text()


@OF_A_RUN
def test_a_reason_leads_to_its_scenario_unfolded(name: str, open_page: Open) -> None:
    visit = open_page(name)
    visit.page.locator(".reasons a").first.click()
    visit.page.locator(".group > :target[open] .decided").first.wait_for()


def test_a_scenario_that_is_unfolded_has_its_link_in_the_address_bar(open_page: Open) -> None:
    visit = open_page("gate")
    failure = visit.page.locator(".group.fail > details").first
    failure.locator("summary").click()
    visit.page.wait_for_function("(id) => location.hash === `#${id}`", arg=failure.get_attribute("id"))


@OF_A_RUN
def test_a_failure_shows_documentation_request_and_response(name: str, open_page: Open) -> None:
    visit = open_page(name)
    visit.page.select_option("select[name=outcome]", "fail")
    failure = visit.page.locator(".group.fail > details:visible").last
    failure.locator("summary").click()
    failure.locator("pre").first.wait_for()
    assert failure.locator("div a").first.get_attribute("href").startswith("https://docs.aws.amazon.com/")
    request, response = failure.locator("pre").all_inner_texts()[:2]
    assert request.startswith("POST http://127.0.0.1:4566/")
    assert '"Name": "SSE-' in request
    assert response.startswith("HTTP 400")


def test_the_report_is_used_with_the_keyboard_alone(open_page: Open) -> None:
    visit = open_page("gate")
    focused = "document.activeElement"
    visit.page.keyboard.press("Tab")
    assert visit.page.evaluate(f"{focused}.innerText") == "Skip to the scenarios"
    assert visit.page.evaluate(f"{focused}.getBoundingClientRect().left") == 0
    visit.page.keyboard.press("Enter")
    visit.page.keyboard.press("Tab")
    assert visit.page.evaluate(f"{focused}.name") == "text"
    assert visit.page.evaluate(f"getComputedStyle({focused}).outlineStyle") == "solid"
    visit.page.keyboard.type("kms encryption")
    assert 0 < len(shown(visit)) < 30
    for _ in ("service", "lane", "outcome", "clear", "first scenario"):
        visit.page.keyboard.press("Tab")
    assert visit.page.evaluate(f"{focused}.tagName") == "SUMMARY"
    assert visit.page.evaluate(f"getComputedStyle({focused}).outlineStyle") == "solid"
    visit.page.keyboard.press("Enter")
    assert visit.page.locator(".group > [open]").count() == 1


def test_without_scripts_everything_can_be_read(open_page: Open) -> None:
    visit = open_page("gate", java_script_enabled=False)
    assert not visit.page.locator("form").is_visible()
    assert len(shown(visit)) == len(varied_run().scenarios)
    visit.page.locator(".group.fail summary").last.click()
    assert visit.page.locator(".group.fail pre").last.is_visible()
    matrix = open_page("matrix", java_script_enabled=False)
    assert not matrix.page.locator("form").is_visible()
    assert len(shown(matrix, ".scenario-row")) == len(varied_run().scenarios)


def test_without_scripts_a_page_without_room_tells_the_call_that_decided_and_what_is_missing(open_page: Open) -> None:
    visit = open_page("packed", java_script_enabled=False)
    assert len(shown(visit)) == len(varied_run().scenarios)
    failure = visit.page.locator(".group.fail > details").last
    failure.locator("summary").click()
    assert failure.locator(".decided").first.is_visible()
    assert "ONLY=" in failure.locator("code").inner_text()
    assert "needs a script" in visit.page.locator("noscript").inner_text()


def test_plots_show_now_and_before_on_one_scale(open_page: Open) -> None:
    visit = open_page("gate")
    widths = visit.page.evaluate(
        "[...document.querySelector('.plots figure').querySelectorAll('rect')].map((one) => one.getBoundingClientRect().width)"
    )
    whole = visit.page.evaluate("document.querySelector('.plots svg').getBoundingClientRect().width")
    assert len(widths) == 6
    assert abs(max(widths) - whole) < 2
    assert all(0 < width <= whole for width in widths)


def test_the_matrix_unfolds_to_features_and_scenarios(open_page: Open) -> None:
    visit = open_page("matrix")
    assert shown(visit, ".feature-row") == shown(visit, ".scenario-row") == []
    visit.page.get_by_role("button", name="kms", exact=True).click()
    assert len(shown(visit, ".feature-row")) > 1
    assert shown(visit, ".scenario-row") == []
    visit.page.locator(".feature-row:visible button").first.press("Enter")
    found = shown(visit, ".scenario-row")
    assert found
    assert all(one.startswith("kms.") for one in found)
    visit.page.get_by_role("button", name="kms", exact=True).click()
    assert shown(visit, ".feature-row") == shown(visit, ".scenario-row") == []


def test_the_matrix_is_filtered_to_what_targets_differ_in(open_page: Open) -> None:
    visit = open_page("matrix")
    visit.page.select_option("select[name=difference]", "answers")
    answers = shown(visit, ".scenario-row")
    assert answers
    assert all("pass" in one and ("fail" in one or "known divergence" in one) for one in answers)
    visit.page.select_option("select[name=difference]", "any")
    anything = shown(visit, ".scenario-row")
    assert len(anything) > len(answers)
    assert any("not run" in one for one in anything)
    assert not any(one.count("pass") == 3 for one in anything)
    visit.page.select_option("select[name=service]", "kms")
    assert all(one.startswith("kms.") for one in shown(visit, ".scenario-row"))


def test_each_column_of_the_matrix_is_stamped(open_page: Open) -> None:
    text = open_page("matrix").page.locator(".target").first.inner_text()
    for part in (
        "1.5.34-rc1",
        "2026-11-24T09:30:00Z",
        "9d8d374f0c3b",
        "linux x86_64, 2 cores",
        "divergence",
        "coverage",
    ):
        assert part in text
