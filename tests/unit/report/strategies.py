"""Runs of any texts: what hypothesis gives the writers."""

from hypothesis import strategies as st

from harness.results.document import Canary, Exchange, Outcome, Run, ScenarioResult
from harness.scenarios.scenario import Lane
from tests.unit.report.documents import HOSTILE, stamp

TEXT = st.one_of(
    st.text(max_size=40), st.text("`|\\<>&\"'@#[]()*_~\n\r\t \x00\ud800\x1b", max_size=20), st.sampled_from(HOSTILE)
)
EXCHANGE = st.builds(
    Exchange,
    service=TEXT,
    operation=TEXT,
    method=TEXT,
    url=TEXT,
    request_headers=st.dictionaries(TEXT, TEXT, max_size=2),
    request_body=TEXT,
    status=st.none() | st.integers(100, 599),
    response_headers=st.dictionaries(TEXT, TEXT, max_size=2),
    response_body=TEXT,
    seconds=TEXT,
)
SCENARIO = st.builds(
    ScenarioResult,
    id=TEXT,
    service=TEXT,
    feature=TEXT,
    lane=st.sampled_from([lane.value for lane in Lane]),
    aws=TEXT,
    test=TEXT,
    outcome=st.sampled_from(Outcome),
    detail=TEXT,
    seconds=st.one_of(TEXT, st.sampled_from(["NaN", "-1", "Infinity", "1e999999", "0.5"])),
    touches=st.lists(TEXT, max_size=2).map(tuple),
    exchanges=st.lists(EXCHANGE, max_size=2).map(tuple),
    latencies=st.dictionaries(TEXT, TEXT | st.sampled_from(["0", "NaN", "0.25", "-3", "1e99"]), max_size=2),
)
RUN = st.builds(
    Run,
    stamp=st.builds(lambda text: stamp(target=text, version=text), TEXT),
    scenarios=st.lists(SCENARIO, max_size=5).map(lambda found: {one.id: one for one in found}),
    canaries=st.lists(st.builds(Canary, TEXT, st.sampled_from(Outcome), TEXT), max_size=2).map(tuple),
    known=st.dictionaries(TEXT, TEXT, max_size=2),
    broke_off=TEXT,
)
