"""The demo market: Olkhovo, an invented island town, its people of trade and their prices.

It leaves out importing: what it writes is the interchange form, read like any other catalogue.
"""

from edge.catalog.demo.compose import providers
from edge.catalog.demo.content import market
from edge.catalog.demo.write import Summary, examples, write

__all__ = ["Summary", "examples", "market", "providers", "write"]
