"""What is computed in one step: tokens, their positions and sequences, and whose logits are wanted."""

from dataclasses import dataclass, field


@dataclass
class Batch:
    """Four rows of the same length; positions go on where their sequence ended."""

    tokens: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    sequences: list[int] = field(default_factory=list)
    wanted: list[bool] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.tokens)

    def add(self, sequence: int, position: int, tokens: list[int], wanted: int) -> None:
        """More tokens of a sequence; the last `wanted` of them give logits."""
        count = len(tokens)
        self.tokens += tokens
        self.positions += range(position, position + count)
        self.sequences += [sequence] * count
        self.wanted += [False] * (count - wanted) + [True] * wanted
