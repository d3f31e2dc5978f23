"""`prilavok hub deliver`: the process that opens requests and passes them on."""

from cloud import log
from cloud.cli.hub import Data, File
from cloud.cli.hub import app as hub
from cloud.settings import Settings
from cloud.supervisor import until_told


@hub.command()
def deliver(settings: File = None, data_dir: Data = None) -> None:
    """Pass requests on to the tenants: the only process that reads lead_keys_dir. Ctrl-C stops it."""
    from cloud.lead.delivery.worker import run

    found = Settings.load(settings, data_dir=data_dir)
    log.configure(found.log_level)
    run(found, until_told())
