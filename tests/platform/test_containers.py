"""The image and the set of services: no secret inside, no power that is not needed, each part watched."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from hatecase.embedded import PROJECT

COMPOSE = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "hatecase"}
SECRET = re.compile(r"KEY|PASSWORD|EMAIL_URL")


def test_the_parts_of_the_system_are_there() -> None:
    assert {"db", "redis", "web", "worker", "beat", "migrate"} <= set(SERVICES)


@pytest.mark.parametrize("name", ["db", "redis", "web", "worker", "beat"])
def test_every_part_that_stays_is_watched(name: str) -> None:
    check = SERVICES[name].get("healthcheck", {"test": "the image's own"})
    assert check.get("test")
    assert not check.get("disable")
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(OURS))
def test_ours_have_no_power_to_lose(name: str) -> None:
    service = OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service


def test_only_the_web_is_reached_and_on_loopback_alone() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"web": ["127.0.0.1:8000:8000"]}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_secrets_come_from_the_environment(name: str) -> None:
    for key, value in SERVICES[name].get("environment", {}).items():
        if SECRET.search(key):
            assert re.fullmatch(r"\$\{\w+:\?[^}]*\}", value), f"{key} is not asked of the environment"
        if key.startswith("DATABASE_"):
            assert re.search(r":\$\{DB_\w+_PASSWORD(:\?[^}]*)?\}@", value), f"{key} holds a password"


@pytest.mark.parametrize(("name", "role"), [("web", "app"), ("worker", "worker"), ("beat", "worker")])
def test_a_process_knows_no_more_than_its_own_passwords(name: str, role: str) -> None:
    environment = SERVICES[name]["environment"]
    known = set(re.findall(r"DB_(\w+?)_PASSWORD", " ".join(str(value) for value in environment.values())))
    assert known == {role.upper(), "STATS"}
    assert environment["HATECASE_ROLE"] == role


def test_the_example_names_every_variable_and_no_secret() -> None:
    asked = set(re.findall(r"\$\{(\w+):\?", (PROJECT / "docker-compose.yml").read_text()))
    example = dict(re.findall(r"^(\w+)=(.*)$", (PROJECT / ".env.example").read_text(), re.MULTILINE))
    assert asked == set(example)
    assert {example[name] for name in example if name.endswith(("KEY", "PASSWORD"))} == {""}


def test_the_image_runs_as_nobody_in_particular_and_is_watched() -> None:
    lines = (PROJECT / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("USER")] == ["USER hatecase"]
    assert any(line.startswith("HEALTHCHECK") for line in lines)
    kept = [line for line in lines if re.match(r"(ENV|ARG|    \w+=)", line)]
    assert not any(SECRET.search(line) for line in kept)


def test_only_what_the_product_needs_goes_in() -> None:
    lines = (PROJECT / ".dockerignore").read_text().split()
    assert lines[0] == "*"
    let_in = {line[1:] for line in lines if line.startswith("!")}
    assert not let_in & {".env", ".git", "var", "tests", ".venv", "node_modules"}
    packages = {path.parent.name for path in PROJECT.glob("*/apps.py")}
    assert packages <= let_in
