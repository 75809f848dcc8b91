"""What the database and the processes must keep to."""

import subprocess
import sys

import pytest
from django.apps import apps
from django.core.management import call_command

ORDER = [
    "audit",
    "accounts",
    "exams",
    "predictions",
    "studies",
    "reads",
    "preparation",
    "queries",
    "reminders",
    "reports",
    "adjudication",
    "demo",
]


def test_foreign_keys_point_downwards() -> None:
    upwards = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for app in ORDER
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.get_fields()
        if field.many_to_one or (field.one_to_one and field.concrete)
        if field.related_model._meta.app_label in ORDER
        if ORDER.index(field.related_model._meta.app_label) > ORDER.index(app)
    ]
    assert upwards == []


@pytest.mark.django_db
def test_migrations_are_in_step_with_the_models() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.parametrize("entry", ["readerstudy.config.wsgi", "readerstudy.config.celery"])
def test_web_and_worker_never_import_tensorflow(entry: str) -> None:
    code = (
        f"import {entry}, sys, django; django.setup(); "
        "from django.urls import get_resolver; get_resolver().url_patterns; "
        "from readerstudy.config import celery_app; celery_app.loader.import_default_modules(); "
        "heavy = {'tensorflow', 'tensorflow_serving', 'keras'}; "
        "found = heavy & {name.split('.')[0] for name in sys.modules}; "
        "print(found); sys.exit(bool(found))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
