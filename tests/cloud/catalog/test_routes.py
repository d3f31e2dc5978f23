"""Catalogues over the interface: what is asked, who may, what is told back."""

import json
from typing import Any

import httpx
import pytest

from tests.cloud.catalog.market import lines, provider
from tests.simulators.hub_office import Office

CATALOG = "/tenants/demo/markets/riga/catalog"


def send(
    office: Office, data: bytes, who: str = "root", mapping: bytes | None = None, **query: Any
) -> httpx.Response:
    """Uploads a file to be imported."""
    files = {"file": (query.pop("name", "shops.jsonl"), data)}
    if mapping is not None:
        files["mapping"] = ("columns.toml", mapping)
    url = f"/api{CATALOG}/import"
    return office.client.post(url, files=files, params=query, headers=office.headers("root"))


def put(office: Office, path: str, body: Any, **headers: str) -> httpx.Response:
    return office.client.put(f"/api{path}", json=body, headers=office.headers("root", **headers))


def tag(office: Office) -> str:
    return str(office.get(CATALOG).headers["etag"])


def test_a_file_is_imported_looked_at_and_published(office: Office) -> None:
    answer = send(office, lines(provider("a"), provider("b")) + b"no json\n")
    assert answer.status_code == 200, answer.text
    report = answer.json()
    assert (report["added"], report["refused"], report["applied"]) == (2, 1, True)
    assert report["problems"][0]["number"] == 3
    shown = office.get(CATALOG).json()
    assert (shown["version"], shown["draft_added"], shown["head_version"]) == (0, 2, None)
    made = office.post(f"{CATALOG}/publish", {"note": "first"})
    assert made.status_code == 201
    assert (made.json()["version"], made.json()["published_by"], made.json()["note"]) == (
        1,
        "root@hub",
        "first",
    )
    assert office.get(CATALOG).json()["providers"] == 2


def test_a_repeated_publish_with_one_key_is_one_version(office: Office) -> None:
    send(office, lines(provider("a")))
    first = office.post(f"{CATALOG}/publish", {}, Idempotency_Key="k1")
    again = office.post(f"{CATALOG}/publish", {}, Idempotency_Key="k1")
    assert first.json() == again.json()
    assert office.post(f"{CATALOG}/publish", {}).json()["code"] == "catalog.unchanged"


def test_a_table_is_read_by_its_mapping(office: Office) -> None:
    table = "Nr;Firma;Art\n1;Rohr & Söhne;Klempner\n".encode()
    mapping = b'delimiter = ";"\n[columns]\nid = "Nr"\nname = "Firma"\n' + (
        b'categories = { column = "Art", values = { Klempner = "craft/plumber" } }\n'
    )
    assert send(office, table, mapping=mapping, name="firmen.csv").json()["added"] == 1
    assert office.get(f"{CATALOG}/provider", id="1").json()["name"] == "Rohr & Söhne"
    assert send(office, table, mapping=b"no toml", name="firmen.csv").json()["code"] == "mapping.form"


def test_a_dry_run_and_a_strict_refusal_keep_nothing(office: Office) -> None:
    assert send(office, lines(provider("a")), dry_run=True).json()["added"] == 1
    assert send(office, lines(provider("a")) + b"x\n", strict=True).json()["applied"] is False
    assert office.get(CATALOG).json()["draft_added"] == 0


def test_the_diff_names_fields_and_goes_on_page_by_page(office: Office) -> None:
    send(office, lines(provider("a", attributes={"wifi": True}), provider("b"), provider("c")))
    office.post(f"{CATALOG}/publish")
    send(
        office,
        lines(
            provider("a", attributes={"wifi": False}, city="Riga"),
            {"id": "b", "deleted": True},
            provider("d"),
        ),
    )
    first = office.get(f"{CATALOG}/diff", limit=2).json()
    rest = office.get(f"{CATALOG}/diff", limit=2, after=first["next"]).json()
    found = [(each["id"], each["kind"], each["fields"]) for each in first["items"] + rest["items"]]
    assert found == [("a", "changed", ["attributes.wifi", "city"]), ("b", "deleted", []), ("d", "added", [])]
    office.post(f"{CATALOG}/publish", {"confirmed": True})
    past = office.get(f"{CATALOG}/diff", old=1, new=2).json()["items"]
    assert [each["id"] for each in past] == ["a", "b", "d"]
    assert office.get(f"{CATALOG}/diff", old=0, new=1).json()["items"][0]["kind"] == "added"


def test_going_back_and_the_history(office: Office) -> None:
    send(office, lines(provider("a")))
    office.post(f"{CATALOG}/publish")
    send(office, lines(provider("a", city="Riga")))
    office.post(f"{CATALOG}/publish")
    back = office.post(f"{CATALOG}/rollback", {"version": 1})
    assert (back.status_code, back.json()["version"], back.json()["source"]) == (201, 3, 1)
    history = office.get(f"{CATALOG}/versions", limit=2).json()
    assert ([each["version"] for each in history["items"]], history["next"]) == ([3, 2], 2)
    kept = office.get(f"{CATALOG}/providers", version=2).json()["items"]
    assert kept[0]["city"] == "Riga"
    assert office.get(f"{CATALOG}/providers").json()["items"] == [provider("a")]


def test_one_provider_is_edited_under_the_revision_that_was_read(office: Office) -> None:
    address = f"{CATALOG}/provider?id=a%2Fb"
    assert put(office, address, provider("a/b")).status_code == 428
    seen = tag(office)
    assert put(office, address, provider("a/b"), If_Match=seen).status_code == 200
    assert put(office, address, provider("a/b", city="Riga"), If_Match=seen).status_code == 412
    assert office.get(f"{CATALOG}/provider", id="a/b").json() == provider("a/b")
    assert put(office, address, {"id": "a/b"}, If_Match="*").json()["code"] == "provider.invalid"


def test_the_markets_document_is_replaced(office: Office) -> None:
    document = {"id": "riga", "languages": ["lv"], "own": 1}
    assert put(office, f"{CATALOG}/market", document, If_Match="*").status_code == 200
    assert office.get(f"{CATALOG}/market").json() == document
    assert office.get(CATALOG).json()["draft_market"] is True


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [("analyst", "", 200), ("analyst", "/publish", 403), ("operator", "/publish", 409)],
)
def test_analysts_look_and_operators_publish(office: Office, role: str, path: str, status: int) -> None:
    office.hire("demo", "mo", role)
    answer = office.post(CATALOG + path, {}, who="mo") if path else office.get(CATALOG, who="mo")
    assert answer.status_code == status


def test_what_was_done_is_in_the_audit_log(office: Office) -> None:
    send(office, lines(provider("a")))
    office.post(f"{CATALOG}/publish")
    actions = [each["action"] for each in office.get("/tenants/demo/audit").json()["items"]]
    assert actions[:2] == ["catalog.publish", "catalog.import"]


@pytest.mark.parametrize("data", [b"", b"\x00\xff", b"[1, 2", b"{}", json.dumps({"elements": 3}).encode()])
def test_any_bytes_are_answered_with_a_report_or_a_refusal(office: Office, data: bytes) -> None:
    for form in ("jsonl", "csv", "jsonld", "overpass", "geojson", None):
        answer = send(office, data, **({"form": form} if form else {"name": "x"}))
        assert answer.status_code in (200, 422), (form, answer.text)
