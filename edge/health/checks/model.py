"""The models are up. Without them the node goes on: by template, and by text search."""

from edge.health.vital import Finding, Vitals


def check(vitals: Vitals) -> Finding:
    """Degraded when a model that is wanted is missing or broken."""
    wanting = {
        "generator": "Answers are composed by template.",
        "embedding": "Search goes by words alone.",
    }
    wrong = [(part, vitals.troubles[part]) for part in wanting if part in vitals.troubles]
    if not wrong:
        return Finding(name="model", state="ok")
    return Finding(
        name="model",
        state="degraded",
        reason=" ".join(f"{error.message} {wanting[part]}" for part, error in wrong),
        hint=" ".join(dict.fromkeys(error.hint for _, error in wrong if error.hint)),
    )
