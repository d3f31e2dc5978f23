"""`/api/tenants/{tenant}/markets/{market}/catalog`: import, look, publish, go back."""

from dataclasses import dataclass
from typing import Annotated, Any, BinaryIO, cast

import msgspec
from litestar import Response, delete, get, post, put
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler

from cloud.account.access import Call
from cloud.account.revision import expected, tag
from cloud.account.routes import Key, Limit, Match
from cloud.catalog import listing, service
from cloud.catalog.draft import service as draft
from cloud.catalog.draft.service import Rules, Source, UndoneError
from cloud.catalog.wire import (
    CatalogLine,
    DifferencePage,
    ImportReport,
    ProviderPage,
    Publish,
    Rollback,
    VersionLine,
    VersionPage,
)
from sync.content import canonical
from sync.interchange.form import Form
from sync.interchange.reader.mapping import load

TAGS = ["Catalogue"]
BASE = "/tenants/{tenant:str}/markets/{market:str}/catalog"
MAPPING_LIMIT_BYTES = 1024 * 1024
Id = Annotated[str, QueryParameter(max_length=200, min_length=1)]
After = Annotated[str, QueryParameter(max_length=200)]
Word = Annotated[str | None, QueryParameter(max_length=200)]
Version = Annotated[int | None, QueryParameter(ge=0, le=2**53)]


@dataclass
class Sent:
    """`file` is read in the form that its name or first bytes tell; `mapping` is the TOML file of a table."""

    file: UploadFile
    mapping: UploadFile | None = None


@get(BASE, tags=TAGS, summary="Where a catalogue stands", sync_to_thread=True)
def show(call: NamedDependency[Call], tenant: FromPath[str], market: FromPath[str]) -> Response[CatalogLine]:
    """Its ETag is for editing the draft."""
    with call.work(tenant, "analyst") as work:
        return _tagged(listing.line(work.connection, market))


@post(BASE + "/import", tags=TAGS, summary="Import into the draft", status_code=200, sync_to_thread=True)
def take(
    call: NamedDependency[Call],
    tenant: FromPath[str],
    market: FromPath[str],
    data: Annotated[Sent, Body(media_type=RequestEncodingType.MULTI_PART)],
    form: FromQuery[Form | None] = None,
    strict: FromQuery[bool] = False,
    replace: FromQuery[bool] = False,
    dry_run: FromQuery[bool] = False,
    language: Word = None,
    city: Word = None,
    category: Word = None,
    country: Word = None,
) -> ImportReport:
    """Bad lines are left out and reported. `strict` keeps nothing then; `replace` deletes what is absent."""
    mapping = load(data.mapping.file.read(MAPPING_LIMIT_BYTES)) if data.mapping is not None else None
    source = Source(
        cast(BinaryIO, data.file.file),
        name=data.file.filename,
        form=form,
        mapping=mapping,
        language=language,
        city=city,
        category=category,
        country=country,
    )
    try:
        with call.work(tenant, "operator") as work:
            return service.take(work, market, source, Rules(strict, replace, dry_run))
    except UndoneError as undone:
        return service.told(undone.report)


@delete(BASE + "/draft", tags=TAGS, summary="Discard the draft", status_code=200, sync_to_thread=True)
def discard(
    call: NamedDependency[Call], tenant: FromPath[str], market: FromPath[str], if_match: Match = None
) -> Response[CatalogLine]:
    """What is published stays as it is."""
    with call.work(tenant, "operator") as work:
        return _tagged(service.discard(work, market, expected(if_match)))


@get(BASE + "/diff", tags=TAGS, summary="What the draft, or a version, changes", sync_to_thread=True)
def diff(
    call: NamedDependency[Call],
    tenant: FromPath[str],
    market: FromPath[str],
    old: Version = None,
    new: Version = None,
    limit: Limit = 50,
    after: After = "",
) -> DifferencePage:
    """Of the draft where no version is named; else from `old` to `new`."""
    with call.work(tenant, "analyst") as work:
        return listing.changes(work.connection, market, old, new, after, limit)


@get(BASE + "/providers", tags=TAGS, summary="Providers", sync_to_thread=True)
def providers(
    call: NamedDependency[Call],
    tenant: FromPath[str],
    market: FromPath[str],
    version: Version = None,
    limit: Limit = 50,
    after: After = "",
) -> ProviderPage:
    """Of a version, or as the draft has them."""
    with call.work(tenant, "analyst") as work:
        return listing.providers(work.connection, market, version, after, limit)


@get(BASE + "/provider", tags=TAGS, summary="One provider", sync_to_thread=True)
def provider(
    call: NamedDependency[Call], tenant: FromPath[str], market: FromPath[str], id: Id
) -> dict[str, Any]:
    """As the draft has it. The id is in the query, for it may have any characters."""
    with call.work(tenant, "analyst") as work:
        found: dict[str, Any] = msgspec.json.decode(draft.get(work.connection, market, id))
        return found


@put(BASE + "/provider", tags=TAGS, summary="Add or replace one provider", sync_to_thread=True)
def put_provider(
    call: NamedDependency[Call],
    tenant: FromPath[str],
    market: FromPath[str],
    id: Id,
    data: JSONBody[dict[str, Any]],
    if_match: Match = None,
) -> Response[CatalogLine]:
    """In the draft; unknown fields are kept."""
    with call.work(tenant, "operator") as work:
        return _tagged(service.put(work, market, id, canonical(data), expected(if_match)))


@delete(BASE + "/provider", tags=TAGS, summary="Take one provider out", status_code=200, sync_to_thread=True)
def delete_provider(
    call: NamedDependency[Call], tenant: FromPath[str], market: FromPath[str], id: Id, if_match: Match = None
) -> Response[CatalogLine]:
    """In the draft."""
    with call.work(tenant, "operator") as work:
        return _tagged(service.delete(work, market, id, expected(if_match)))


@get(BASE + "/market", tags=TAGS, summary="The market's document", sync_to_thread=True)
def market_document(
    call: NamedDependency[Call], tenant: FromPath[str], market: FromPath[str]
) -> dict[str, Any]:
    """As the draft has it."""
    with call.work(tenant, "analyst") as work:
        return listing.document(work.connection, market)


@put(BASE + "/market", tags=TAGS, summary="Replace the market's document", sync_to_thread=True)
def put_market_document(
    call: NamedDependency[Call],
    tenant: FromPath[str],
    market: FromPath[str],
    data: JSONBody[dict[str, Any]],
    if_match: Match = None,
) -> Response[CatalogLine]:
    """In the draft; unknown fields are kept."""
    with call.work(tenant, "operator") as work:
        return _tagged(service.set_market(work, market, canonical(data), expected(if_match)))


@post(BASE + "/publish", tags=TAGS, summary="Publish the draft", sync_to_thread=True)
def publish(
    call: NamedDependency[Call],
    tenant: FromPath[str],
    market: FromPath[str],
    data: JSONBody[Publish],
    idempotency_key: Key = None,
) -> VersionLine:
    """The next version. 409 where the draft changes nothing, 422 where too many providers would go."""
    request = ("catalog.publish", market, data)
    return call.once(
        tenant,
        "operator",
        idempotency_key,
        request,
        lambda work: service.publish(work, market, data),
        service.again,
    )


@post(BASE + "/rollback", tags=TAGS, summary="Go back to a version", sync_to_thread=True)
def roll_back(
    call: NamedDependency[Call],
    tenant: FromPath[str],
    market: FromPath[str],
    data: JSONBody[Rollback],
    idempotency_key: Key = None,
) -> VersionLine:
    """Its content as the next version; the draft stays."""
    request = ("catalog.rollback", market, data)
    return call.once(
        tenant,
        "operator",
        idempotency_key,
        request,
        lambda work: service.roll_back(work, market, data),
        service.again,
    )


@get(BASE + "/versions", tags=TAGS, summary="History", sync_to_thread=True)
def history(
    call: NamedDependency[Call],
    tenant: FromPath[str],
    market: FromPath[str],
    limit: Limit = 50,
    below: Version = None,
) -> VersionPage:
    """The newest first."""
    with call.work(tenant, "analyst") as work:
        return listing.history(work.connection, market, below, limit)


def _tagged(line: CatalogLine) -> Response[CatalogLine]:
    return Response(line, headers={"ETag": tag(line.revision)})


handlers: list[ControllerRouterHandler] = [
    *(show, take, discard, diff, providers, provider, put_provider, delete_provider),
    *(market_document, put_market_document, publish, roll_back, history),
]
