"""A whole catalogue as a change from nothing: for new nodes, and for those too far behind or astray."""

from collections.abc import Mapping

from sync.content import State
from sync.delta import Change, Item, SetMarket, Upsert, applied, vectors
from sync.errors import Corrupt


def whole(
    state: State,
    *,
    tenant: str,
    market: str,
    version: int,
    embeddings: Mapping[str, bytes],
    model: str | None,
) -> tuple[Change, list[Item]]:
    """The change and items that build the state on any node, whatever it had."""
    items: list[Item] = [SetMarket(state.market)]
    items += [Upsert(id, line) for id, line in sorted(state.lines.items())]
    items += vectors(embeddings)
    change = Change(
        tenant=tenant,
        market=market,
        from_version=0,
        to_version=version,
        after=state.digest(),
        items=len(items),
        model=model if embeddings else None,
    )
    return change, items


def built(change: Change, items: list[Item]) -> State:
    """The state that a snapshot builds. Corrupt when it is a mere delta, or not the state it says it is."""
    state = applied(State(), items)
    if change.from_version != 0 or state.digest() != change.after:
        raise Corrupt(
            f"The snapshot of version {change.to_version} does not build what it says.",
            code="snapshot.corrupt",
            hint="Fetch it again; if that repeats, publish the catalogue again.",
        )
    return state
