"""Embedding models on onnxruntime: text in, unit vectors out, for queries and passages.

Two families: models that take text (Universal Sentence Encoder, whose tokeniser is inside the graph and needs
onnxruntime-extensions) and models that take tokens (MiniLM and other sentence-transformers, mean-pooled).
Leaves out storing and comparing vectors.
"""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from models.registry import Embedding, Model
from sync.errors import Corrupt, Missing, PrilavokError, Refused, Unavailable

Vectors = npt.NDArray[np.float32]

BATCH = 32  # texts in one run: more gains nothing on a CPU and costs memory


class _Encoder(Protocol):
    """A loaded model: at most BATCH texts in, raw float32 (n, dimension) out. Thread-safe."""

    def encode(self, texts: Sequence[str]) -> Vectors: ...


class Embedder:
    """One embedding model in memory. Thread-safe: onnxruntime sessions are, and nothing else is shared."""

    def __init__(self, name: str, shape: Embedding, encoder: _Encoder) -> None:
        self._name = name
        self._shape = shape
        self._encoder = encoder

    @classmethod
    def load(cls, model: Model, folder: Path, threads: int = 1) -> "Embedder":
        """Load from the model's folder; `threads` are used within one call.

        Raises Refused for a model that is no embedding model, Missing for absent files, Corrupt for files
        that do not load, Unavailable where a library is absent.
        """
        if model.embedding is None:
            raise Refused(
                f"{model.name} is a {model.role}, not an embedding model.",
                code="models.role",
                hint="Choose one of `prilavok-edge models list --role embedding`.",
            )
        for file in model.files:
            if not (folder / file.path).is_file():
                raise Missing(
                    f"{model.name}: {folder / file.path} is not there.",
                    code="models.absent",
                    hint=f"Run `prilavok-edge models pull {model.name}`.",
                )
        graph = folder / model.file(".onnx").path
        encoder: _Encoder
        if model.embedding.input == "text":
            encoder = _TextEncoder(graph, threads)
        else:
            encoder = _TokenEncoder(
                graph, folder / model.file("tokenizer.json").path, model.embedding, threads
            )
        embedder = cls(model.name, model.embedding, encoder)
        embedder._check()
        return embedder

    @property
    def name(self) -> str:
        """The registry name: every stored vector carries it."""
        return self._name

    @property
    def dimension(self) -> int:
        """Numbers in one vector."""
        return self._shape.dimension

    def query(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions: float32 (n, dimension), unit length; of an empty text, too."""
        return self._embed(texts, self._shape.query_prefix)

    def passage(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what is searched: float32 (n, dimension), unit length. Long texts are cut."""
        return self._embed(texts, self._shape.passage_prefix)

    def _embed(self, texts: Sequence[str], prefix: str) -> Vectors:
        limit = self._shape.max_chars
        cleaned = [(prefix + text.replace("\x00", " "))[:limit] for text in texts]
        order = sorted(range(len(cleaned)), key=lambda index: len(cleaned[index]))
        vectors = np.zeros((len(cleaned), self.dimension), dtype=np.float32)
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            vectors[chosen] = self._encode([cleaned[index] for index in chosen])
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Vectors = vectors / np.maximum(length, 1e-12)
        return unit

    def _encode(self, texts: list[str]) -> Vectors:
        safe = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        try:
            return self._encoder.encode(safe)
        except PrilavokError:
            raise
        except Exception as error:
            raise Unavailable(
                f"{self.name} failed on {len(texts)} texts: {error}.",
                code="models.embed",
                hint="Run `prilavok-edge models verify`; text search goes on without it.",
            ) from error

    def _check(self) -> None:
        got = self._encode(["a"]).shape
        if got != (1, self.dimension):
            raise Corrupt(
                f"{self.name} gives vectors of shape {got}, the registry says {self.dimension}.",
                code="models.corrupt",
                hint="Correct `dimension` in the registry.",
            )


class _TextEncoder:
    """A graph whose one input is a column of strings."""

    def __init__(self, graph: Path, threads: int) -> None:
        self._session = _session(graph, threads, custom_operators=True)
        self._input = self._session.get_inputs()[0].name

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Sentence vectors as the graph gives them."""
        output = self._session.run(None, {self._input: np.array(texts, dtype=object)})[0]
        return np.asarray(output, dtype=np.float32)


class _TokenEncoder:
    """A BERT-like graph fed from a tokenizer.json; the mean over real tokens is the sentence's vector."""

    def __init__(self, graph: Path, tokenizer: Path, shape: Embedding, threads: int) -> None:
        self._session = _session(graph, threads, custom_operators=False)
        self._inputs = {given.name for given in self._session.get_inputs()}
        self._tokenizer = _tokenizer(tokenizer, shape.max_tokens)
        self._lock = threading.Lock()  # the tokeniser's padding state is not documented as thread-safe

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Mean-pooled token vectors."""
        with self._lock:
            encoded = self._tokenizer.encode_batch(list(texts))
        mask = np.array([row.attention_mask for row in encoded], dtype=np.int64)
        feed = {
            "input_ids": np.array([row.ids for row in encoded], dtype=np.int64),
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(mask),
        }
        hidden = self._session.run(None, {key: feed[key] for key in feed if key in self._inputs})[0]
        weights = mask[:, :, None].astype(np.float32)
        pooled = (hidden * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9)
        return np.asarray(pooled, dtype=np.float32)


def _tokenizer(path: Path, max_tokens: int):  # type: ignore[no-untyped-def]  # tokenizers has no types
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:
        raise _broken(path, error) from error
    tokenizer.enable_truncation(max_length=max_tokens)
    tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")
    return tokenizer


def _session(graph: Path, threads: int, *, custom_operators: bool):  # type: ignore[no-untyped-def]  # untyped library
    """An onnxruntime session that does not spin while it waits and keeps no arena of past peaks."""
    try:
        import onnxruntime
    except ImportError as error:
        raise _library("onnxruntime", error) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if custom_operators:
        try:
            import onnxruntime_extensions
        except ImportError as error:
            raise _library("onnxruntime-extensions", error) from error
        options.register_custom_ops_library(onnxruntime_extensions.get_library_path())
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise _broken(graph, error) from error


def _broken(path: Path, error: Exception) -> Corrupt:
    return Corrupt(
        f"{path} does not load: {error}.",
        code="models.corrupt",
        hint="Run `prilavok-edge models verify`, then `models pull`.",
    )


def _library(name: str, error: ImportError) -> Unavailable:
    return Unavailable(f"{name} is not installed: {error}.", code="models.library", hint=f"Install {name}.")
