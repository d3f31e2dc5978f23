"""Who may try how often: by the address that asks, and for a login by the account that is asked for, too.

    login        each wrong one, by address and by account; the account's own growing wait is in cloud/account
    token        each wrong one, by address; a right one is never refused for wrong ones beside it
    enrolment    each refused one, by address; by node would let anybody keep a node out
    open         every request for the front page and the time, by address

`/health` is not counted: what watches a hub is never shut out. Where the counter is away, this process counts
for itself until it is back.
"""

import ipaddress
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog

from cloud.limit.tries import MemoryTries, Rule, Tries
from sync.errors import Conflict, Corrupt, Missing, PrilavokError, Refused, Unavailable

log = structlog.get_logger()
REST_S = 5.0
SPAN_S = 60.0
SITE_BITS = 64
"""A household or shop has at least this much of an IPv6 address for itself."""
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass
class Counter:
    """Counts where it is told to, and in this process while nobody answers there. Thread-safe.

    `away`: how many tries were counted here instead.
    """

    tries: Tries
    beside: Tries = field(default_factory=MemoryTries)
    clock: Callable[[], float] = time.monotonic
    away: int = 0
    _until: float = 0.0

    @property
    def here(self) -> bool:
        """Whether this process counts for itself now though told otherwise."""
        return self.clock() < self._until

    def take(self, key: str, rule: Rule) -> float:
        """See Tries; never Unavailable."""
        if not self.here:
            try:
                return self.tries.take(key, rule)
            except Unavailable as error:
                self._rest(error)
        self.away += 1
        return self.beside.take(key, rule)

    def give_back(self, key: str, rule: Rule) -> None:
        """See Tries; never Unavailable."""
        if not self.here:
            try:
                return self.tries.give_back(key, rule)
            except Unavailable as error:
                self._rest(error)
        return self.beside.give_back(key, rule)

    def _rest(self, error: PrilavokError) -> None:
        self._until = self.clock() + REST_S
        log.warning("tries are counted here", code=error.code, reason=error.message, hint=error.hint)


@dataclass(frozen=True)
class Gate:
    """`wrong` is the rule for what must not be guessed, `open` for what anybody may ask."""

    counter: Counter
    wrong: Rule
    open: Rule

    @classmethod
    def of(cls, tries: Tries, wrong: int, open: int) -> "Gate":
        """With so many tries a minute."""
        return cls(Counter(tries), Rule(wrong, SPAN_S), Rule(open, SPAN_S))

    @contextmanager
    def guessing(self, what: str, *names: str) -> Iterator[None]:
        """Counts a try for each name before the block runs; what was right, or went wrong here, was none.

        Unavailable `limit.tries`, with how long to wait, before anything is looked at.
        """
        taken = list[str]()
        try:
            for name in names:
                self._take(f"{what}/{name}", self.wrong)
                taken.append(f"{what}/{name}")
            yield
        except (Conflict, Corrupt, Missing, Refused):
            raise
        except BaseException:
            self._forgive(taken)
            raise
        self._forgive(taken)

    @contextmanager
    def failing(self, what: str, name: str, code: str) -> Iterator[None]:
        """Counts what is refused with that code; over the rule it is refused with `limit.tries` instead."""
        try:
            yield
        except Refused as error:
            if error.code == code:
                self._take(f"{what}/{name}", self.wrong)
            raise

    def asking(self, name: str) -> None:
        """Counts a request that anybody may make. Unavailable `limit.tries`."""
        self._take(f"open/{name}", self.open)

    def _take(self, key: str, rule: Rule) -> None:
        wait_s = self.counter.take(key, rule)
        if wait_s > 0:
            raise Unavailable(
                f"That was tried more than {rule.tries} times in a minute.",
                code="limit.tries",
                hint="Wait as long as Retry-After says, then try again.",
                retry_after_s=wait_s,
            )

    def _forgive(self, keys: Sequence[str]) -> None:
        for key in keys:
            self.counter.give_back(key, self.wrong)


def asker(peer: str | None, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """Whom an address stands for: itself, of IPv6 the site.

    `forwarded` are the X-Forwarded-For entries, the nearest last: each is believed only from a trusted proxy.
    """
    found = _address(peer or "")
    for entry in reversed(forwarded):
        if found is None or not any(found in network for network in trusted):
            break
        found = _address(entry.strip()) or found
    if found is None:
        return "unknown"
    mapped = found.ipv4_mapped if found.version == 6 else None
    if found.version == 6 and mapped is None:
        return str(ipaddress.ip_network((found, SITE_BITS), strict=False))
    return str(mapped or found)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
