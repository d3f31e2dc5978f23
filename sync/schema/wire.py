"""The JSON Schemas of what node and hub send each other, from the types that read it.

They describe the MessagePack, or JSON for the provisioning file, once decoded; bytes stand as base64 strings
and a struct that travels as an array stands as one. Rules that a schema cannot say are in `sync/README.md`.
"""

from sync.ack import Ack
from sync.batch import Batch
from sync.blob import Index
from sync.clock import HubTime
from sync.command import Command
from sync.delta import Change, Item
from sync.desired import Desired
from sync.head import Head, HeadMessage
from sync.keyset import KeySet
from sync.provisioning import Account, Admission, Enrolment, Provisioning
from sync.record import Record
from sync.seal import Frame, Header
from sync.signed import Signed
from sync.status import Status

DOCUMENTS: dict[str, tuple[object, str]] = {
    "account": (Account, "A node's account at the broker; travels sealed."),
    "ack": (Ack, "What the hub has durably stored of one node."),
    "admission": (Admission, "The hub's answer to an enrolment."),
    "batch": (Batch, "Sealed records of one node."),
    "blob-index": (Index, "Piece 0 of a blob: the digests of the others."),
    "change": (Change, "The first item of a delta or snapshot."),
    "change-item": (Item, "An item of a delta or snapshot."),
    "command": (Command, "What the hub asks of one node."),
    "desired-settings": (Desired, "The settings of a node that its hub may set."),
    "enrolment": (Enrolment, "A node's request to be let in."),
    "frame": (Frame, "A sealed record."),
    "frame-header": (Header, "Where a sealed record belongs."),
    "head": (Head, "What a market's catalogue is now."),
    "head-message": (HeadMessage, "A signed head with the key sets that lead to its keys."),
    "hub-time": (HubTime, "What time it is at the hub."),
    "key-set": (KeySet, "Which keys a tenant's hub signs with."),
    "provisioning": (Provisioning, "The file that a node joins with."),
    "record": (Record, "What is sealed: a payload and when it was."),
    "signed": (Signed, "The outermost form of every signed message."),
    "status": (Status, "What a node says of itself."),
}
