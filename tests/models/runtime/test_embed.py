from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from models.registry import Model, Registry
from models.runtime.embed import Embedder
from sync.errors import Corrupt, Missing, Refused

BOTH = pytest.mark.parametrize("real", ["use-multilingual-v3", "all-minilm-l6-v2"], indirect=True)
MULTILINGUAL = pytest.mark.parametrize("real", ["use-multilingual-v3"], indirect=True)
Real = tuple[Model, Path]


@pytest.mark.model
@BOTH
def test_vectors_are_unit_length_of_the_stated_dimension(real: Real) -> None:
    embedder = Embedder.load(*real)
    vectors = embedder.passage(["hairdresser", "сантехник", "", "\x00", "🙂", "a\ud800b", "x" * 10_000])
    assert vectors.shape == (7, embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@pytest.mark.model
@BOTH
def test_no_texts_give_no_vectors(real: Real) -> None:
    embedder = Embedder.load(*real)
    assert embedder.query([]).shape == (0, embedder.dimension)


@pytest.mark.model
@BOTH
def test_company_in_a_batch_hardly_changes_a_vector(real: Real) -> None:
    embedder = Embedder.load(*real)
    texts = [f"text number {index} " + "and more " * (index % 7) for index in range(70)]
    alone = np.vstack([embedder.passage([text]) for text in texts])
    assert np.sum(alone * embedder.passage(texts), axis=1).min() > 0.98


@pytest.mark.model
@BOTH
def test_threads_share_one_embedder(real: Real) -> None:
    embedder = Embedder.load(*real)
    texts = ["plumber", "a hairdresser near the station", "vegan bakery"]
    wanted = embedder.query(texts)
    with ThreadPoolExecutor(4) as pool:
        for got in pool.map(lambda _: embedder.query(texts), range(20)):
            assert np.allclose(got, wanted, atol=1e-5)


@pytest.mark.model
@BOTH
def test_like_is_nearer_than_unlike(real: Real) -> None:
    embedder = Embedder.load(*real)
    query = embedder.query(["Where can I have my hair cut?"])
    near, far = embedder.passage(["hairdresser, haircut and colouring", "tyres and car repair"])
    assert float((query @ near)[0]) > float((query @ far)[0])


@pytest.mark.model
@MULTILINGUAL
def test_a_question_finds_its_answer_across_languages(real: Real) -> None:
    embedder = Embedder.load(*real)
    pages = embedder.passage(["plumber", "hairdresser", "dentist", "bakery", "car repair", "pharmacy"])
    asked = {"сантехник": 0, "peluquería": 1, "Zahnarzt": 2, "boulangerie": 3, "araba tamiri": 4, "药店": 5}
    assert list((embedder.query(list(asked)) @ pages.T).argmax(axis=1)) == list(asked.values())


@pytest.mark.model
@BOTH
def test_corrupt_graph_is_told(real: Real, tmp_path: Path) -> None:
    model, folder = real
    for file in model.files:
        content = (folder / file.path).read_bytes()
        (tmp_path / file.path).write_bytes(content[: len(content) // 2])
    with pytest.raises(Corrupt) as caught:
        Embedder.load(model, tmp_path)
    assert caught.value.code == "models.corrupt"


def test_absent_files_are_missing(tmp_path: Path) -> None:
    with pytest.raises(Missing) as caught:
        Embedder.load(Registry.load().default("embedding"), tmp_path)
    assert "models pull" in caught.value.hint


def test_generator_is_no_embedding_model(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        Embedder.load(Registry.load().default("generator"), tmp_path)
