"""Other pages are kept out unless they are named, and everybody has a share of the day."""

from tests.edge.chat.test_routes import PATH, Make, question


async def test_no_page_of_another_origin_is_let_in_unless_it_is_named(stand: Make) -> None:
    http = (await stand()).http
    shop = {"Origin": "https://shop.example"}
    asked = {
        **shop,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    told = await http.options(PATH, headers=asked)
    assert "access-control-allow-origin" not in told.headers
    read = await http.get("/api/market", headers=shop)
    assert "access-control-allow-origin" not in read.headers
    refused = await http.post(PATH, json=question("hi"), headers=shop)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "origin.forbidden")


async def test_a_named_origin_may_ask_and_has_its_share_of_a_day(stand: Make) -> None:
    http = (await stand(origins="https://shop.example", origin_per_day=2)).http
    shop = {"Origin": "https://shop.example"}
    replies = [await http.post(PATH, json=question("hi"), headers=shop) for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, 200, 429]
    assert replies[0].headers["access-control-allow-origin"] == "https://shop.example"
    assert replies[2].json()["error"]["code"] == "limit.origin_day"
    assert int(replies[2].headers["retry-after"]) > 80_000
    assert (await http.post(PATH, json=question("hi"))).status_code == 200


async def test_a_session_has_its_share_of_a_day(stand: Make) -> None:
    http = (await stand(session_per_day=1)).http
    replies = [await http.post(PATH, json={**question("hi"), "session": "s1"}) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 429]
    assert replies[1].json()["error"]["code"] == "limit.session_day"
    told = await http.post("/api/session/forget", json={"session": "s1"})
    assert told.json() == (await http.post("/api/session", json={"session": "s1"})).json()
    assert len(told.json()["code"]) == 9
    assert (await http.post("/api/session", json={"session": "no name!"})).status_code == 422


async def test_a_foreign_name_pointed_at_this_box_is_no_page_of_ours(stand: Make) -> None:
    http = (await stand(names="counter.shop.example")).http
    for name, status in (
        ("evil.example", 403),
        ("counter.shop.example", 200),
        ("192.168.1.5:8080", 200),
        ("prilavok.local", 200),
        ("localhost:8080", 200),
        ("evil.local.example", 403),
    ):
        headers = {"Origin": f"http://{name}", "Host": name}
        reply = await http.post(PATH, json=question("hi"), headers=headers)
        assert reply.status_code == status, name
