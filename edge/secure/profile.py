"""The authority as Apple's devices take it: a configuration profile with one certificate."""

import plistlib
import uuid

from edge.secure.authority import Pair

NAMESPACE = uuid.UUID("7f4a2f0e-5a0b-5c39-9d53-0a3f6a7f9b11")
MEDIA_TYPE = "application/x-apple-aspen-config"


def mobileconfig(authority: Pair, title: str, text: str) -> bytes:
    """The profile; the same for the same authority, so that installing it again replaces it."""
    content = {
        "PayloadType": "com.apple.security.root",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"prilavok.authority.{authority.fingerprint[:11].replace(':', '')}.root",
        "PayloadUUID": str(uuid.uuid5(NAMESPACE, f"root {authority.fingerprint}")),
        "PayloadDisplayName": title,
        "PayloadContent": authority.der,
    }
    return plistlib.dumps(
        {
            "PayloadType": "Configuration",
            "PayloadVersion": 1,
            "PayloadIdentifier": f"prilavok.authority.{authority.fingerprint[:11].replace(':', '')}",
            "PayloadUUID": str(uuid.uuid5(NAMESPACE, authority.fingerprint)),
            "PayloadDisplayName": title,
            "PayloadDescription": text,
            "PayloadRemovalDisallowed": False,
            "PayloadContent": [content],
        }
    )
