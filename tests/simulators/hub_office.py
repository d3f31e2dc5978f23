"""A hub in this process over a real database, with operators to call it as."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from litestar import Litestar
from litestar.testing import TestClient

from cloud.account import service as accounts
from cloud.account.role import HUB
from cloud.app import create
from cloud.parts import Parts
from cloud.settings import Settings
from tests.simulators.hub_database import Database

PASSWORD = "correct horse battery"


@dataclass
class Office:
    """`as_` gives headers for an operator: the hub's admin, or one of a tenant's."""

    client: TestClient[Litestar]
    parts: Parts
    tokens: dict[str, str] = field(default_factory=dict)

    @classmethod
    def settings(cls, database: Database, folder: Path, **more: object) -> Settings:
        """Of a hub over that database."""
        return Settings.load(data_dir=folder / "hub", database_app_url=database.url("app"), **more)

    @classmethod
    def opened(cls, client: TestClient[Litestar], parts: Parts) -> "Office":
        """With the hub's admin, one tenant "demo" and its market "riga"."""
        office = cls(client, parts)
        accounts.bootstrap(parts.pool, "root", PASSWORD)
        office.log_in(HUB, "root")
        assert office.post("/tenants", {"tenant": "demo"}).status_code == 201
        assert office.post("/tenants/demo/markets", {"market": "riga"}).status_code == 201
        return office

    def log_in(self, owner: str, operator: str, password: str = PASSWORD) -> str:
        """A token; the operator is known by it from now on."""
        said = {"owner": owner, "operator": operator, "password": password}
        answer = self.client.post("/api/login", json=said)
        assert answer.status_code == 201, answer.text
        self.tokens[operator] = answer.json()["token"]
        return self.tokens[operator]

    def hire(self, tenant: str, operator: str, role: str) -> None:
        """A person with a role in a tenant, logged in."""
        wanted = {"operator": operator, "role": role, "password": PASSWORD}
        assert self.post(f"/tenants/{tenant}/operators", wanted).status_code == 201
        self.log_in(tenant, operator)

    def headers(self, who: str, **more: str) -> dict[str, str]:
        """For a call as somebody."""
        return {
            "Authorization": f"Bearer {self.tokens[who]}",
            **{k.replace("_", "-"): v for k, v in more.items()},
        }

    def get(self, path: str, who: str = "root", **query: Any) -> httpx.Response:
        return self.client.get(f"/api{path}", headers=self.headers(who), params=query)

    def post(self, path: str, body: Any = None, who: str = "root", **headers: str) -> httpx.Response:
        return self.client.post(f"/api{path}", json=body or {}, headers=self.headers(who, **headers))

    def patch(self, path: str, body: Any, who: str = "root", **headers: str) -> httpx.Response:
        return self.client.patch(f"/api{path}", json=body, headers=self.headers(who, **headers))

    def delete(self, path: str, who: str = "root") -> httpx.Response:
        return self.client.delete(f"/api{path}", headers=self.headers(who))


def client_of(parts: Parts) -> TestClient[Litestar]:
    """A client of the application over those parts."""
    return TestClient(create(parts))
