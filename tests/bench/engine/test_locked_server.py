"""The plainest peer: one model, one lock, a stream of as many tokens as were asked for."""

import asyncio
from pathlib import Path

import httpx
import pytest

from bench.engine.contestant import chosen
from bench.engine.server import peer
from bench.engine.work import first_text_s, hello
from edge.model import Models
from edge.settings import Settings
from models.choice import best


def model_file() -> Path:
    models = Models.of(Settings.load())
    model = models.wanted("generator", "auto")
    assert model is not None
    if not models.shelf.complete(model):
        pytest.skip(f"{model.name} is not here; `prilavok-edge models pull {model.name}` fetches it")
    return best(model, models.shelf.place(model))


async def answered(url: str, bodies: list[dict[str, object]]) -> list[httpx.Response]:
    async with httpx.AsyncClient(timeout=300, trust_env=False) as client:
        return list(
            await asyncio.gather(*(client.post(f"{url}/v1/chat/completions", json=body) for body in bodies))
        )


@pytest.mark.model
def test_it_streams_and_answers_two_at_once_each_its_own(tmp_path: Path) -> None:
    (locked,), left_out = chosen(("locked",))
    assert left_out == []
    with peer(locked, model_file(), tmp_path / "log") as server:
        hello(server.url, server.model)
        asked = [{"role": "user", "content": "Count to twenty."}]
        body = {"messages": asked, "max_tokens": 6, "temperature": 0, "ignore_eos": True}
        first, total, text = first_text_s(server.url, body)
        assert 0 < first <= total
        both = asyncio.run(answered(server.url, [body, {**body, "max_tokens": 2}]))
        said = [reply.json()["choices"][0]["message"]["content"] for reply in both]
        assert said[0] == text
        assert text.startswith(said[1])
        assert httpx.get(f"{server.url}/nothing", trust_env=False).status_code == 404
