"""`/frame`: the counter for a frame in somebody else's page, closed but to origins that the settings name.

The browser keeps other pages from embedding it by the document's own policy, which stays with the document
where a service worker keeps it; the document names the same origins and asks once more.
"""

from dataclasses import dataclass

from edge.page.bundle import Asset, Bundle, content, held

NAME = "frame.html"
ORIGINS = b"{{origins}}"
NOBODY = "'none'"


@dataclass(frozen=True)
class Frame:
    """The document and the headers that go with it."""

    asset: Asset
    headers: dict[str, str]

    @classmethod
    def of(cls, bundle: Bundle, origins: tuple[str, ...]) -> "Frame":
        """Missing where the page was not built."""
        built = bundle.get(NAME)
        html = content(built.data).replace(ORIGINS, " ".join(origins).encode())
        return cls(held(html, built.media_type), _headers(bundle.policy or "default-src 'none'", origins))


def _headers(policy: str, origins: tuple[str, ...]) -> dict[str, str]:
    """Isolated from the page around: by COEP for pages that ask it of their frames, and by a policy of the
    document's own, which gives it threads whatever that page is.
    """
    rules = [rule for rule in policy.split("; ") if not rule.startswith("frame-ancestors")]
    ancestors = f"frame-ancestors {' '.join(origins) or NOBODY}"
    return {
        "Content-Security-Policy": "; ".join([*rules, ancestors]),
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Document-Isolation-Policy": "isolate-and-require-corp",
    }
