"""A sentence-transformers model as int8 ONNX: `python -m models.convert_embedding SOURCE TARGET`.

Needs the extra `convert` (torch), in an environment of its own; no node has it. What comes out is what
`models/runtime/embed.py` loads: a graph from tokens to token vectors, and the tokenizer. It prints how close
the int8 vectors are to the float ones. Handles encoders that pool by the mean; refuses others.
"""

import argparse
import json
import logging
import shutil
import sys
import warnings
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from models.addition import local_file, toml
from models.registry import Embedding, Model
from models.runtime.embed import Embedder
from sync.errors import Missing, PrilavokError, Refused, Unavailable

GRAPH = "model_quantized.onnx"
OPSET = 18

# Plain sentences of this trade; a file of one's own texts is better (--texts).
SENTENCES = (
    "Where can I have a broken phone screen repaired?",
    "A hairdresser near the station that is open on Sunday",
    "plumber",
    "We repair boilers, pipes and taps, day and night, with a year's warranty.",
    "Vegan bakery with gluten-free bread and coffee to take away",
    "I locked myself out",
    "Is there parking, and can I pay by card?",
    "Kindergarten with English-speaking teachers, from two years",
    "tyres changed while you wait",
    "The cheapest dentist who takes children",
    "Dry cleaning and alterations; wedding dresses by appointment.",
    "Can somebody look at my laptop today?",
)


class Converted(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. Cosines are between the float and the int8 vector of the same text."""

    folder: str
    size_bytes: int
    float_bytes: int
    dimension: int
    texts: int
    cosine_mean: float
    cosine_min: float


def convert(source: Path, target: Path, texts: tuple[str, ...] = SENTENCES) -> Converted:
    """Export, quantise, compare. `target` is made; its files are replaced.

    Raises Unavailable without the extra `convert`, Missing for no model there, Refused for one it cannot do.
    """
    encoder = _load(source)
    _require_mean_pooling(source)
    target.mkdir(parents=True, exist_ok=True)
    tokenizer = source / "tokenizer.json"
    if not tokenizer.is_file():
        raise Missing(
            f"{source} has no tokenizer.json.", code="convert.source", hint="Export a fast tokenizer."
        )
    shutil.copyfile(tokenizer, target / "tokenizer.json")
    float_graph = target / "model.float.onnx"
    _export(encoder, float_graph)
    float_bytes = float_graph.stat().st_size
    _quantise(float_graph, target / GRAPH)
    float_graph.unlink()
    return _compare(encoder, target, float_bytes, texts)


def entry(name: str, folder: Path, dimension: int, max_tokens: int = 256) -> Model:
    """The registry entry of a converted model, its folder the source."""
    return Model(
        name=name,
        role="embedding",
        licence="unknown",
        files=(local_file(folder / GRAPH), local_file(folder / "tokenizer.json")),
        embedding=Embedding(dimension=dimension, input="tokens", max_tokens=max_tokens, max_chars=4000),
    )


def _load(source: Path) -> Any:  # a SentenceTransformer
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise Unavailable(
            f"The extra `convert` is not installed: {error}.",
            code="convert.library",
            hint="Run `make convert-test`, or pip install prilavok[convert] into its own environment.",
        ) from error
    if not (source / "config.json").is_file():
        raise Missing(
            f"{source} holds no model.",
            code="convert.source",
            hint="Run `prilavok-edge models pull all-minilm-l6-v2-float`.",
        )
    return SentenceTransformer(str(source), device="cpu", local_files_only=True)


def _require_mean_pooling(source: Path) -> None:
    pooling = source / "1_Pooling" / "config.json"
    settings = json.loads(pooling.read_text("utf-8")) if pooling.is_file() else {}
    if not settings.get("pooling_mode_mean_tokens"):
        raise Refused(
            f"{source} does not pool by the mean of its tokens.",
            code="convert.pooling",
            hint="Only mean pooling is served by models/runtime/embed.py.",
        )


def _export(encoder: Any, graph: Path) -> None:
    import torch

    transformer = encoder[0].auto_model.eval()
    example = encoder.tokenizer(["a b c", "d", "e f"], padding=True, return_tensors="pt")
    names = [name for name in ("input_ids", "attention_mask", "token_type_ids") if name in example]
    axes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("sequence")}

    class TokenVectors(torch.nn.Module):  # type: ignore[misc]  # torch is not there when types are checked
        """Only the last hidden state: the graph has one output, whatever else the model computes."""

        def __init__(self) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(self, *tensors: Any) -> Any:
            """Token vectors (batch, sequence, dimension)."""
            return self.transformer(**dict(zip(names, tensors, strict=True))).last_hidden_state

    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's notes on its own future
        torch.onnx.export(
            TokenVectors().eval(),
            tuple(example[name] for name in names),
            str(graph),
            input_names=names,
            output_names=["last_hidden_state"],
            dynamic_shapes=(tuple(axes for _ in names),),
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )


def _quantise(source: Path, target: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(source, target, weight_type=QuantType.QInt8, per_channel=True)


def _compare(encoder: Any, target: Path, float_bytes: int, texts: tuple[str, ...]) -> Converted:
    wanted = encoder.encode(list(texts), normalize_embeddings=True, convert_to_numpy=True)
    model = entry("converted", target, int(wanted.shape[1]))
    got = Embedder.load(model, target).passage(texts)
    cosines = np.sum(wanted * got, axis=1)
    return Converted(
        folder=str(target),
        size_bytes=(target / GRAPH).stat().st_size,
        float_bytes=float_bytes,
        dimension=int(wanted.shape[1]),
        texts=len(texts),
        cosine_mean=round(float(cosines.mean()), 4),
        cosine_min=round(float(cosines.min()), 4),
    )


def main() -> int:
    """Parse, convert, print."""
    parser = argparse.ArgumentParser(description="sentence-transformers model to int8 ONNX")
    parser.add_argument("source", type=Path, help="folder with config.json and model.safetensors")
    parser.add_argument("target", type=Path, help="folder to write")
    parser.add_argument("--texts", type=Path, help="a file with one text a line to compare on")
    parser.add_argument("--name", help="also print a registry entry of this name")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    logging.disable(logging.WARNING)  # torch and onnxruntime report on optional parts
    texts = tuple(options.texts.read_text("utf-8").splitlines()) if options.texts else SENTENCES
    try:
        done = convert(options.source, options.target, texts)
    except PrilavokError as error:
        print(error, file=sys.stderr)
        return 1
    if options.json:
        print(msgspec.json.encode(done).decode())
    else:
        print(f"{done.folder}: {done.float_bytes / 1e6:.1f} MB float, {done.size_bytes / 1e6:.1f} MB int8")
        print(f"cosine float/int8 over {done.texts} texts: mean {done.cosine_mean}, least {done.cosine_min}")
    if options.name:
        print(toml(entry(options.name, options.target, done.dimension)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
