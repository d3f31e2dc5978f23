"""OpenAI's interface as clients see it, over a pipeline that says the question back."""

import base64
import json
import struct
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.edge.chat.conftest import Stand

Make = Callable[..., Awaitable[Stand]]
PATH = "/v1/chat/completions"


def question(text: str, **more: object) -> dict[str, object]:
    return {"model": "prilavok", "messages": [{"role": "user", "content": text}], **more}


def chunks(text: str) -> list[dict[str, Any]]:
    events = [line.removeprefix("data: ") for line in text.split("\n\n") if line]
    assert events[-1] == "[DONE]"
    return [json.loads(event) for event in events[:-1]]


async def test_reply_has_openais_shape_and_the_grounding(stand: Make) -> None:
    reply = await (await stand()).http.post(PATH, json=question("a plumber please", language="ru"))
    body = reply.json()
    assert reply.status_code == 200
    assert body["object"] == "chat.completion"
    assert body["choices"][0]["message"] == {
        "role": "assistant",
        "content": "a plumber please",
        "refusal": None,
    }
    assert body["usage"] == {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    assert body["grounding"]["language"] == "ru"
    assert body["grounding"]["facts"][0]["field"] == "phone"


async def test_stream_begins_with_cards_and_ends_with_facts(stand: Make) -> None:
    asked = question("a plumber", stream=True, stream_options={"include_usage": True})
    reply = await (await stand()).http.post(PATH, json=asked)
    first, *middle, last, usage = chunks(reply.text)
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert first["grounding"]["cards"][0]["id"] == "node/1"
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert "".join(chunk["choices"][0]["delta"]["content"] for chunk in middle) == "a plumber"
    assert last["choices"][0]["finish_reason"] == "stop"
    assert last["grounding"]["facts"]
    assert usage["usage"]["total_tokens"] == 5


async def test_failure_before_the_cards_is_an_http_error(stand: Make) -> None:
    counter = await stand()
    for streaming in (False, True):
        reply = await counter.http.post(PATH, json=question("fail", stream=streaming))
        assert reply.status_code == 503
        assert reply.json()["error"]["code"] == "catalog.away"


async def test_failure_after_the_cards_ends_the_stream_with_an_error(stand: Make) -> None:
    reply = await (await stand()).http.post(PATH, json=question("break", stream=True))
    first, failed = chunks(reply.text)
    assert first["grounding"]["cards"]
    assert failed["error"]["code"] == "broken"


async def test_parts_of_a_message_are_joined_and_pictures_refused(stand: Make) -> None:
    counter = await stand()
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "plumber"}]
    reply = await counter.http.post(PATH, json={"messages": [{"role": "user", "content": parts}]})
    assert reply.json()["choices"][0]["message"]["content"] == "a plumber"
    picture = [{"type": "image_url", "image_url": {"url": "data:,"}}]
    reply = await counter.http.post(PATH, json={"messages": [{"role": "user", "content": picture}]})
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "message.not_text")


BAD: dict[str, tuple[bytes, int, str]] = {
    "empty body": (b"", 400, "request.invalid"),
    "no JSON": (b"{not json", 400, "request.malformed"),
    "not an object": (b"[1,2]", 400, "request.invalid"),
    "cut in half": (b'{"messages": [{"role": "user", "con', 400, "request.malformed"),
    "half UTF-8": (b'{"messages":[{"role":"user","content":"\xd0\xbf\xd1"}]}', 400, "request.malformed"),
    "NUL byte outside a string": (b'{"messages":\x00[]}', 400, "request.malformed"),
    "lone surrogate": (b'{"messages":[{"role":"user","content":"\\ud800"}]}', 400, "request.malformed"),
    "messages of a wrong type": (b'{"messages":"hi"}', 400, "request.invalid"),
    "message of a wrong type": (b'{"messages":[7]}', 400, "request.invalid"),
    "unknown role": (b'{"messages":[{"role":"king","content":"hi"}]}', 400, "request.invalid"),
    "no messages": (b'{"messages":[]}', 400, "messages.empty"),
    "only the system speaks": (b'{"messages":[{"role":"system","content":"hi"}]}', 400, "messages.empty"),
    "blank question": (b'{"messages":[{"role":"user","content":"  "}]}', 400, "messages.empty"),
    "no messages field": (b"{}", 400, "request.invalid"),
    "unknown model": (
        b'{"model":"gpt-9","messages":[{"role":"user","content":"a"}]}',
        404,
        "model_not_found",
    ),
    "two choices": (b'{"n":2,"messages":[{"role":"user","content":"a"}]}', 400, "n.unsupported"),
    "bad session": (b'{"session":"a b","messages":[{"role":"user","content":"a"}]}', 400, "session.invalid"),
    "bad language": (
        b'{"language":"../x","messages":[{"role":"user","content":"a"}]}',
        400,
        "language.invalid",
    ),
    "temperature of a wrong type": (
        b'{"temperature":"hot","messages":[{"role":"user","content":"a"}]}',
        400,
        "request.invalid",
    ),
}


@pytest.mark.parametrize("name", BAD)
async def test_bad_body_gets_an_openai_error_object(stand: Make, name: str) -> None:
    body, status, code = BAD[name]
    counter = await stand()
    reply = await counter.http.post(PATH, content=body, headers={"Content-Type": "application/json"})
    error = reply.json()["error"]
    assert (reply.status_code, error["code"]) == (status, code)
    assert error["message"]
    assert (await counter.http.post(PATH, json=question("still here"))).status_code == 200


async def test_nul_in_a_question_is_data(stand: Make) -> None:
    reply = await (await stand()).http.post(PATH, json=question("a\x00b"))
    assert reply.status_code == 200


async def test_ten_thousand_messages_are_refused(stand: Make) -> None:
    counter = await stand(body_limit_bytes=4_000_000)
    many = {"messages": [{"role": "user", "content": "a"}] * 10_000}
    reply = await counter.http.post(PATH, json=many)
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "messages.too_many")
    assert counter.counter.answers.asked == []


async def test_body_over_the_limit_is_refused(stand: Make) -> None:
    reply = await (await stand()).http.post(PATH, json=question("a" * 300_000))
    assert (reply.status_code, reply.json()["error"]["code"]) == (413, "body.too_large")


async def test_message_over_the_limit_is_refused(stand: Make) -> None:
    reply = await (await stand(message_limit_chars=100)).http.post(PATH, json=question("a" * 101))
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "message.too_long")


async def test_session_over_its_allowance_is_told_when_to_come_back(stand: Make) -> None:
    counter = await stand(session_per_minute=2)
    for _ in range(2):
        assert (await counter.http.post(PATH, json=question("a", session="s1"))).status_code == 200
    reply = await counter.http.post(PATH, json=question("a", session="s1"))
    assert (reply.status_code, reply.json()["error"]["code"]) == (429, "limit.session")
    assert 1 <= int(reply.headers["retry-after"]) <= 60
    assert (await counter.http.post(PATH, json=question("a", session="s2"))).status_code == 200


async def test_node_over_its_allowance_is_told_when_to_come_back(stand: Make) -> None:
    counter = await stand(node_per_minute=1)
    assert (await counter.http.post(PATH, json=question("a"))).status_code == 200
    reply = await counter.http.post(PATH, json=question("a"))
    assert (reply.status_code, reply.json()["error"]["type"]) == (429, "rate_limit_error")
    assert "retry-after" in reply.headers


async def test_bare_engine_answers_the_callers_own_messages(stand: Make) -> None:
    counter = await stand(operator_token="open sesame")
    asked = question("say this back", model="echo-1m", max_tokens=2)
    reply = await counter.http.post(PATH, json=asked, headers={"Authorization": "Bearer open sesame"})
    body = reply.json()
    assert body["choices"][0]["message"]["content"] == "say this"
    assert body["choices"][0]["finish_reason"] == "length"
    assert body["usage"]["prompt_tokens"] == 3
    assert "grounding" not in body
    asked["stream"] = True
    reply = await counter.http.post(PATH, json=asked, headers={"Authorization": "Bearer open sesame"})
    said = [chunk["choices"][0]["delta"].get("content", "") for chunk in chunks(reply.text)]
    assert "".join(said) == "say this"


async def test_bare_engine_is_closed_to_strangers(stand: Make) -> None:
    counter = await stand(operator_token="open sesame")
    for headers in ({}, {"Authorization": "Bearer guess"}, {"X-Forwarded-For": "127.0.0.1"}):
        reply = await counter.http.post(PATH, json=question("hi", model="echo-1m"), headers=headers)
        assert (reply.status_code, reply.json()["error"]["code"]) == (403, "engine.forbidden")


async def test_prompt_too_long_for_the_engine_is_refused_before_the_stream(stand: Make) -> None:
    counter = await stand(operator_token="open sesame")
    asked = question("a " * 1500, model="echo-1m", stream=True)
    reply = await counter.http.post(PATH, json=asked, headers={"Authorization": "Bearer open sesame"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "prompt.too_long")


async def test_embeddings_come_as_numbers_and_as_base64(stand: Make) -> None:
    counter = await stand()
    texts = {"model": "letters-2d", "input": ["abc", "a b"]}
    plain = (await counter.http.post("/v1/embeddings", json=texts)).json()
    assert [item["embedding"] for item in plain["data"]] == [[3.0, 0.0], [3.0, 1.0]]
    packed = (await counter.http.post("/v1/embeddings", json={**texts, "encoding_format": "base64"})).json()
    vector = struct.unpack("<2f", base64.b64decode(packed["data"][1]["embedding"]))
    assert vector == (3.0, 1.0)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"input": []}, 400),
        ({"input": [""]}, 400),
        ({"input": ["a"] * 1000}, 400),
        ({"input": [[1, 2]]}, 400),
        ({"input": "a", "model": "other"}, 404),
    ],
)
async def test_bad_embedding_request_gets_an_error_object(stand: Make, body: object, status: int) -> None:
    reply = await (await stand()).http.post("/v1/embeddings", json=body)
    assert reply.status_code == status
    assert reply.json()["error"]["message"]


async def test_models_are_listed_as_far_as_they_are_up(stand: Make) -> None:
    counter = await stand()
    listed = (await counter.http.get("/v1/models")).json()["data"]
    assert [model["id"] for model in listed] == ["prilavok", "echo-1m", "letters-2d"]
    assert (await counter.http.get("/v1/models/prilavok")).json()["id"] == "prilavok"
    assert (await counter.http.get("/v1/models/gpt-9")).status_code == 404
    without = await stand(bare=False)
    assert [m["id"] for m in (await without.http.get("/v1/models")).json()["data"]] == ["prilavok"]


async def test_question_before_the_node_is_ready_is_told_to_wait(stand: Make) -> None:
    reply = await (await stand(ready=False)).http.post(PATH, json=question("hi"))
    assert (reply.status_code, reply.json()["error"]["code"]) == (503, "node.starting")
    assert "retry-after" in reply.headers


async def test_unknown_path_and_method_are_openai_errors_under_v1(stand: Make) -> None:
    counter = await stand()
    assert (await counter.http.get("/v1/nothing")).json()["error"]["code"] == "path.unknown"
    wrong = await counter.http.get(PATH)
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (405, "method.unknown")


async def test_answer_may_be_rated_once(stand: Make) -> None:
    counter = await stand()
    answer = (await counter.http.post(PATH, json=question("hi"))).json()["id"]
    rating = {"answer_id": answer, "score": 1, "reason": "good"}
    assert (await counter.http.post("/api/feedback", json=rating)).status_code == 202
    again = await counter.http.post("/api/feedback", json=rating)
    assert (again.status_code, again.json()["code"]) == (404, "answer.unknown")
    assert (
        b'prilavok_feedback_total{intent="find",mode="template",score="up"} 1.0'
        in counter.counter.metrics.text()
    )


@pytest.mark.parametrize("score", [0, 2, "good", None, 1.5])
async def test_rating_other_than_one_up_or_down_is_refused(stand: Make, score: object) -> None:
    reply = await (await stand()).http.post("/api/feedback", json={"answer_id": "x", "score": score})
    assert reply.status_code == 400
    assert reply.headers["content-type"] == "application/problem+json"
