"""The Chromium policy of a shared screen: one page, no way out of it, nothing left behind.

Names and meanings are those of Chromium's enterprise policies; all of them are managed, so that nobody at
the screen can change them.
"""

import base64
from urllib.parse import urlsplit

Value = bool | int | str | list[str]
BLOCKED, FORBIDDEN = 2, 2
NEVER_PREDICT, NO_DOWNLOADS, OPEN_URLS = 2, 3, 4


def policy(url: str, secure_url: str | None, authority: bytes | None) -> dict[str, Value]:
    """The policy for a screen that shows `url`; `authority` (DER) is the node's own, for `secure_url`."""
    pages = [url, *([secure_url] if secure_url else [])]
    origins = sorted({_origin(page) for page in pages})
    found = {**_one_page(url, origins), **_no_way_out(), **_nothing_left(), **_quiet(), **_senses(origins)}
    return {**found, "CACertificates": [base64.b64encode(authority).decode()]} if authority else found


def _origin(url: str) -> str:
    place = urlsplit(url)
    return f"{place.scheme}://{place.netloc}"


def _one_page(url: str, origins: list[str]) -> dict[str, Value]:
    return {
        "URLBlocklist": ["*", "chrome://*", "devtools://*", "file://*", "javascript://*", "view-source:*"],
        "URLAllowlist": origins,
        "HomepageLocation": url,
        "NewTabPageLocation": url,
        "RestoreOnStartup": OPEN_URLS,
        "RestoreOnStartupURLs": [url],
        "DefaultPopupsSetting": BLOCKED,
        "DefaultSearchProviderEnabled": False,
    }


def _no_way_out() -> dict[str, Value]:
    return {
        "DeveloperToolsAvailability": FORBIDDEN,
        "IncognitoModeAvailability": 1,
        "BrowserGuestModeEnabled": False,
        "BrowserAddPersonEnabled": False,
        "BrowserSignin": 0,
        "SyncDisabled": True,
        "TaskManagerEndProcessEnabled": False,
        "AllowFileSelectionDialogs": False,
        "DownloadRestrictions": NO_DOWNLOADS,
        "ExtensionInstallBlocklist": ["*"],
        "BlockExternalExtensions": True,
        "EditBookmarksEnabled": False,
        "BookmarkBarEnabled": False,
    }


def _nothing_left() -> dict[str, Value]:
    return {
        "ForceEphemeralProfiles": False,  # the page's own store must live through a power cut
        "SavingBrowserHistoryDisabled": True,
        "PasswordManagerEnabled": False,
        "AutofillAddressEnabled": False,
        "AutofillCreditCardEnabled": False,
        "SpellcheckEnabled": False,
        "SearchSuggestEnabled": False,
    }


def _quiet() -> dict[str, Value]:
    return {
        "MetricsReportingEnabled": False,
        "ComponentUpdatesEnabled": False,
        "BackgroundModeEnabled": False,
        "NetworkPredictionOptions": NEVER_PREDICT,
        "SafeBrowsingProtectionLevel": 0,
        "DnsOverHttpsMode": "off",
        "TranslateEnabled": False,
        "PromotionsEnabled": False,
        "DefaultNotificationsSetting": BLOCKED,
        "AllowDinosaurEasterEgg": False,
    }


def _senses(origins: list[str]) -> dict[str, Value]:
    """The microphone for questions by voice, the printer for cards, and nothing else."""
    return {
        "AudioCaptureAllowed": False,
        "AudioCaptureAllowedUrls": origins,
        "VideoCaptureAllowed": False,
        "ScreenCaptureAllowed": False,
        "PrintingEnabled": True,
        "DefaultGeolocationSetting": BLOCKED,
        "DefaultWebBluetoothGuardSetting": BLOCKED,
        "DefaultWebUsbGuardSetting": BLOCKED,
        "DefaultSerialGuardSetting": BLOCKED,
    }
