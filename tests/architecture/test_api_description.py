"""The OpenAPI file and the TypeScript contract are in step with the code."""

import io
from pathlib import Path

from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_openapi_file_is_in_step() -> None:
    out = io.StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    assert out.getvalue() == (ROOT / "docs" / "openapi.yaml").read_text(), "run `make schema`"
