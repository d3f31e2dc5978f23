"""The same questions go to both nodes, and the table says how they differ."""

import pytest

from bench.node import ROOT
from bench.record_quality import CHOICES, RECORDS, Said, cases, counters, summary, table

DATA = ROOT.parent / "shared" / "data" / "services"


def said(choice: bool, answer: bool, text: str = "a") -> Said:
    return Said("[1]" if choice else "[2]", text, choice, answer)


def test_shares_differences_and_agreement_are_in_the_last_line() -> None:
    off = [said(True, True)] * 8 + [said(True, False)] * 2
    on = [said(True, True)] * 7 + [said(False, True, "b")] + [said(True, True)] * 2
    found = summary(on, off, seed=0)
    assert (found["choice_on"], found["choice_off"], found["choice_difference_points"]) == (
        90.0,
        100.0,
        -10.0,
    )
    assert (found["answer_on"], found["answer_off"], found["answer_difference_points"]) == (100.0, 80.0, 20.0)
    assert found["difference_points"] == 20.0
    assert found["answer_agreement"] == 90.0
    assert found["choice_interval_points"][0] <= -10.0 <= found["choice_interval_points"][1]


def test_the_table_has_a_row_for_each_part() -> None:
    rows = table(summary([said(True, True)], [said(True, False)], seed=0)).splitlines()
    assert [row.split()[0] for row in rows[1:]] == ["choice", "answer", "records"]
    assert "+100.00" in rows[2]
    assert rows[3] == "records chosen, by their place: on: 1 0 0 0; off: 1 0 0 0"


def test_counters_about_records_are_read_and_no_others() -> None:
    page = (
        "# HELP prilavok_record_tokens_total x\nprilavok_record_tokens_total 5.0\n"
        'prilavok_record_tokens_created 1e9\nprilavok_tokens_total{kind="prompt"} 7.0\n'
    )
    assert dict(counters(page)) == {"prilavok_record_tokens_total": 5.0}


@pytest.fixture(scope="module")
def data() -> None:
    if not (DATA / "catalog.jsonl").is_file():
        pytest.skip("../shared has no data here")


@pytest.mark.usefixtures("data")
def test_a_case_holds_the_meant_record_among_others_of_its_kind_and_place() -> None:
    found = cases(DATA, 40, 0)
    assert len(found) == 40
    for case in found:
        assert len({record["id"] for record in case.records}) == RECORDS == len(CHOICES)
        assert len({(record["categories"][0], record["city"]) for record in case.records}) == 1
        assert case.records[case.at]["name"] in case.question
    assert len({case.at for case in found}) == RECORDS


@pytest.mark.usefixtures("data")
def test_the_same_seed_gives_the_same_cases() -> None:
    assert cases(DATA, 20, 3) == cases(DATA, 20, 3)
    assert cases(DATA, 20, 3) != cases(DATA, 20, 4)
