"""`python -m cloud.cli` is `prilavok`."""

from cloud.cli import main

main()
