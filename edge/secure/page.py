"""The page that explains how a device comes to trust this counter, in the reader's language.

Made on the node; no scripts, nothing from elsewhere.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import jinja2

from edge.secure.authority import Pair

STYLE = files(__package__).joinpath("page.css").read_bytes()
NAMES = {"en": "English", "ru": "Русский", "es": "Español", "de": "Deutsch"}
PLATFORMS = {"android": "Android", "ios": "iPhone, iPad", "windows": "Windows", "chromeos": "ChromeOS"}
# In this order; an iPad may call itself a Macintosh, and a Mac takes the same profile.
TELLING = (("chromeos", r"\bCrOS\b"), ("android", r"\bAndroid\b"), ("ios", r"iPhone|iPad|iPod|Macintosh"))
FILE, PROFILE = "/secure/counter.crt", "/secure/counter.mobileconfig"
template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(
    files(__package__).joinpath("page.html").read_text("utf-8")
)


@dataclass(frozen=True)
class Guide:
    """How one kind of device takes the certificate."""

    title: str
    steps: tuple[str, ...]
    file: str


@lru_cache(maxsize=1)
def words() -> dict[str, dict[str, Any]]:
    """The page's words by language."""
    return tomllib.loads(files(__package__).joinpath("words.toml").read_text("utf-8"))


def language(wanted: str | None, accepted: str) -> str:
    """The language asked for, else the first of the browser's that the page has, else English."""
    asked = [wanted or "", *(part.split(";")[0].strip() for part in accepted.split(","))]
    return next((tag for one in asked if (tag := one.split("-")[0].lower()) in NAMES), "en")


def platform(agent: str) -> str:
    """The kind of device that a browser says it runs on; Windows for what is none of the others."""
    return next((name for name, pattern in TELLING if re.search(pattern, agent)), "windows")


def title_of(authority: Pair) -> str:
    """What systems call the authority."""
    return str(authority.certificate.subject.rdns[-1].rfc4514_string().partition("=")[2])


def render(tag: str, agent: str, authority: Pair | None, url: str | None, secure: bool) -> bytes:
    """The page as UTF-8. `url` is the secure page; `secure` whether this one came by it."""
    said = words()[tag]
    name = title_of(authority) if authority is not None and url else ""
    guides = {one: _guide(one, said, name) for one in PLATFORMS}
    first = platform(agent)
    return template.render(
        language=tag,
        languages=list(NAMES.items()),
        say=said,
        secure=secure,
        name=name,
        fingerprint=authority.fingerprint if authority else "",
        url=url or "",
        first=guides[first],
        others=[guide for one, guide in guides.items() if one != first],
    ).encode()


def _guide(one: str, said: dict[str, Any], name: str) -> Guide:
    file = PROFILE if one == "ios" else FILE
    steps = tuple(step.format(name=name, file=file.rpartition("/")[2]) for step in said[one])
    return Guide(PLATFORMS[one], steps, file)
