"""Every operation of the API, asked at random by several people: it never fails, and answers as its schema says.

What is sent is made from the schema, right and wrong; half of the time the address names a record that is there, so that
answers with content are judged as well as refusals.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from agencies.services.token import token_create
from hasbag.services import pack_make
from kernel.actors import system_actor
from tests.cast import cast_get
from tests.matrix.world import World, arguments, world_plant

pytestmark = pytest.mark.django_db
PEOPLE = "alice beth vera petra greta walt sam".split()
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 30


def closing(service: Any) -> Any:
    """The service, each of whose answers is read and closed, as a server does: what was uploaded goes with it."""

    def served(environ: Any, start_response: Any) -> list[bytes]:
        answer = service(environ, start_response)
        try:
            return [b"".join(answer)]
        finally:
            answer.close()

    return served


@pytest.fixture(scope="module")
def api():
    """The schema as the service gives it, and the service itself behind it."""
    schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
    schema.app = closing(get_wsgi_application())
    # As Django's own test client does: the test's one connection outlives the requests.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schema
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def tokens(cast):
    """A token of each of the people."""
    system = system_actor("the API is asked at random")
    return {name: token_create(actor=system, user=cast_get()[name])[1] for name in PEOPLE}


def present(world: World, path: str) -> dict[str, str]:
    """What the names in an address are where the record is there."""
    names = re.findall(r"\{(\w+)\}", path)
    dummy = re.sub(r"\{(\w+)\}", lambda one: str(uuid.uuid4()), path)
    route = resolve(dummy).view_name
    values: dict[str, Any] = {}
    for start, more in sorted(arguments(world).items(), key=lambda pair: len(pair[0])):
        if route.startswith(start):
            values |= more
    return {name: str(values[name]) for name in names}


def faults(operation: Any, there: dict[str, str], tokens: dict[str, str], answers: Counter[int]) -> list[str]:
    """What is wrong with the answers of an operation; counts them by status."""
    sent = st.one_of(operation.as_strategy(), operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))

    @seed(1)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=sent, who=st.sampled_from(PEOPLE), known=st.booleans())
    def holds(case: Any, who: str, known: bool) -> None:
        if known:
            case.path_parameters = {**(case.path_parameters or {}), **there}
        with transaction.atomic():
            answer = case.call(headers={"Authorization": f"Bearer {tokens[who]}"})
            transaction.set_rollback(True)
        answers[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)

    try:
        for secret in tokens.values() if operation.method == "get" else ():
            case = operation.Case(path_parameters=there)
            answer = case.call(headers={"Authorization": f"Bearer {secret}"})
            answers[answer.status_code] += 1
            case.validate_response(answer, checks=CHECKS)
        holds()
    except FailureGroup as found:
        return [str(one) for one in found.exceptions]
    return []


def test_every_operation_answers_as_its_schema_says(api, tokens):
    world = world_plant()
    assert pack_make(pack_id=world.pack.pk)
    operations = [found.ok() for found in api.get_all_operations()]
    answers: dict[str, Counter[int]] = {operation.label: Counter() for operation in operations}
    wrong = []
    for operation in operations:
        problems = faults(operation, present(world, operation.full_path), tokens, answers[operation.label])
        wrong += [f"{operation.label}: {problem}" for problem in problems]
    assert not wrong, "\n\n".join(wrong)
    assert len(operations) == sum(len(methods) for methods in api.raw_schema["paths"].values())
    shown = [label for label, counted in answers.items() if counted[200] or counted[201]]
    reading = {operation.label for operation in operations if operation.method == "get"}
    assert reading <= set(shown), answers
    assert sum(counted.total() for counted in answers.values()) >= 25 * len(operations), answers


@pytest.mark.parametrize("path", ["/api/v1/cases/{ref}/", "/api/v1/victims/{ref}/"])
def test_an_answer_that_is_not_as_the_schema_says_is_found(api, tokens, path):
    world = world_plant()
    operation = api[path]["GET"]
    raw = SchemaGenerator().get_schema(request=None, public=True)
    del raw["paths"][path]["get"]["responses"]["404"]
    poorer = schemathesis.openapi.from_dict(raw)
    poorer.app = api.app
    assert faults(poorer[path]["GET"], present(world, operation.full_path), tokens, Counter())
