"""A record as a QR code that a phone's camera turns into a contact: vCard 3.0 (RFC 2426) in SVG."""

import io

import segno

from sync.provider import Provider

VCARD = "BEGIN:VCARD\r\nVERSION:3.0\r\n{lines}\r\nEND:VCARD\r\n"
VALUE_CHARS = 120


def vcard(provider: Provider) -> str:
    """Name, phone, address, e-mail and address on the web; only what the record has."""
    fields = {
        "N": provider.name,
        "FN": provider.name,
        "ORG": provider.name,
        "TEL": provider.phone,
        "ADR": _address(provider),
        "EMAIL": provider.email,
        "URL": provider.url,
    }
    return VCARD.format(
        lines="\r\n".join(
            f"{key}:{value if key == 'ADR' else _escape(value)}" for key, value in fields.items() if value
        )
    )


def svg(provider: Provider) -> bytes:
    """The code, dark on light whatever the page's theme, since cameras want it so."""
    code = segno.make(vcard(provider), error="m", encoding="utf-8", boost_error=False)
    out = io.BytesIO()
    code.save(out, kind="svg", border=3, scale=4, dark="#1d1b18", light="#ffffff", xmldecl=False, nl=False)
    return out.getvalue()


def _address(provider: Provider) -> str:
    street, city = _escape(provider.address or ""), _escape(provider.city or "")
    return f";;{street};{city};;;" if street or city else ""


def _escape(value: str) -> str:
    flat = " ".join(value.split())[:VALUE_CHARS]
    return flat.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")
