"""Whether opening hours follow the OSM grammar. Reading them at a moment is the node's and the site's."""

from opening_hours import OpeningHours

from sync.interchange import night

HOURS_LIMIT = 1_000


def readable(hours: str) -> bool:
    """Whether these hours follow the grammar, whatever the country and place. At most 1,000 characters do."""
    if len(hours) > HOURS_LIMIT:
        return False
    try:
        OpeningHours(night.kept(hours), auto_country=False, auto_timezone=False)
    except Exception:  # the library raises plain exceptions of its own
        return False
    return True
