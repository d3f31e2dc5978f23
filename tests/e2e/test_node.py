"""A node as its visitors, operators and other programs meet it."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx
import openai
import pytest

from bench.node import ROOT, Node, command, running, stop
from tests.e2e.conftest import cli, import_demo

ASK = "Where can I get a haircut?"
WAIT_S = 60


def ask(node: Node, text: str, **more: object) -> httpx.Response:
    body = {"model": "prilavok", "messages": [{"role": "user", "content": text}], **more}
    return httpx.post(f"{node.url}/v1/chat/completions", json=body, timeout=WAIT_S)


def test_openai_client_gets_a_whole_answer(node: Node) -> None:
    client = openai.OpenAI(base_url=f"{node.url}/v1", api_key="none", max_retries=0)
    reply = client.chat.completions.create(model="prilavok", messages=[{"role": "user", "content": ASK}])
    assert reply.choices[0].message.content
    assert reply.choices[0].finish_reason == "stop"
    cards = reply.model_extra["grounding"]["cards"] if reply.model_extra else []
    assert cards[0]["category_id"] == "shop/hairdresser"


def test_openai_client_gets_a_streamed_answer(node: Node) -> None:
    client = openai.OpenAI(base_url=f"{node.url}/v1", api_key="none", max_retries=0)
    stream = client.chat.completions.create(
        model="prilavok",
        messages=[{"role": "user", "content": ASK}],
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert chunks[-1].usage is not None
    assert chunks[0].model_extra
    assert chunks[0].model_extra["grounding"]["cards"][0]["name"] in said


def test_openai_client_lists_models_and_understands_our_errors(node: Node) -> None:
    client = openai.OpenAI(base_url=f"{node.url}/v1", api_key="none", max_retries=0)
    assert "prilavok" in [model.id for model in client.models.list()]
    with pytest.raises(openai.NotFoundError) as raised:
        client.chat.completions.create(model="gpt-9", messages=[{"role": "user", "content": "hi"}])
    assert raised.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="prilavok", messages=[])


def test_health_is_503_with_a_reason_until_the_node_is_ready(demo_files: Path, tmp_path: Path) -> None:
    data_dir = import_demo(tmp_path / "data", demo_files)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = command("--data-dir", str(data_dir), "serve", "--port", str(port), "--generator", "none")
    process = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        seen: list[httpx.Response] = []
        while process.poll() is None and (not seen or seen[-1].status_code != 200):
            try:
                seen.append(httpx.get(f"http://127.0.0.1:{port}/health"))
            except httpx.ConnectError:
                time.sleep(0.01)
        assert seen[0].status_code == 503
        assert seen[0].json()["status"] == "starting"
        assert "Opening" in seen[0].json()["reason"]
        assert seen[-1].json()["ready"]
    finally:
        assert stop(process) == 0


def test_page_and_replies_carry_a_content_policy(node: Node) -> None:
    for path in ("/", "/widget.js", "/schema", "/health", "/nothing"):
        reply = httpx.get(node.url + path)
        assert "default-src 'none'" in reply.headers["content-security-policy"]
        assert reply.headers["x-content-type-options"] == "nosniff"


def test_page_takes_no_strings_for_scripts(node: Node) -> None:
    """The page has one policy of its own, which lets nothing but its own scripts be started as workers."""
    for path, types in (("/", "prilavok"), ("/schema", "'none'")):
        policy = httpx.get(node.url + path).headers["content-security-policy"]
        assert policy.endswith(f"require-trusted-types-for 'script'; trusted-types {types}")


def test_head_answers_like_get_without_the_body(node: Node) -> None:
    page = httpx.get(f"{node.url}/").text
    asset = re.findall(r'"(/assets/[^"]+[.]js)"', page)[0]
    for path in ("/", "/widget.js", asset):
        got, told = httpx.get(node.url + path), httpx.head(node.url + path)
        assert (told.status_code, told.content) == (200, b"")
        same = ("content-type", "content-length", "content-encoding", "etag", "cache-control")
        assert [told.headers.get(name) for name in same] == [got.headers.get(name) for name in same]


def test_reference_page_loads_nothing_from_elsewhere(node: Node) -> None:
    page = httpx.get(f"{node.url}/schema").text
    assert "/v1/chat/completions" in page
    assert "<script" not in page
    assert "https://" not in page
    assert httpx.get(f"{node.url}/schema.css").status_code == 200
    assert httpx.get(f"{node.url}/schema/openapi.json").json()["paths"]["/api/search"]


def test_metrics_count_answers_and_hold_no_words(node: Node) -> None:
    assert ask(node, "hairdresser in Olkhovo, call me at 37167043210").status_code == 200
    text = httpx.get(f"{node.url}/metrics").text
    assert "prilavok_answers_total{" in text
    assert 'prilavok_answer_seconds_count{to="cards"}' in text
    assert "67043210" not in text
    assert "Olkhovo" not in text


def test_logs_hold_no_words_of_a_question(node: Node) -> None:
    assert ask(node, "xyzzy plugh hairdresser").status_code == 200
    assert "xyzzy" not in node.log.read_text()


def test_search_market_and_code_to_take_along(node: Node) -> None:
    found = node.get("/api/search?q=hairdresser&lang=de&limit=3")
    assert found["cards"][0]["category_id"] == "shop/hairdresser"
    market = node.get("/api/market?lang=ru")
    assert market["providers"] > 400
    assert len(market["examples"]) == 4
    assert market["categories"][0]["count"] >= market["categories"][-1]["count"]
    code = httpx.get(f"{node.url}/api/card/{found['cards'][0]['id']}/qr.svg")
    assert code.headers["content-type"].startswith("image/svg+xml")
    assert code.text.startswith("<svg")


def test_page_of_another_origin_may_not_post(node: Node) -> None:
    body = {"messages": [{"role": "user", "content": "hi"}]}
    foreign = {"Origin": "https://evil.example"}
    reply = httpx.post(f"{node.url}/v1/chat/completions", json=body, headers=foreign)
    assert (reply.status_code, reply.json()["error"]["code"]) == (403, "origin.forbidden")
    own = httpx.post(f"{node.url}/v1/chat/completions", json=body, headers={"Origin": node.url})
    assert own.status_code == 200


def test_command_line_asks_the_running_node(node: Node, demo_dir: Path) -> None:
    asked = cli("--data-dir", str(demo_dir), "ask", ASK, "--json")
    assert json.loads(asked.stdout)["grounding"]["cards"]
    found = cli("--data-dir", str(demo_dir), "search", "hairdresser", "--json")
    assert json.loads(found.stdout)["total"] > 0
    looked = json.loads(cli("--data-dir", str(demo_dir), "doctor", "--json").stdout)
    assert node.url in next(finding["reason"] for finding in looked if finding["name"] == "node")


def test_second_node_on_the_same_data_is_refused(node: Node, demo_dir: Path) -> None:
    refused = cli("--data-dir", str(demo_dir), "serve", "--port", "0", status=4)
    assert str(node.process.pid) in refused.stderr
    assert "Stop that node" in refused.stderr


def test_taken_port_is_refused(node: Node, tmp_path: Path) -> None:
    port = node.url.rpartition(":")[2]
    refused = cli("--data-dir", str(tmp_path), "serve", "--port", port, status=4)
    assert "is taken" in refused.stderr


def test_bad_setting_is_refused_by_name_value_and_rule(tmp_path: Path) -> None:
    environment = {**os.environ, "PRILAVOK_QUEUE_LIMIT": "many"}
    refused = cli("--data-dir", str(tmp_path), "serve", status=5, env=environment)
    assert "queue_limit = 'many'" in refused.stderr
    assert "integer" in refused.stderr


def test_stop_lets_the_supervisor_know(demo_dir: Path, demo_files: Path, tmp_path: Path) -> None:
    data_dir = import_demo(tmp_path / "data", demo_files)
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(address))
        supervisor.settimeout(WAIT_S)
        with running(data_dir, "--generator", "none", env={"NOTIFY_SOCKET": str(address)}) as node:
            assert supervisor.recv(1000) == b"READY=1"
            node.process.send_signal(signal.SIGTERM)
            assert supervisor.recv(1000) == b"STOPPING=1"
            assert node.process.wait(WAIT_S) == 0
    assert not (data_dir / "node.json").exists()
