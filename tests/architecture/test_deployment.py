"""docker-compose.yml, Dockerfile and docs/deploy.md name exactly the settings that exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from readerstudy.config import environment

ROOT = Path(__file__).resolve().parent.parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def settings_read() -> set[str]:
    code = (ROOT / "readerstudy/config/settings.py").read_text()
    names = re.findall(r'(?:env\.(?:text|number|switch|names)|_installation_key)\(\s*"([A-Z_]+)"', code)
    return {environment.PREFIX + name for name in names}


def test_compose_sets_only_variables_that_are_read() -> None:
    for name in ("web", "worker", "migrate", "scheduler"):
        given = set(COMPOSE["services"][name]["environment"])
        assert given <= settings_read(), given - settings_read()


def test_compose_leaves_out_only_what_a_study_must_not_set() -> None:
    missing = settings_read() - set(COMPOSE["services"]["web"]["environment"])
    assert missing == {"READERSTUDY_DEBUG", "READERSTUDY_DEMO", "READERSTUDY_STATIC_ROOT"}


def test_the_deployment_page_lists_every_variable() -> None:
    listed = set(re.findall(r"^\| `(READERSTUDY_[A-Z_]+)`", (ROOT / "docs/deploy.md").read_text(), re.M))
    assert listed == settings_read()


def test_the_model_server_gets_the_files_that_the_embedded_one_reads() -> None:
    volumes = dict(v.split(":")[:2] for v in COMPOSE["services"]["models"]["volumes"])
    for folder in volumes:
        assert (ROOT / folder).is_dir()
    assert volumes["./inference/weights"] == "/models"
    for service in (COMPOSE["services"][name] for name in ("web", "worker")):
        mounted = dict(v.split(":")[:2] for v in service["volumes"])
        assert mounted["./inference/weights"] == service["environment"]["READERSTUDY_WEIGHTS"]
    config = ROOT / "inference/modelserver/config"
    command = " ".join(COMPOSE["services"]["models"]["command"])
    for file in re.findall(r"=/config/(\S+)", command):
        assert (config / file).is_file()


def test_the_image_copies_what_exists_and_runs_as_nobody_special() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.M):
        for part in source.split():
            assert (ROOT / part).exists() or part.startswith("frontend/package")
    assert re.search(r"useradd --system --uid 10001 ", dockerfile)
    assert re.search(r"^USER 10001$", dockerfile, re.M)
    assert "[web]" in dockerfile
    assert "serving" not in re.search(r"pip install (.*)", dockerfile).group(1)


def test_only_migrate_signs_in_as_the_owner_of_the_tables() -> None:
    def signs_in(service: str) -> str:
        url = COMPOSE["services"][service]["environment"]["READERSTUDY_DATABASE_URL"]
        return str(re.match(r"postgres://(\w+):", url)[1])

    assert signs_in("migrate") == COMPOSE["services"]["database"]["environment"]["POSTGRES_USER"]
    assert {signs_in(name) for name in ("web", "worker", "scheduler")} == {"readerstudy_app"}
    assert COMPOSE["configs"]["app_role"]["content"].startswith("CREATE ROLE readerstudy_app LOGIN PASSWORD ")
    assert "grant_app_role readerstudy_app" in COMPOSE["services"]["migrate"]["command"][-1]
    page = (ROOT / "docs/deploy.md").read_text()
    assert "CREATE ROLE readerstudy_app LOGIN PASSWORD" in page
    assert "grant_app_role readerstudy_app" in page


LINTERS = {
    "Dockerfile": (["hadolint"], "USER 10001", "USER root"),
    "docker-compose.yml": (
        ["check-jsonschema", "--builtin-schema", "vendor.compose-spec"],
        "healthcheck:",
        "helthcheck:",
    ),
}


@pytest.mark.parametrize("name", LINTERS)
def test_the_linters_pass_what_is_there_and_find_a_planted_mistake(name: str, tmp_path: Path) -> None:
    (program, *options), right, wrong = LINTERS[name]
    command = [str(Path(sys.executable).parent / program), *options]
    assert " ".join([program, *options, name]) in (ROOT / "Makefile").read_text()
    planted = tmp_path / name
    planted.write_text((ROOT / name).read_text().replace(right, wrong, 1))
    lint = [
        subprocess.run([*command, path], capture_output=True).returncode for path in (ROOT / name, planted)
    ]
    assert lint[0] == 0
    assert lint[1] != 0


@pytest.mark.parametrize(("value", "expected"), [("yes", True), ("0", False), ("ON", True), ("", False)])
def test_switches(monkeypatch: pytest.MonkeyPatch, value: str, expected: bool) -> None:
    monkeypatch.setenv("READERSTUDY_X", value)
    assert environment.switch("X") is expected


def test_a_misspelt_value_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READERSTUDY_X", "maybe")
    with pytest.raises(environment.ConfigurationError, match="READERSTUDY_X"):
        environment.switch("X")
    with pytest.raises(environment.ConfigurationError, match="READERSTUDY_X"):
        environment.number("X", 1)
    with pytest.raises(environment.ConfigurationError, match="DATABASE_URL"):
        environment.database("mysql://x")
