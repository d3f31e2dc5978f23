"""Which release this is, as pyproject.toml says."""

from importlib.metadata import PackageNotFoundError, version


def _version() -> str:
    try:
        return version("prilavok")
    except PackageNotFoundError:  # run from a checkout without being installed
        return "0"


VERSION = _version()
