"""Web and worker never import TensorFlow."""

import os
import subprocess
import sys

CODE = """
import django, sys
django.setup()
import readerstudy.predictions.tasks, readerstudy.predictions.urls, readerstudy.config.celery
sys.exit(bool({"tensorflow", "keras", "tensorflow_serving"} & set(sys.modules)))
"""


def test_neither_web_nor_worker_imports_tensorflow():
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    assert subprocess.run([sys.executable, "-c", CODE], env=environment).returncode == 0
