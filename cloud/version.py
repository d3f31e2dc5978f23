"""The version of the hub's program."""

from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("prilavok")
except PackageNotFoundError:
    VERSION = "0"
