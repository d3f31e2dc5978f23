"""Calls every operation of an OpenAPI document with what its schemas allow and with what they do not."""

import itertools
from collections.abc import Container, Iterator, Mapping

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation

ANSWER_S = 60.0


def operations(document: str) -> Iterator[APIOperation]:
    """Every operation of the document at that address."""
    schema = schemathesis.openapi.from_url(document)
    schema.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
    for found in schema.get_all_operations():
        yield found.ok()


def fails(
    operation: APIOperation,
    headers: Mapping[str, str],
    known: Mapping[str, str],
    examples: int,
    without: Container[str] = (),
) -> list[str]:
    """What of so many calls ended with a server error: the call as a shell command, and the answer's text.

    Every second call names things that are there: `known`, by path parameter. `without` are codes of what is
    not there on purpose, which may be said with 503.
    """
    failures: list[str] = []
    turns = itertools.count()

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def call(case: schemathesis.Case) -> None:
        if next(turns) % 2 and isinstance(case.path_parameters, dict):
            there = {name: value for name, value in known.items() if name in case.path_parameters}
            case.path_parameters.update(there)
        answer = case.call(headers=dict(headers), timeout=ANSWER_S)
        if answer.status_code >= 500 and not (answer.status_code == 503 and _code(answer) in without):
            failures.append(f"{case.as_curl_command()}\n{answer.status_code} {answer.text[:300]}")

    call()
    return failures


def _code(answer: Response) -> str:
    """The stable code of a problem document, or of an error as OpenAI's interface has it."""
    try:
        said = answer.json()
    except ValueError:
        return ""
    return str(said.get("code") or said.get("error", {}).get("code"))
