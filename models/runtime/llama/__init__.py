"""Text generation on llama.cpp: a continuous-batching engine in a process of its own.

`generator.py` is the node's side, `worker.py` the process; README.md draws how they fit.
"""

from models.runtime.llama.generator import LlamaGenerator, Options

__all__ = ["LlamaGenerator", "Options"]
