"""What the scheduler moves around: requests, tasks, their shares of a step, and the counts of it all."""

from collections.abc import Hashable
from dataclasses import dataclass, field

from models.runtime.llama.compose import Task
from models.runtime.llama.sequence import Prepared, Sequence
from models.runtime.llama.slots import Slot


@dataclass(eq=False)
class Job:
    """A request on its way. `tried` are the tasks it has waited for; `plain` means that its records are
    computed where they stand."""

    id: int
    prepared: Prepared
    session: Hashable
    sequence: Sequence
    since_s: float
    slot: Slot | None = None
    told: tuple[int, float] | None = None
    first_told_s: float | None = None
    served_s: float = 0.0
    tried: set[bytes] = field(default_factory=set)
    plain: bool = False


@dataclass(eq=False)
class Work:
    """A task under way in its place."""

    task: Task
    slot: Slot

    @property
    def left(self) -> list[int]:
        """Tokens still to be computed."""
        return list(map(int, self.task.path[len(self.slot.tokens) :]))


@dataclass(frozen=True)
class Share:
    """One's part of a batch; `final` where nothing of it is left after this step."""

    owner: Job | Work
    tokens: list[int]
    guess: list[int]
    final: bool

    @property
    def wanted(self) -> int:
        """Tokens at its end whose logits are needed."""
        return 1 + len(self.guess) if self.final and isinstance(self.owner, Job) else 0


@dataclass
class Counts:
    """What `/metrics` tells.

    Of the time of steps, `native_s` is llama.cpp's computing and `seating_s` copies of keys and values.
    `wait_error_s` is how far the waits first told were off, lately.
    """

    prompt_tokens: int = 0
    reused_tokens: int = 0
    computed_tokens: int = 0
    generated_tokens: int = 0
    guessed_tokens: int = 0
    right_tokens: int = 0
    steps: int = 0
    step_s: float = 0.0
    native_s: float = 0.0
    seating_s: float = 0.0
    wait_error_s: float = 0.0
