"""TLS to the hub and its broker: whose certificates are believed, and at what time.

The provisioning file may bring the hub's own certificate (PEM, one or several); else the system's authorities
count. A box without a clock battery finds every certificate "not yet valid": that case is told apart, and
once the hub has told the time, certificates are held against that instead of the wall clock.
"""

import ssl
from collections.abc import Callable
from typing import Any

from sync.errors import PrilavokError, Refused, Unavailable

NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME (X509_VERIFY_PARAM_set_flags(3)); Python has no name for it."""
NOT_YET_VALID, EXPIRED = 9, 10
CLOCK = "tls.clock"


class DatedSocket(ssl.SSLSocket):
    """Holds the other side's certificate against a told time, before anything is sent."""

    told_ms: Callable[[], int]

    def do_handshake(self, block: bool = False) -> None:
        """As ever, then the dates."""
        super().do_handshake(block)
        said: Any = self.getpeercert()
        now_s = self.told_ms() / 1000
        if (
            not ssl.cert_time_to_seconds(said["notBefore"])
            <= now_s
            < ssl.cert_time_to_seconds(said["notAfter"])
        ):
            self.close()
            raise _misdated()


def _misdated() -> ssl.SSLCertVerificationError:
    """As OpenSSL's own check of dates says it; an error that is made here lacks those names."""
    error = ssl.SSLCertVerificationError("certificate is not valid at the time that the hub told")
    error.verify_code, error.verify_message = EXPIRED, str(error)
    return error


def context(certificate: str | None, told_ms: Callable[[], int] | None = None) -> ssl.SSLContext:
    """For both lines. With `told_ms`, a trusted time, dates are judged by that and not by the wall clock."""
    made = ssl.create_default_context()
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if certificate is not None:
            made.load_verify_locations(cadata=certificate)
    except (ssl.SSLError, ValueError) as error:
        raise Refused(
            f"The hub's certificate in the provisioning file is none: {error}.",
            code="tls.certificate",
            hint="Make a new file: `prilavok node add`.",
        ) from None
    if told_ms is not None:
        made.verify_flags |= ssl.VerifyFlags(NO_CHECK_TIME)
        made.sslsocket_class = type("Dated", (DatedSocket,), {"told_ms": staticmethod(told_ms)})
    return made


def undated(certificate: str | None) -> ssl.SSLContext:
    """Checks who it is but not when: only for asking the time, whose answer is signed itself."""
    made = context(certificate)
    made.verify_flags |= ssl.VerifyFlags(NO_CHECK_TIME)
    return made


def failure(error: BaseException, where: str) -> PrilavokError:
    """What a failed connection means; the causes of an error are looked through for TLS's own."""
    found = _ssl_error(error)
    if isinstance(found, ssl.SSLCertVerificationError):
        if found.verify_code in (NOT_YET_VALID, EXPIRED):
            return Unavailable(
                f"The certificate of {where} is not valid by this box's clock.",
                code=CLOCK,
                hint="The hub is asked for the time. If that does not mend it, its certificate has expired.",
            )
        return Unavailable(
            f"{where} shows a certificate that is not believed: {found.verify_message or found.args[-1]}.",
            code="tls.untrusted",
            hint="A captive portal may answer in its place, or its certificate was replaced.",
        )
    if found is not None:
        return Unavailable(
            f"{where} does not speak TLS as it should: {found.reason or found}.",
            code="tls.failed",
            hint="Check the address in the provisioning file; something may be in between.",
        )
    return Unavailable(
        f"{where} cannot be reached: {_said(error)}.",
        code="hub.unreachable",
        hint="Is the line up? Nothing is lost; it is tried again.",
    )


def _ssl_error(error: BaseException | None) -> ssl.SSLError | None:
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error


def _said(error: BaseException) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")
