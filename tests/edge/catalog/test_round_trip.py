"""What is exported and imported again is the same catalogue, whatever is in it."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.catalog.store import open_catalog
from sync.interchange.document import parse
from sync.interchange.entry import Entry


def _entries(*documents: object) -> list[Entry]:
    return [parse(number, json.dumps(document).encode()) for number, document in enumerate(documents, 1)]


_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20)
_VALUES = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(-1e9, 1e9) | _TEXT
_DOCUMENTS = st.fixed_dictionaries(
    {
        "id": st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Z"]), min_size=1, max_size=10),
        "name": _TEXT.filter(str.strip),
        "categories": st.lists(
            st.sampled_from(["craft/plumber", "shop/bakery", "own"]), min_size=1, max_size=3
        ),
    },
    optional={
        "city": _TEXT | st.none(),
        "attributes": st.dictionaries(_TEXT.filter(str.strip), _VALUES, max_size=4),
        "texts": st.dictionaries(st.sampled_from(["en", "ru"]), st.fixed_dictionaries({"title": _TEXT})),
        "later_field": st.recursive(_VALUES, lambda inner: st.lists(inner, max_size=3), max_leaves=5),
        "rating": st.floats(0, 5),
    },
)


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_DOCUMENTS, max_size=6, unique_by=lambda document: str(document["id"])))
def test_export_imported_again_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, documents: list[dict[str, object]]
) -> None:
    one = open_catalog(tmp_path_factory.mktemp("one"))
    other = open_catalog(tmp_path_factory.mktemp("other"))
    try:
        assert one.apply(_entries(*documents)).added == len(documents)
        exported = list(one.documents())
        assert [json.loads(line) for line in exported] == sorted(
            documents, key=lambda d: str(d["id"]).encode()
        )
        other.apply(parse(number, line) for number, line in enumerate(exported, 1))
        assert list(other.documents()) == exported
        assert other.apply(_entries(*documents)).unchanged == len(documents)
    finally:
        one.database.close()
        other.database.close()
