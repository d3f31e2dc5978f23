"""A counter over simulators, and a client of it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from tests.simulators.pipeline import Counter, counter


@dataclass
class Stand:
    """A counter and a client of it."""

    counter: Counter
    http: AsyncTestClient[Litestar]


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Stand]]]:
    """Makes counters with the settings given; they are closed at the end."""
    async with AsyncExitStack() as stack:

        async def make(*, ready: bool = True, **settings: object) -> Stand:
            made = counter(tmp_path, **settings)
            stack.push_async_callback(made.parts.close)
            if ready:
                await made.parts.open()
            client = await stack.enter_async_context(
                AsyncTestClient(made.app, base_url="http://127.0.0.1", raise_server_exceptions=False)
            )
            return Stand(made, client)

        yield make
