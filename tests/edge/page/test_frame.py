"""The frame for pages elsewhere: closed but to the origins named, and known again behind its own origin."""

from pathlib import Path

from litestar import Litestar, get
from litestar.testing import TestClient

from edge.origin import PAGE_HEADER, Asked, embedding
from edge.page.bundle import Bundle
from edge.page.frame import Frame

SHOP, OTHER = "https://shop.example", "https://other.example"


def made(folder: Path, *origins: str) -> Frame:
    (folder / "manifest.json").write_text(
        "{\"content_security_policy\": \"default-src 'none'; frame-ancestors 'self'\"}"
    )
    (folder / "frame.html").write_text('<meta name="prilavok-origins" content="{{origins}}" />')
    return Frame.of(Bundle.load(folder), origins)


def test_without_origins_no_page_may_have_it(tmp_path: Path) -> None:
    frame = made(tmp_path)
    assert frame.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert b'content=""' in frame.asset.data


def test_policy_and_document_name_the_same_origins(tmp_path: Path) -> None:
    frame = made(tmp_path, SHOP, OTHER)
    assert frame.headers["Content-Security-Policy"].endswith(f"frame-ancestors {SHOP} {OTHER}")
    assert f'content="{SHOP} {OTHER}"'.encode() in frame.asset.data


def test_an_answer_counts_for_the_page_around_and_no_page_counts_for_another() -> None:
    @get("/")
    async def who(request: Asked) -> str:
        return str(embedding(request))

    with TestClient(Litestar([who])) as client:
        own = f"http://{client.base_url.netloc.decode()}"
        said = [
            client.get("/", headers=headers).text
            for headers in (
                {"origin": own, PAGE_HEADER: SHOP},
                {"origin": OTHER, PAGE_HEADER: SHOP},
                {"origin": SHOP},
                {PAGE_HEADER: SHOP},
                {},
            )
        ]
    assert said == [SHOP, OTHER, SHOP, SHOP, "None"]
