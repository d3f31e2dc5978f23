"""`prilavok node set | settings | update | commands | support | logs`: what is asked of a node that is in."""

import io
import tarfile
import time
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from cloud.cli import client, show
from cloud.cli.client import Hub
from cloud.cli.node import Name
from cloud.cli.node import app as node
from sync.errors import Conflict, Corrupt, Refused, Unavailable

Since = Annotated[
    float, typer.Option("--since", help="Logs of so many hours before now.", min=0.01, max=2160)
]
Wait = Annotated[float, typer.Option("--wait", help="Wait so many seconds for the node.", min=0, max=86_400)]
ASK_S = 1.0
LOG_LIMIT_BYTES = 64 * 1024 * 1024
LOGS = (".log", ".jsonl")


def change(said: list[str]) -> dict[str, Any]:
    """`queue_limit=8 log_level=debug origins=` as values: JSON where it is some, else text; nothing: null."""
    values: dict[str, Any] = {}
    for each in said:
        name, equals, text = each.partition("=")
        if not equals or not name:
            raise Refused(
                f"{each!r} is no setting.",
                code="setting.shape",
                hint="Write NAME=VALUE; NAME= gives it back.",
            )
        values[name] = _value(text)
    return values


def _value(text: str) -> object:
    if not text:
        return None
    try:
        found: object = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return text
    return found if isinstance(found, bool | int | float | str | None) else text


@node.command("set")
def set_settings(
    name: Name,
    values: Annotated[list[str], typer.Argument(help="NAME=VALUE …; NAME= leaves it to the node again.")],
    tenant: show.Tenant = None,
    dry_run: show.DryRun = False,
    as_json: show.Json = False,
) -> None:
    """Set settings of a node from here; those that are not named stay."""
    hub = client.opened(tenant)
    path = hub.path(f"/nodes/{name}/settings")
    read = hub.get(path)
    wanted = {**read.body["values"], **change(values)}
    wanted = {key: value for key, value in wanted.items() if value is not None}
    if dry_run:
        show.would(f"set version {read.body['version'] + 1}", wanted, as_json)
        return
    line = hub.edit("PUT", path, {"values": wanted}, read.tag).body
    if as_json:
        show.data(line)
        return
    typer.echo(f"{name} gets version {line['version']} of its settings: prilavok node settings {name}")


@node.command()
def settings(name: Name, tenant: show.Tenant = None, as_json: show.Json = False) -> None:
    """The settings that a node is to have, and the version that it says it runs."""
    hub = client.opened(tenant)
    line = hub.get(hub.path(f"/nodes/{name}/settings")).body
    if as_json:
        show.data(line)
        return
    kept = "kept by the node; some wait for its next start"
    standing = {"kept": kept, "under way": "under way to the node"}.get(line["standing"], line["standing"])
    typer.echo(f"version {line['version']}: {standing} (the node says it runs {line['reported'] or 0})")
    if line["values"]:
        show.fields(line["values"])


@node.command()
def update(
    name: Name,
    what: Annotated[str, typer.Argument(help="model or firmware.")],
    package: Annotated[str, typer.Argument(help="Its name.")],
    version: Annotated[str, typer.Argument(help="Its version.")],
    digest: Annotated[str, typer.Option(help="SHA-256 of its bytes: nothing else is taken.")],
    size: Annotated[int, typer.Option(help="In bytes.", min=0)],
    url: Annotated[list[str] | None, typer.Option(help="Where it is; may be given more than once.")] = None,
    tenant: show.Tenant = None,
    dry_run: show.DryRun = False,
    as_json: show.Json = False,
) -> None:
    """Have a node take a model or firmware."""
    hub = client.opened(tenant)
    wanted = {
        "what": what,
        "name": package,
        "version": version,
        "digest": digest,
        "size": size,
        "urls": url or [],
    }
    if dry_run:
        show.would(f"have {name} take it", wanted, as_json)
        return
    line = hub.post(hub.path(f"/nodes/{name}/update"), wanted).body
    show.data(line) if as_json else typer.echo(
        f"Asked: command {line['id']}. See: prilavok node commands {name}"
    )


@node.command()
def commands(
    name: Name,
    most: Annotated[int, typer.Option("--most", help="At most so many.", min=1, max=10_000)] = 20,
    tenant: show.Tenant = None,
    as_json: show.Json = False,
) -> None:
    """What was asked of a node, newest first, and what became of it."""
    hub = client.opened(tenant)
    pages = hub.pages(hub.path(f"/nodes/{name}/commands"), {"limit": min(most, 200)}, cursor="below")
    found = [line for line, _ in zip(pages, range(most), strict=False)]
    if as_json:
        show.data(found)
        return
    rows = [
        [
            *show.chosen(each, "id", "kind", "state", "code"),
            show.when(each["issued_at"]),
            each["tries"],
            each["cause"],
        ]
        for each in found
    ]
    show.table(
        ("id", "what", "state", "code", "asked", "sent", "by"), rows, f"Nothing was asked of {name} yet."
    )


@node.command()
def support(
    name: Name,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Default NODE-ID.tar.gz.")] = None,
    since: Since = 24,
    wait: Wait = 60,
    tenant: show.Tenant = None,
    as_json: show.Json = False,
) -> None:
    """Ask a node for a support bundle, redacted by the node, and fetch it when it has come."""
    hub = client.opened(tenant)
    id, data = _bundle(hub, name, since, wait)
    path = out or Path(f"{name}-{id}.tar.gz")
    try:
        path.write_bytes(data)
    except OSError as error:
        raise Unavailable(
            f"{path} cannot be written: {error.strerror}.", code="file.unwritable", hint="Say --out FILE."
        ) from None
    show.data({"id": id, "file": str(path), "bytes": len(data)}) if as_json else typer.echo(str(path))


@node.command()
def logs(name: Name, since: Since = 1, wait: Wait = 60, tenant: show.Tenant = None) -> None:
    """Print a node's log: asks for a support bundle and shows the logs in it."""
    hub = client.opened(tenant)
    _, data = _bundle(hub, name, since, wait)
    for line in log_lines(data):
        typer.echo(line)


def log_lines(data: bytes) -> list[str]:
    """The lines of every log in a bundle; nothing is written anywhere."""
    lines: list[str] = []
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as bundle:
            for member in bundle:
                if member.isfile() and member.name.endswith(LOGS) and member.size <= LOG_LIMIT_BYTES:
                    file = bundle.extractfile(member)
                    lines += (file.read() if file else b"").decode("utf-8", "replace").splitlines()
    except (tarfile.TarError, OSError, EOFError) as error:
        raise Corrupt(f"The bundle is damaged: {error}.", code="support.damaged", hint="Ask again.") from None
    return lines


def _bundle(hub: Hub, name: str, since_h: float, wait_s: float) -> tuple[str, bytes]:
    path = hub.path(f"/nodes/{name}/support")
    id = str(hub.post(path, {"since_s": int(since_h * 3600)}).body["id"])
    deadline = time.monotonic() + wait_s
    with show.waiting(f"{name} makes a bundle") as say:
        while True:
            try:
                return id, hub.download(f"{path}/{id}")
            except Conflict as error:
                if time.monotonic() >= deadline:
                    raise Unavailable(
                        f"{name} has not sent it yet: {error.message}",
                        code="support.waiting",
                        hint=f"It comes when the node is online: prilavok node fetch {name} {id}",
                    ) from None
                say(error.message)
            time.sleep(ASK_S)


@node.command()
def fetch(
    name: Name,
    id: Annotated[str, typer.Argument(help="The bundle's id.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Default NODE-ID.tar.gz.")] = None,
    tenant: show.Tenant = None,
) -> None:
    """Fetch a support bundle that was asked for before."""
    hub = client.opened(tenant)
    data = hub.download(hub.path(f"/nodes/{name}/support/{id}"))
    path = out or Path(f"{name}-{id}.tar.gz")
    path.write_bytes(data)
    typer.echo(str(path))
