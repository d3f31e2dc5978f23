"""Asking a server who it is."""

import pytest

from models.runtime.remote_probe import serves
from models.runtime.remote_server import Server
from sync.errors import Missing, PrilavokError
from tests.contracts.subject import server
from tests.simulators.model_server import serving


def test_server_that_lists_the_model_is_well() -> None:
    with serving(key="sesame") as simulator:
        assert serves(server(simulator, key="sesame")) == ("tiny",)


def test_provider_after_a_colon_is_no_part_of_the_name() -> None:
    with serving() as simulator:
        assert serves(Server(url=simulator.url, model="tiny:fastest")) == ("tiny",)


def test_model_that_is_not_listed_is_missing() -> None:
    with serving() as simulator, pytest.raises(Missing, match=r"'large'.*tiny") as caught:
        serves(Server(url=simulator.url, model="large"))
    assert "generator_model" in caught.value.hint


def test_llama_server_answers_for_any_name() -> None:
    with serving() as simulator:
        assert serves(Server(url=simulator.url, model="large", flavour="llama-server")) == ("tiny",)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("sign-in page", "generator.captive_portal"),
        ("wrong type", "generator.garbage"),
        ("500", "generator.server"),
        ("403", "generator.key"),
        ("redirect", "generator.redirect"),
        ("reset", "generator.unreachable"),
        ("hangs", "generator.timeout"),
        ("flood", "generator.garbage"),
    ],
)
def test_server_that_is_not_well_is_told(fault: str, code: str) -> None:
    with serving() as simulator:
        simulator.faults.append(fault)
        with pytest.raises(PrilavokError) as caught:
            serves(server(simulator), patience_s=60.0 if fault == "flood" else 0.5)
    assert caught.value.code == code
