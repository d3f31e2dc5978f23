"""`prilavok-edge doctor`: what is wrong with this node, and what to type next."""

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import typer
from rich.console import Console
from rich.markup import escape

from edge.catalog.store import FILE_NAME
from edge.cli import client
from edge.cli.ask import Json
from edge.database import Database, driver
from edge.health.service import find_checks
from edge.health.vital import Finding, Vitals, wrong
from edge.model import Models
from edge.page.bundle import Bundle
from edge.secure.service import Secure
from edge.settings import Settings
from models.registry import Role
from models.runtime.remote_probe import serves
from sync.errors import PrilavokError

Probe = Callable[[Settings], Finding]


def doctor(json: Json = False) -> None:
    """Look at this node part by part; ends with status 1 where something keeps it from answering."""
    findings = list(examine())
    if json:
        typer.echo(msgspec.json.encode(findings).decode())
    else:
        _print(findings)
    if any(finding.state == "failing" for finding in findings):
        raise typer.Exit(1)


def examine() -> Iterator[Finding]:
    """Findings in the order in which a node needs the parts."""
    try:
        settings = Settings.load()
    except PrilavokError as error:
        yield wrong("settings", "failing", error)
        return
    yield Finding(name="settings", state="ok", reason=f"data in {settings.data_dir}")
    for name, probe in PROBES.items():
        try:
            yield probe(settings)
        except PrilavokError as error:
            yield wrong(name, "degraded" if name in WITHOUT else "failing", error)


def _sqlite(settings: Settings) -> Finding:
    return Finding(name="sqlite", state="ok", reason=driver().name)


def _folder(settings: Settings) -> Finding:
    there = next(path for path in (settings.data_dir, *settings.data_dir.parents) if path.exists())
    if os.access(there, os.W_OK):
        return Finding(name="folder", state="ok", reason=str(settings.data_dir))
    return Finding(
        name="folder",
        state="failing",
        reason=f"This user may not write in {there}.",
        hint="Change its owner, or choose another with --data-dir.",
    )


def _catalog(settings: Settings) -> Finding:
    path = settings.data_dir / FILE_NAME
    if not path.exists():
        return Finding(
            name="catalogue",
            state="failing",
            reason="There is no catalogue yet.",
            hint="Type `prilavok-edge catalog import FILE`.",
        )
    database = Database(path)
    try:
        damage = database.damage()
    finally:
        database.close()
    if damage:
        return Finding(
            name="catalogue", state="failing", reason=damage, hint="Type `prilavok-edge catalog repair`."
        )
    return Finding(name="catalogue", state="ok", reason=f"{path.stat().st_size // 1_000_000} MB, whole")


def _model(role: Role) -> Probe:
    def probe(settings: Settings) -> Finding:
        models = Models.of(settings)
        model = models.wanted(role, settings.generator if role == "generator" else settings.embedding)
        if model is None:
            return Finding(name=role, state="ok", reason="none wanted")
        models.shelf.require(model)
        return Finding(name=role, state="ok", reason=model.name)

    return probe


def _server(settings: Settings) -> Finding:
    models = Models.of(settings)
    server = models.server()
    if server is None:
        reason = "offline: not asked" if settings.generator_url else "none set"
        return Finding(name="model server", state="ok", reason=reason)
    serves(server)
    if not (settings.generator_modes or models.modes()):
        return Finding(
            name="model server",
            state="degraded",
            reason=f"{server.model} may speak in no language.",
            hint="Say in generator_modes how it may speak: en=phrase.",
        )
    return Finding(name="model server", state="ok", reason=f"{server.model} at {server.url}")


def _engine(settings: Settings) -> Finding:
    if importlib.util.find_spec("llama_cpp"):
        return Finding(name="engine", state="ok", reason="llama.cpp")
    return Finding(
        name="engine",
        state="degraded",
        reason="llama.cpp is not installed: answers are composed by template.",
        hint="Type `make setup` in the checkout.",
    )


def _page(settings: Settings) -> Finding:
    if Bundle.load().files:
        return Finding(name="page", state="ok")
    return Finding(
        name="page",
        state="degraded",
        reason="The page is not built.",
        hint="Type `make setup` in the checkout.",
    )


def _machine(settings: Settings) -> Finding:
    """Disk, memory and clock, as `/health` looks at them; the worst of them."""
    there = next(path for path in (settings.data_dir, *settings.data_dir.parents) if path.exists())
    vitals = Vitals("ready", "", there, settings.disk_free_bytes)
    found = [check(vitals) for check in find_checks()]
    wanted = [finding for finding in found if finding.name in ("disk", "memory", "clock")]
    worst = max(wanted, key=lambda finding: finding.state != "ok")
    if worst.state == "ok":
        return Finding(name="machine", state="ok", reason=", ".join(f.reason for f in wanted if f.reason))
    return msgspec.structs.replace(worst, name="machine")


def _node(settings: Settings) -> Finding:
    url = client.address(settings)
    if url is None:
        return Finding(name="node", state="ok", reason="not running", hint="Type `prilavok-edge serve`.")
    report: dict[str, Any] = client.call(url, "/health")
    if report["ready"]:
        return Finding(name="node", state="ok", reason=f"{url} {report['status']} {report['reason']}".strip())
    return Finding(name="node", state="degraded", reason=f"{url}: {report['reason']}")


def _secure(settings: Settings) -> Finding:
    """The fingerprint is for visitors who want to compare it before they trust the authority."""
    if not settings.https:
        return Finding(name="secure", state="ok", reason="switched off")
    secure = Secure.of(settings.data_dir, settings.names)
    authority, leaf = secure.store.authority(), secure.store.leaf()
    if authority is None or leaf is None:
        return Finding(name="secure", state="ok", reason="made when the node first starts")
    until = leaf.certificate.not_valid_after_utc
    return Finding(
        name="secure", state="ok", reason=f"until {until:%Y-%m-%d}, authority {authority.fingerprint}"
    )


PROBES: dict[str, Probe] = {
    "sqlite": _sqlite,
    "folder": _folder,
    "machine": _machine,
    "catalogue": _catalog,
    "engine": _engine,
    "generator": _model("generator"),
    "model server": _server,
    "embedding": _model("embedding"),
    "page": _page,
    "secure": _secure,
    "node": _node,
}
WITHOUT = frozenset({"generator", "model server", "embedding", "engine", "page", "secure", "node"})


def _print(findings: list[Finding]) -> None:
    console = Console(highlight=False)
    words = {"ok": "[green]ok[/]", "degraded": "[yellow]not at its best[/]", "failing": "[red]wrong[/]"}
    for finding in findings:
        console.print(f"{finding.name:<12} {words[finding.state]}  {escape(finding.reason)}")
    next_steps = dict.fromkeys(finding.hint for finding in findings if finding.hint)
    if next_steps and sys.stdout.isatty():
        console.print()
    for step in next_steps:
        console.print(f"→ {escape(step)}")
