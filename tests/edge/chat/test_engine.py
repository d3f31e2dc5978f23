"""The bare engine over the wire: what is said while a request waits, and what reaches the engine."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import pytest

from edge.parts import Opened, Stage
from models.runtime import generator as engine
from tests.edge.chat.conftest import Stand
from tests.edge.chat.test_routes import PATH, chunks, question
from tests.simulators.pipeline import EchoAnswers, EchoEngine, shelf

Make = Callable[..., Awaitable[Stand]]
OPERATOR = {"Authorization": "Bearer open sesame"}


class Noting(EchoEngine):
    """Remembers what it was asked, and opens a counter's parts with itself."""

    def __init__(self) -> None:
        self.asked: list[engine.Request] = []

    def __call__(self, stage: Stage) -> Opened:
        stage("catalogue")
        return Opened(answers=EchoAnswers(), shelf=shelf(), generator=self)

    async def generate(self, request: engine.Request) -> AsyncGenerator[engine.Output, None]:
        self.asked.append(request)
        async for one in super().generate(request):
            yield one


def bare(text: str, **more: object) -> dict[str, object]:
    return question(text, model="echo-1m", **more)


async def test_metrics_tell_the_engines_figures(stand: Make) -> None:
    text = (await (await stand()).http.get("/metrics")).text
    assert "# TYPE prilavok_engine_waiting_requests gauge" in text
    assert "prilavok_engine_waiting_requests 0.0" in text
    assert "# TYPE prilavok_engine_steps_total counter" in text
    assert "prilavok_engine_steps_total 7.0" in text


async def test_who_waits_for_the_engine_hears_their_place_in_the_stream(stand: Make) -> None:
    counter = await stand(operator_token="open sesame")
    asked = bare("say this", session="waits", stream=True)
    told = chunks((await counter.http.post(PATH, json=asked, headers=OPERATOR)).text)
    places = [chunk["queue"] for chunk in told if "queue" in chunk]
    assert places == [{"position": 2, "expected_wait_s": 1.5}]
    first_word = next(at for at, chunk in enumerate(told) if chunk["choices"][0]["delta"].get("content"))
    assert "queue" in told[0]
    assert first_word > 0
    said = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in told)
    assert said == "say this"


async def test_who_does_not_wait_hears_of_no_queue(stand: Make) -> None:
    counter = await stand(operator_token="open sesame")
    reply = await counter.http.post(PATH, json=bare("hi", stream=True), headers=OPERATOR)
    assert [chunk for chunk in chunks(reply.text) if "queue" in chunk] == []


async def test_what_is_asked_of_the_engine_reaches_it(stand: Make) -> None:
    noting = Noting()
    counter = await stand(operator_token="open sesame", opener=noting)
    more: dict[str, Any] = {
        "logit_bias": {"7": -100, "9": 1.5},
        "grammar": 'root ::= "x"',
        "ignore_eos": True,
        "seed": 5,
        "temperature": 0.5,
        "stop": ["."],
        "session": "s1",
    }
    reply = await counter.http.post(PATH, json=bare("hi", **more), headers=OPERATOR)
    assert reply.status_code == 200
    (request,) = noting.asked
    assert request.logit_bias == {7: -100.0, 9: 1.5}
    assert (request.grammar, request.ignore_eos, request.seed) == ('root ::= "x"', True, 5)
    assert (request.temperature, request.stop, request.session) == (0.5, (".",), "s1")


@pytest.mark.parametrize("bias", [{"word": 1}, {"": 1}, {"1.5": 1}])
async def test_a_bias_of_no_token_is_refused(stand: Make, bias: dict[str, float]) -> None:
    noting = Noting()
    counter = await stand(operator_token="open sesame", opener=noting)
    reply = await counter.http.post(PATH, json=bare("hi", logit_bias=bias), headers=OPERATOR)
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "logit_bias.invalid")
    assert noting.asked == []
