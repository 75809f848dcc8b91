"""Rules of the house that imports can't show, read off the syntax tree."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
WRITES = {
    "create",
    "update",
    "delete",
    "bulk_create",
    "bulk_update",
    "save",
    "get_or_create",
    "update_or_create",
}
CLOCKLESS = ("states.py", "policies.py", "models.py")


def source_files() -> list[Path]:
    return [p for p in (ROOT / "readerstudy").rglob("*.py") if "migrations" not in p.parts]


def called_name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def owner_name(call: ast.Call) -> str:
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return owner.id if isinstance(owner, ast.Name) else ""


WRITES_IN_SERVICES = (
    "audit",
    "studies",
    "conduct",
    "preparation",
    "queries",
    "reminders",
    "rehearsal",
    "reports",
    "adjudication",
    "oversight",
)
"""Apps of which nothing but `services`, a file or a package, opens a transaction or records an event."""


def is_service(path: Path) -> bool:
    return "services" in (path.stem, path.parent.name)


def write_breaches(path: Path, tree: ast.AST) -> Iterator[str]:
    if is_service(path) or path.relative_to(ROOT).parts[1] not in WRITES_IN_SERVICES:
        return
    for node in ast.walk(tree):
        owner = node.value.id if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) else ""
        if (owner, getattr(node, "attr", "")) in {("transaction", "atomic"), ("audit", "record")}:
            yield f"{path.relative_to(ROOT)}:{node.lineno} a write outside services"


def breaches(path: Path, tree: ast.AST) -> Iterator[str]:
    yield from write_breaches(path, tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from call_breaches(path, node)
        if isinstance(node, ast.FunctionDef):
            yield from function_breaches(path, node)


def call_breaches(path: Path, call: ast.Call) -> Iterator[str]:
    name, owner = called_name(call), owner_name(call)
    keywords = {k.arg for k in call.keywords}
    where = f"{path.relative_to(ROOT)}:{call.lineno}"
    if name in {"delay", "apply_async"} and path.name != "outbox.py":
        yield f"{where} publishes past the outbox"
    if name == "shared_task" and not {"soft_time_limit", "time_limit"} <= keywords:
        yield f"{where} a task without time limits"
    if name in {"ForeignKey", "OneToOneField"} and owner == "models" and "related_name" not in keywords:
        yield f"{where} a relation without related_name"
    if owner == "csv" and name in {"writer", "DictWriter"} and path.parts[-2:] != ("formats", "sheets.py"):
        yield f"{where} a raw CSV writer"
    clock_file = path.parts[-2:] == ("common", "clock.py")
    if name in {"now", "today", "utcnow"} and owner in {"timezone", "datetime", "date"} and not clock_file:
        yield f"{where} a clock other than common.clock"
    if owner == "clock" and name == "now" and path.name in CLOCKLESS:
        yield f"{where} a clock in the domain"
    interface = path.name in {"views.py", "api.py"} and isinstance(call.func, ast.Attribute)
    if name in WRITES and interface and owner != "services":
        yield f"{where} a write in the interface layer"


def function_breaches(path: Path, function: ast.FunctionDef) -> Iterator[str]:
    where = f"{path.relative_to(ROOT)}:{function.lineno}"
    if any(isinstance(d, ast.Name) and d.id == "shared_task" for d in function.decorator_list):
        yield f"{where} a task without time limits"
    if (function.end_lineno or 0) - function.lineno > 60:
        yield f"{where} a function of more than 60 lines"
    if is_service(path) and not function.name.startswith("_"):
        positional = [a.arg for a in function.args.args if a.arg not in {"self", "cls"}]
        if len(positional) > 1:
            yield f"{where} a public service with positional arguments"


def test_the_house_rules_hold() -> None:
    found = [line for path in source_files() for line in breaches(path, ast.parse(path.read_text()))]
    assert found == []


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("readerstudy/exams/services.py", "task.delay(1)"),
        ("readerstudy/reads/tasks.py", "@shared_task\ndef f(): ..."),
        ("readerstudy/reads/models.py", "a = models.ForeignKey(User, on_delete=1)"),
        ("readerstudy/reports/views.py", "csv.writer(f)"),
        ("readerstudy/exams/services.py", "timezone.now()"),
        ("readerstudy/reads/policies.py", "clock.now()"),
        ("readerstudy/reads/api.py", "Read.objects.create()"),
        ("readerstudy/exams/services.py", "def f(a, b): ..."),
        ("readerstudy/studies/freezing.py", "@transaction.atomic\ndef f(): ..."),
        ("readerstudy/reports/exploring.py", "audit.record(actor=a)"),
        ("readerstudy/reads/services/seeing.py", "def f(a, b): ..."),
    ],
)
def test_a_planted_breach_is_found(file: str, code: str) -> None:
    assert list(breaches(ROOT / file, ast.parse(code)))


STANDS_ALONE = "verify_study.py"
"""An auditor takes it away and runs it by itself: it can't be split."""


def test_files_stay_small() -> None:
    rooms = ("annotations", "inference", "readerstudy", "tests", "benchmarks")
    long = [
        f"{path.relative_to(ROOT)}: {len(path.read_text().splitlines())}"
        for room in rooms
        for path in (ROOT / room).rglob("*.py")
        if "migrations" not in path.parts and not path.name.endswith(("_pb2.py", STANDS_ALONE))
        if len(path.read_text().splitlines()) > 500
    ]
    assert long == []
