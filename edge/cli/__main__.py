"""`python -m edge.cli` is `prilavok-edge`."""

from edge.cli import main

main()
