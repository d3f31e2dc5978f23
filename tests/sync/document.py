"""One of every document that node and hub send each other."""

from sync import keyset
from sync.blob import BlobRef
from sync.command import Action, Command, Erase, Revoke, Settings, Support, Update
from sync.head import DeltaRef, Head, SnapshotRef
from sync.provisioning import Provisioning
from sync.status import Depth, Status
from tests.sync.cast import DAY_MS, EPOCH, MARKET, NODE, ROOT, START_MS, TENANT, dice, key_set, stamp

ACTIONS: tuple[Action, ...] = (
    Settings(version=3, values={"session_ttl_s": 900, "offline": False, "generator": None}),
    Erase(sessions=(b"0123456789",)),
    Update(what="model", name="use", version="2", digest="0" * 64, size=9, urls=("https://hub.example/use",)),
    Support(limit_bytes=1_000_000, since_ms=START_MS),
    Revoke(reason="stolen"),
)
FILE = Provisioning(
    format="prilavok-node/1",
    tenant=TENANT,
    market=MARKET,
    node=NODE,
    token=dice("token")(32),
    hub="https://hub.example:8443",
    broker="mqtts://hub.example:8883",
    keys=keyset.write(key_set(), ROOT),
    issued_ms=START_MS,
    expires_ms=START_MS + DAY_MS,
)
ONLINE = Status(
    tenant=TENANT,
    node=NODE,
    market=MARKET,
    online=True,
    at=stamp(),
    epoch=EPOCH,
    serial=4,
    catalog=3,
    content="0" * 64,
    outbox={"chat": Depth(records=5, bytes=900, dropped=1)},
)
BLOB = BlobRef(digest="b" * 64, size=1_000, unpacked=9_000)
HEAD = Head(
    tenant=TENANT,
    market=MARKET,
    serial=9,
    version=4,
    content="c" * 64,
    issued_ms=START_MS,
    expires_ms=START_MS + 30 * DAY_MS,
    snapshot=SnapshotRef(version=3, content="a" * 64, blob=BLOB),
    deltas=(DeltaRef(from_version=3, to_version=4, before="a" * 64, after="c" * 64, blob=BLOB),),
)


def example(action: Action = ACTIONS[0], **change: object) -> Command:
    """A command to our node."""
    said: dict[str, object] = {
        "tenant": TENANT,
        "node": NODE,
        "id": "00000000000000c1",
        "issued_ms": START_MS,
        "expires_ms": START_MS + DAY_MS,
        "action": action,
        **change,
    }
    return Command(**said)  # type: ignore[arg-type]
