"""Records for the tests: one of every kind, and hypothesis strategies for any."""

import string

from hypothesis import strategies as st

from sync.record import (
    ChatTurn,
    Feedback,
    HealthReport,
    LeadRequest,
    Payload,
    Receipt,
    Record,
    SupportPart,
    Versions,
)
from tests.sync.cast import stamp

TURN = ChatTurn(
    answer="chatcmpl-1",
    turn=2,
    question="Ищу сантехника, мой номер [phone]",
    language="ru",
    intent="find",
    categories=("craft/plumber",),
    filters={"city": "Riga", "open_now": True, "price_max": 30, "wifi": None},
    near=True,
    found="relaxed",
    relaxed=("price_max",),
    cards=("p-1", "p-2"),
    total=7,
    mode="template",
    flags=("injection",),
    timings_ms={"search": 3.25, "total": 41.5},
    versions=Versions(node="0.1.0", catalog=12, embedding="use"),
)
FEEDBACK = Feedback(answer="chatcmpl-1", score=-1, reason="closed", mode="template", intent="find")
LEAD = LeadRequest(
    id="a1",
    provider="p-1",
    key="0123456789abcdef",
    enc=b"e" * 32,
    sealed=b"s" * 80,
    language="ru",
    consent="2026-11",
)
RECEIPT = Receipt(command="00000000000000c1", outcome="done", counts={"records": 3})
HEALTH = HealthReport(
    state="degraded",
    findings={"model": "model.missing"},
    counters={"answers": 7.0},
    gauges={"disk_free": 1.5},
)
PART = SupportPart(command="00000000000000c1", part=1, parts=2, data=b"\x1f\x8b" * 20)
EVERY: tuple[Payload, ...] = (TURN, FEEDBACK, LEAD, RECEIPT, HEALTH, PART)

codes = st.text(string.ascii_letters + string.digits + "-_/.", max_size=20)
texts = st.text(max_size=80)
counts = st.integers(0, 2**63 - 1)
turns = st.builds(
    ChatTurn,
    answer=codes,
    turn=counts,
    question=texts,
    language=codes,
    intent=codes,
    categories=st.lists(codes, max_size=4).map(tuple),
    filters=st.dictionaries(
        codes,
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | texts,
        max_size=4,
    ),
    near=st.booleans(),
    found=codes,
    cards=st.lists(codes, max_size=4).map(tuple),
    total=counts,
    mode=codes,
    timings_ms=st.dictionaries(codes, st.floats(allow_nan=False), max_size=4),
)
feedbacks = st.builds(Feedback, answer=codes, score=st.sampled_from([1, -1]), reason=texts)
leads = st.builds(
    LeadRequest,
    id=codes,
    provider=st.text(max_size=40),
    key=st.just("0" * 16),
    enc=st.binary(min_size=32, max_size=32),
    sealed=st.binary(min_size=17, max_size=200),
    language=codes,
    consent=codes,
)
healths = st.builds(
    HealthReport,
    state=st.sampled_from(["ok", "degraded", "failing"]),
    counters=st.dictionaries(codes, st.floats(allow_nan=False), max_size=5),
)
parts = st.builds(
    SupportPart,
    command=st.just("0" * 16),
    part=st.integers(1, 400),
    parts=st.integers(1, 400),
    data=st.binary(min_size=1, max_size=200),
)
records = st.builds(
    Record,
    at=st.builds(stamp, mono_ms=counts, wall_ms=st.integers(0, 2**53), trusted=st.booleans()),
    what=turns | feedbacks | leads | healths | parts,
)


def record(payload: Payload) -> Record:
    return Record(at=stamp(), what=payload)
