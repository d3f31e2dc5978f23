"""What Mosquitto's dynamic security plugin is told: accounts and roles, as commands. Pure.

    client  {tenant}/{node}     one a node, with one role of the same name
    role    {tenant}/{node}     publish to its own topics, receive and subscribe to its own and its market's

Names with a slash are ours; every other account, the hub's own among them, is left alone. Commands are those
of mosquitto 2.0 (its README of the plugin); each is answered by its name, with an error where it failed.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sync.topic import rights

CONTROL = "$CONTROL/dynamic-security/v1"
SHARED = "$share/ingest/p/1/#"
"""The ingest workers' subscription; its right is looked up by the whole filter."""
ANSWERS = f"{CONTROL}/response"
ITERATIONS = 101
"""The plugin's own number. Passwords here are 256 random bits, so it guards nothing."""

Command = dict[str, object]
HUB_ROLE = "hub"
SHARED = "$share/ingest/p/1/#"
"""A shared subscription is asked for under its whole name; what comes is under the topic's own."""


@dataclass(frozen=True)
class NodeAccount:
    """The account that a node has to have."""

    tenant: str
    node: str
    market: str
    password: str = field(repr=False)

    @property
    def name(self) -> str:
        """Of the client and its role."""
        return f"{self.tenant}/{self.node}"


def acls(account: NodeAccount) -> list[Command]:
    """A node's topic rights (`sync.topic.rights`). What is not named is denied."""
    publish, subscribe = rights(account.tenant, account.node, account.market)
    return [
        *(_acl("publishClientSend", topic) for topic in publish),
        *(_acl("publishClientReceive", topic) for topic in subscribe),
        *(_acl("subscribePattern", topic) for topic in subscribe),
    ]


def _acl(kind: str, topic: str) -> Command:
    return {"acltype": kind, "topic": topic, "priority": 0, "allow": True}


def make(account: NodeAccount) -> list[Command]:
    """The commands that make an account, for a broker that has none of that name."""
    return [
        {"command": "createRole", "rolename": account.name, "acls": acls(account)},
        {
            "command": "createClient",
            "username": account.name,
            "password": account.password,
            "roles": [{"rolename": account.name, "priority": 0}],
        },
    ]


def end(name: str) -> list[Command]:
    """The commands that end an account: its client is disconnected at once."""
    return [
        {"command": "deleteClient", "username": name},
        {"command": "deleteRole", "rolename": name},
    ]


def ours(name: str) -> bool:
    """Whether an account is a node's."""
    return "/" in name


@dataclass(frozen=True)
class There:
    """What the broker says it has: clients with their roles, roles with their rights."""

    clients: Mapping[str, frozenset[str]]
    roles: Mapping[str, frozenset[tuple[str, str]]]


def wrong(wanted: Iterable[NodeAccount], there: There) -> set[str]:
    """Names of nodes' accounts that the broker should not have, lacks, or has with other rights.

    Passwords cannot be read back: whether they are right is seen when nodes log in.
    """
    keep = {account.name: account for account in wanted}
    strays = {*filter(ours, there.clients), *filter(ours, there.roles)} - set(keep)
    return strays | {name for name, account in keep.items() if not _right(account, there)}


def _right(account: NodeAccount, there: There) -> bool:
    want = frozenset((str(acl["acltype"]), str(acl["topic"])) for acl in acls(account))
    roles = there.clients.get(account.name)
    return roles == frozenset({account.name}) and there.roles.get(account.name) == want


def initial(username: str, password: str, salt: bytes) -> dict[str, object]:
    """The plugin's file for a broker that is new: the hub's own account, and nothing for anybody else."""
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS, 64)
    everything = [
        _acl(kind, topic)
        for topic in ("p/1/#", SHARED, "$CONTROL/dynamic-security/#")
        for kind in ("publishClientSend", "publishClientReceive", "subscribePattern", "unsubscribePattern")
    ] + [_acl(kind, SHARED) for kind in ("subscribePattern", "unsubscribePattern")]
    return {
        "defaultACLAccess": {
            "publishClientSend": False,
            "publishClientReceive": False,
            "subscribe": False,
            "unsubscribe": True,
        },
        "clients": [
            {
                "username": username,
                "roles": [{"rolename": HUB_ROLE, "priority": 0}],
                "password": base64.b64encode(digest).decode(),
                "salt": base64.b64encode(salt).decode(),
                "iterations": ITERATIONS,
            }
        ],
        "groups": [],
        "roles": [{"rolename": HUB_ROLE, "acls": everything}],
    }
