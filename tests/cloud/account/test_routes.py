"""Who may do what over the interface: logins, tokens, roles, tenants, edits, repeated requests."""

from typing import Any

import pytest

from tests.simulators.hub_office import PASSWORD, Office

READS = (
    "/tenants/north",
    "/tenants/north/markets",
    "/tenants/north/markets/oslo",
    "/tenants/north/nodes",
    "/tenants/north/nodes/n1",
    "/tenants/north/operators",
    "/tenants/north/audit",
)


def two_tenants(office: Office) -> None:
    """Beside "demo" a tenant "north" with a market and a node; each has an admin, demo an analyst as well."""
    assert office.post("/tenants", {"tenant": "north"}).status_code == 201
    assert office.post("/tenants/north/markets", {"market": "oslo"}).status_code == 201
    assert office.post("/tenants/north/nodes", {"node": "n1", "market": "oslo"}).status_code == 201
    office.hire("demo", "ada", "admin")
    office.hire("demo", "ann", "analyst")
    office.hire("north", "nils", "admin")


def test_wrong_tenants_token_opens_nothing(office: Office) -> None:
    two_tenants(office)
    for path in READS:
        assert office.get(path, "nils").status_code == 200, path
        refused = office.get(path, "ada")
        assert (refused.status_code, refused.json()["code"]) == (403, "tenant.foreign"), path
    for path, body in (
        ("/tenants/north/markets", {"market": "x"}),
        ("/tenants/north/nodes", {"node": "x", "market": "oslo"}),
        ("/tenants/north/nodes/n1/revoke", {}),
        ("/tenants/north/nodes/n1/provision", {}),
        ("/tenants/north/operators", {"operator": "x", "role": "admin", "password": PASSWORD}),
    ):
        assert office.post(path, body, "ada").status_code == 403, path
    assert office.get("/tenants/nowhere", "ada").json() == office.get("/tenants/nowhere", "ada").json()
    assert [each["tenant"] for each in office.get("/tenants", "ada").json()["items"]] == ["demo"]


def test_analyst_reads_and_changes_nothing(office: Office) -> None:
    two_tenants(office)
    assert office.get("/tenants/demo/nodes", "ann").status_code == 200
    for path, body in (
        ("/tenants/demo/nodes", {"node": "x", "market": "riga"}),
        ("/tenants/demo/markets", {"market": "x"}),
        ("/tenants/demo/operators", {"operator": "x", "role": "analyst", "password": PASSWORD}),
        ("/tenants", {"tenant": "mine"}),
    ):
        assert office.post(path, body, "ann").json()["code"] in ("role.forbidden", "tenant.foreign"), path
    assert office.get("/tenants/demo/audit", "ann").status_code == 403


def test_tenants_admin_makes_no_tenants(office: Office) -> None:
    two_tenants(office)
    assert office.post("/tenants", {"tenant": "mine"}, "ada").status_code == 403
    assert office.get("/tenants/@hub/operators", "ada").status_code == 403


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer x", "Basic cm9vdDpyb290", "Bearer prilavok_demo_00"]
)
def test_without_a_good_token_nothing_opens(office: Office, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    refused = office.client.get("/api/me", headers=headers)
    assert refused.status_code == 401
    assert refused.json()["code"] in ("token.missing", "token.invalid")


def test_secret_of_one_tenants_token_is_nothing_in_another(office: Office) -> None:
    two_tenants(office)
    moved = office.tokens["ada"].replace("prilavok_demo_", "prilavok_north_")
    assert office.client.get("/api/me", headers={"Authorization": f"Bearer {moved}"}).status_code == 401


def test_token_that_is_revoked_or_expired_opens_nothing(office: Office) -> None:
    made = office.post("/tokens", {"title": "a program", "role": "analyst"}).json()
    office.tokens["program"] = made["token"]
    assert office.get("/me", "program").json() == {"owner": "@hub", "operator": "root", "role": "analyst"}
    assert office.post("/tenants", {"tenant": "x"}, "program").status_code == 403
    assert office.delete(f"/tokens/{made['line']['id']}").status_code == 204
    assert office.get("/me", "program").status_code == 401
    office.post("/logout")
    assert office.get("/me").status_code == 401


def test_token_has_at_most_the_role_that_its_operator_has_now(office: Office) -> None:
    office.hire("demo", "ada", "admin")
    assert office.get("/me", "ada").json()["role"] == "admin"
    changed = office.patch("/tenants/demo/operators/ada", {"role": "analyst"}, If_Match="*")
    assert changed.status_code == 422  # the last admin of the tenant stays one
    office.hire("demo", "bea", "admin")
    assert office.patch("/tenants/demo/operators/ada", {"role": "analyst"}, If_Match="*").status_code == 200
    assert office.get("/me", "ada").json()["role"] == "analyst"


def test_operator_who_is_shut_out_is_out_at_once(office: Office) -> None:
    office.hire("demo", "bea", "admin")
    office.hire("demo", "ada", "operator")
    office.patch("/tenants/demo/operators/ada", {"enabled": False}, If_Match="*")
    assert office.get("/me", "ada").status_code == 401
    said = {"owner": "demo", "operator": "ada", "password": PASSWORD}
    assert office.client.post("/api/login", json=said).json()["code"] == "login.wrong"


def test_after_five_wrong_passwords_the_right_one_has_to_wait_too(office: Office) -> None:
    said = {"owner": "@hub", "operator": "root", "password": "wrong"}
    codes = [office.client.post("/api/login", json=said).status_code for _ in range(7)]
    assert codes[:6] == [401] * 6
    assert codes[6] == 429
    limited = office.client.post("/api/login", json={**said, "password": PASSWORD})
    assert limited.status_code == 429
    assert int(limited.headers["retry-after"]) >= 1


def test_nobody_is_answered_as_somebody_with_a_wrong_password(office: Office) -> None:
    answers = [
        office.client.post("/api/login", json={"owner": owner, "operator": name, "password": "wrong"})
        for owner, name in (("@hub", "root"), ("@hub", "nobody"), ("demo", "nobody"), ("nowhere", "nobody"))
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1


def test_edit_needs_the_revision_that_was_read(office: Office) -> None:
    read = office.get("/tenants/demo")
    assert office.patch("/tenants/demo", {"title": "A"}).status_code == 428
    first = office.patch("/tenants/demo", {"title": "A"}, If_Match=read.headers["etag"])
    assert (first.status_code, first.json()["title"]) == (200, "A")
    late = office.patch("/tenants/demo", {"title": "B"}, If_Match=read.headers["etag"])
    assert (late.status_code, late.json()["code"]) == (412, "edit.stale")


def test_repeated_request_makes_one_thing(office: Office) -> None:
    wanted = {"node": "n1", "market": "riga"}
    first = office.post("/tenants/demo/nodes", wanted, Idempotency_Key="k1")
    second = office.post("/tenants/demo/nodes", wanted, Idempotency_Key="k1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert len(office.get("/tenants/demo/nodes").json()["items"]) == 1
    other = office.post("/tenants/demo/nodes", {**wanted, "node": "n2"}, Idempotency_Key="k1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.reused")
    assert office.post("/tenants/demo/nodes", wanted, Idempotency_Key="k2").status_code == 409


def test_request_that_failed_may_be_repeated_with_its_key(office: Office) -> None:
    wanted = {"node": "n1", "market": "tallinn"}
    assert office.post("/tenants/demo/nodes", wanted, Idempotency_Key="k1").status_code == 404
    office.post("/tenants/demo/markets", {"market": "tallinn"})
    assert office.post("/tenants/demo/nodes", wanted, Idempotency_Key="k1").status_code == 201


def test_lists_go_on_where_a_page_ends(office: Office) -> None:
    for number in range(7):
        office.post("/tenants/demo/markets", {"market": f"m{number}"})
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page: dict[str, Any] = office.get("/tenants/demo/markets", limit=3, after=after).json()
        seen += [each["market"] for each in page["items"]]
        after = page.get("next")
    assert seen == ["m0", "m1", "m2", "m3", "m4", "m5", "m6", "riga"]


def test_text_that_cannot_be_kept_is_refused(office: Office) -> None:
    refused = office.post("/tenants/demo/markets", {"market": "m", "title": "a\x00b"})
    assert (refused.status_code, refused.json()["code"]) == (422, "value.invalid")
