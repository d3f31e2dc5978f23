"""One request while it is served: what was said, what must be computed next, and when it ends.

Knows nothing of slots, batches or llama.cpp.
"""

import codecs
from dataclasses import dataclass, field

from models.runtime.generator import Piece, Request
from models.runtime.llama.constraint import Constraint
from models.runtime.llama.draft import Drafter
from models.runtime.llama.radix import Tokens
from models.runtime.llama.record import Part
from models.runtime.llama.sampling import Row, Sampler
from models.runtime.stop import StopWatch

RUN = 64  # forced tokens that are decided at once


@dataclass(frozen=True)
class Prepared:
    """A request ready to be served: its prompt in tokens, and the parts that stand for themselves."""

    request: Request
    prompt: Tokens
    parts: tuple[Part, ...] = ()
    constraint: Constraint | None = None


@dataclass(eq=False)
class Sequence:
    """`pending` are decided tokens that are still to be computed: first the rest of the prompt, then what was
    chosen. `said` collects what the listener is told."""

    prepared: Prepared
    ends: frozenset[int]
    texts: tuple[bytes, ...]
    context: int
    pending: list[int] = field(default_factory=list)
    said: list[Piece] = field(default_factory=list)
    finished: bool = False
    generated: int = 0

    def __post_init__(self) -> None:
        request = self.prepared.request
        never = self.ends if request.ignore_eos else frozenset()
        self._sampler = Sampler(request.temperature, request.seed, request.logit_bias, never)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._watch = StopWatch(request.stop)
        self._drafter: Drafter | None = None
        self.chosen: list[int] = []  # tokens of the answer so far
        self._read = False
        self._room = self.context - len(self.prepared.prompt)

    @property
    def streaming(self) -> bool:
        """Whether its prompt is done with."""
        return self._read

    def drafter(self) -> Drafter | None:
        """What guesses its next tokens; none under a grammar, where what is sure is forced."""
        if self.prepared.constraint is not None or not self.streaming:
            return None
        if self._drafter is None:
            self._drafter = Drafter([*self.prepared.prompt.tolist(), *self.chosen])
        return self._drafter

    def begin(self) -> None:
        """What the grammar forces from the start is said before anything is computed."""
        if self.prepared.constraint is not None:
            self._follow(self.prepared.constraint)

    def take(self, rows: list[Row], guess: list[int]) -> int:
        """Choose by the logits after the last pending token and after each guessed one; how many of the
        guesses were right. Raises Unavailable where the grammar is stuck."""
        self.pending, self._read = [], True
        for index, row in enumerate(rows):
            token = self._choose(row)
            right = index < len(guess) and token == guess[index] and not self.finished
            if not right:
                return index
            self.pending = []
        return len(guess)

    def _choose(self, row: Row) -> int:
        constraint = self.prepared.constraint
        token = self._sampler.choose(row, constraint.mask() if constraint else None)
        if constraint and token not in self.ends:
            constraint.accept(token)
        self._accept([token])
        if constraint and not self.finished:
            self._follow(constraint)
        return token

    def _follow(self, constraint: Constraint) -> None:
        """Say what the grammar forces, and end where it ends."""
        if forced := constraint.forced(RUN):
            self._accept(list(forced))
        if constraint.over and not self.finished:
            self._finish("stop")

    def _accept(self, tokens: list[int]) -> None:
        """Tokens that are decided: said at once, computed with the next step."""
        text, count, limit = "", 0, min(self.prepared.request.max_tokens, self._room)
        for token in tokens:
            if token in self.ends:
                self._say(text, count)
                self._finish("stop")
                return
            count += 1
            text += self._watch.feed(self._decoder.decode(self.texts[token]))
            self.pending.append(token)
            self.chosen.append(token)
            if self._watch.found or self.generated + count >= limit:
                self._say(text, count)
                self._finish("stop" if self._watch.found else "length")
                return
        self._say(text, count)

    def _say(self, text: str, count: int) -> None:
        self.generated += count
        if count:
            self.said.append(Piece(text, count))
            if self._drafter is not None:
                self._drafter.extend(self.chosen[-count:])

    def _finish(self, finish: str) -> None:
        """The last piece carries the finish, and what was held back."""
        tail = "" if self._watch.found else self._watch.flush(self._decoder.decode(b"", True))
        last = self.said.pop() if self.said else Piece("", 0)
        self.said.append(Piece(last.text + tail, last.tokens, "stop" if finish == "stop" else "length"))
        self.finished = True
