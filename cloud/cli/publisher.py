"""`prilavok hub announce`: the process that makes what nodes fetch of published catalogues."""

from cloud import log
from cloud.cli.hub import Data, File
from cloud.cli.hub import app as hub
from cloud.settings import Settings
from cloud.supervisor import until_told


@hub.command()
def announce(settings: File = None, data_dir: Data = None) -> None:
    """Make blobs and heads of published catalogues and put them on the broker. Ctrl-C stops it."""
    from cloud import postgres
    from cloud.catalog import worker

    found = Settings.load(settings, data_dir=data_dir)
    log.configure(found.log_level)
    with postgres.open_pool(found, "app") as pool:
        publisher = worker.opened(found, pool)
        publisher.stop = until_told()
        try:
            publisher.run()
        finally:
            publisher.close()
