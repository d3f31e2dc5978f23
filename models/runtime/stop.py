"""Ending a streamed text at a stop string that may arrive in parts."""

from collections.abc import Sequence


class StopWatch:
    """Holds back text that may be the beginning of a stop string, and cuts at the first one."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = [stop for stop in stops if stop]
        self._held = ""
        self.found = False

    def feed(self, text: str) -> str:
        """What may be shown now; once `found`, the text before the stop string."""
        text = self._held + text
        cuts = [position for stop in self._stops if (position := text.find(stop)) >= 0]
        if cuts:
            self.found, self._held = True, ""
            return text[: min(cuts)]
        keep = max((self._overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def flush(self, text: str) -> str:
        """All that was held back, at the end."""
        shown = self.feed(text)
        shown, self._held = shown + self._held, ""
        return shown

    @staticmethod
    def _overlap(text: str, stop: str) -> int:
        return next(
            (size for size in range(min(len(stop) - 1, len(text)), 0, -1) if text.endswith(stop[:size])), 0
        )
