"""`/secure`: the page about the secure line, and the authority to install."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from edge.secure import page
from edge.secure.authority import Pair
from edge.secure.profile import MEDIA_TYPE, mobileconfig
from edge.secure.service import Secure
from edge.secure.url import secure_url
from sync.errors import Unavailable

CERTIFICATE = "application/x-x509-ca-cert"
FRESH = {"Cache-Control": "no-cache"}
Asked = Request[Any, Any, Any]


@get("/secure", include_in_schema=False, sync_to_thread=False)
def explain(
    request: Asked, secure: NamedDependency[Secure], lang: FromQuery[str | None] = None
) -> Response[bytes]:
    """How a device comes to trust this counter."""
    tag = page.language(lang, request.headers.get("accept-language", ""))
    body = page.render(
        tag,
        request.headers.get("user-agent", ""),
        secure.authority,
        secure_url(request, secure.port),
        request.url.scheme == "https",
    )
    headers = {**FRESH, "Content-Language": tag, "Vary": "Accept-Language, User-Agent"}
    return Response(body, media_type="text/html; charset=utf-8", headers=headers)


@get("/secure.css", include_in_schema=False, sync_to_thread=False)
def style() -> Response[bytes]:
    """The page's look."""
    return Response(page.STYLE, media_type="text/css; charset=utf-8", headers=FRESH)


@get(page.FILE, summary="The counter's authority", tags=["Secure line"], sync_to_thread=False)
def certificate(secure: NamedDependency[Secure]) -> Response[bytes]:
    """The certificate to install, in DER."""
    return _file(_authority(secure).der, CERTIFICATE, page.FILE)


@get(page.PROFILE, summary="The same for Apple's devices", tags=["Secure line"], sync_to_thread=False)
def profile(request: Asked, secure: NamedDependency[Secure]) -> Response[bytes]:
    """A configuration profile with the certificate."""
    authority = _authority(secure)
    tag = page.language(None, request.headers.get("accept-language", ""))
    data = mobileconfig(authority, page.title_of(authority), page.words()[tag]["limits"])
    return _file(data, MEDIA_TYPE, page.PROFILE)


def _authority(secure: Secure) -> Pair:
    if secure.authority is None:
        raise Unavailable(
            "This counter has no authority.",
            code="secure.none",
            hint="The setting `https` switches it on; the log says what went wrong.",
        )
    return secure.authority


def _file(data: bytes, media_type: str, path: str) -> Response[bytes]:
    headers = {**FRESH, "Content-Disposition": f'attachment; filename="{path.rpartition("/")[2]}"'}
    return Response(data, media_type=media_type, headers=headers)


handlers = [explain, style, certificate, profile]
