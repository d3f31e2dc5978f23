"""Finding a place for a request, with as much of its prompt in it as is known; and computing what is not.

A place that holds the conversation is gone on with; else what the tree holds is put into a free one; else the
prompt's records are put together, after tasks have computed those that are missing.
"""

from models.runtime.llama import compose
from models.runtime.llama.compose import Task
from models.runtime.llama.job import Job, Work
from models.runtime.llama.radix import RadixTree, Tokens, shared
from models.runtime.llama.record import Part
from models.runtime.llama.rope import Rope
from models.runtime.llama.slots import Core, Slot, Slots

TASKS = 3  # computed at once
WORTH_SHARING = 16  # tokens


class Seating:
    """The places of one core, and the tasks in them."""

    def __init__(self, core: Core, tree: RadixTree, rope: Rope | None) -> None:
        self._core, self._tree = core, tree
        self._rope = rope if core.copies else None
        self.slots = Slots(core, tree)
        self.tasks: dict[bytes, Work] = {}

    @property
    def limit(self) -> int:
        """Requests that can be served at once: a place is kept for tasks where there are any."""
        return max(1, self._core.sequences - (1 if self._rope else 0))

    def seat(self, job: Job) -> int | None:
        """Give the job a place; how many tokens of its prompt are in it, or None where it has to wait."""
        prompt, most = job.prepared.prompt, len(job.prepared.prompt) - 1
        slot, held = self.slots.best(prompt)
        held = min(held, most)
        reach = job.prepared.parts[-1].end if self._rope and job.prepared.parts and not job.plain else 0
        known = min(self._tree.known(prompt), most) if self._core.copies else 0
        lender, common = self._lender(prompt)
        common = min(common, most)
        if lender is not None and common >= max(held, known, reach) + WORTH_SHARING:
            if len(lender.tokens) < common:
                return None  # it is being computed for another
            self.slots.lend(lender, common)
            known = self._tree.known(prompt[:common])
        if slot is not None and held >= max(known, reach, len(slot.tokens) // 2, 1):
            return self._go_on(job, slot, held)
        if reach > known:
            return self._assemble(job, job.prepared.parts, reach)
        free = self.slots.free
        return self._fill(job, free[0], prompt[:known]) if free else None

    def finish(self, work: Work) -> None:
        """A task is computed: into the tree with it, and its place is free."""
        self.slots.save(work.slot, least=1)
        self.slots.give_back(work.slot)
        self.slots.cut(work.slot, 0)
        del self.tasks[work.task.key]

    def forget(self) -> None:
        """After a failure nothing computed is trusted."""
        self.tasks.clear()
        self._tree.clear()
        for slot in self.slots.all:
            slot.user = None
        self.slots.forget()

    def _lender(self, prompt: Tokens) -> tuple[Slot | None, int]:
        """The place of a running request whose prompt begins most like this one, and how much of it."""
        if not self._core.copies:
            return None, 0
        users = [(slot, slot.user.prepared.prompt) for slot in self.slots.all if isinstance(slot.user, Job)]
        found = [(shared(theirs, prompt), slot) for slot, theirs in users]
        common, lender = max(found, key=lambda entry: entry[0], default=(0, None))
        return lender, common

    def _sit(self, job: Job, slot: Slot, reused: int) -> int:
        self.slots.take(slot, job)
        job.slot = slot
        return reused

    def _go_on(self, job: Job, slot: Slot, held: int) -> int:
        """In the place that holds the conversation, or with a copy of it in one that leaves no gap."""
        first, tokens = self.slots.free[0], job.prepared.prompt[:held]
        if first is not slot and self._core.copies:
            self.slots.save(slot, least=1)
            if self._tree.known(tokens) == held:
                return self._fill(job, first, tokens)
        return self._sit(job, slot, self.slots.cut(slot, held))

    def _fill(self, job: Job, slot: Slot, tokens: Tokens) -> int:
        self.slots.fill(slot, tokens, self._tree.match(tokens))
        return self._sit(job, slot, len(slot.tokens))

    def _assemble(self, job: Job, parts: tuple[Part, ...], reach: int) -> int | None:
        assert self._rope is not None
        if lacking := compose.missing(parts, self._tree):
            for path in lacking:
                self._want(job, Task(path))
            return None
        free = self.slots.free
        if not free:
            return None
        spans = compose.assemble(parts, self._tree, self._rope)
        self.slots.fill(free[0], job.prepared.prompt[:reach], spans, moved=reach)
        return self._sit(job, free[0], reach)

    def _want(self, job: Job, task: Task) -> None:
        """Have it computed; a task that was done and did not stay in the tree is not done again."""
        if task.key in self.tasks:
            job.tried.add(task.key)
            return
        if task.key in job.tried:
            job.plain = True
            return
        free = self.slots.free
        if len(self.tasks) >= TASKS or not free:
            return
        job.tried.add(task.key)
        known = min(self._tree.known(task.path), len(task.path) - 1)
        slot, prefix = free[-1], task.path[:known]
        self.slots.fill(slot, prefix, self._tree.match(prefix))
        work = Work(task, slot)
        self.slots.take(slot, work)
        self.tasks[task.key] = work
