"""What is really sent has the shape the OpenAPI document states, with nothing added and nothing left out."""

from datetime import timedelta
from typing import Any

import jsonschema
import pytest
from drf_spectacular.generators import SchemaGenerator

from tests.readerstudy.reads.desk import answers_to, desk

pytestmark = pytest.mark.django_db


def as_json_schema(node: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema: null where nullable, and no property beyond those named."""
    if isinstance(node, list):
        return [as_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {key: as_json_schema(value) for key, value in node.items() if key != "nullable"}
    if "properties" in plain:
        plain.setdefault("additionalProperties", False)
    return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") is True else plain


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)


def check(document: dict[str, Any], response: Any, path: str, method: str) -> None:
    answer = document["paths"][path][method]["responses"][str(response.status_code)]
    schema = as_json_schema(answer["content"]["application/json"]["schema"])
    components = as_json_schema(document["components"])
    jsonschema.validate(response.json(), {**schema, "components": components})


NEXT = "/api/enrolments/{enrolment_id}/next"
READ = "/api/reads/{read_id}/"


def test_reading_drafts_conflicts_gaps_and_submissions_keep_the_contract(study, document) -> None:
    reader = desk(study, 2)
    answer = reader.post_next()
    check(document, answer, NEXT, "post")
    read = answer.json()["read"]
    check(document, reader.put_draft(read, answers_to(read, grade=2, leave_out=3)), READ + "draft", "put")
    check(document, reader.post_next(), NEXT, "post")
    check(document, reader.put_draft(read, answers_to(read)), READ + "draft", "put")
    read = reader.open()
    check(document, reader.post_submit(read, answers_to(read, leave_out=1)), READ + "submit", "post")
    check(document, reader.post_submit(read, answers_to(read)), READ + "submit", "post")
    check(document, reader.post_submit(read, answers_to(read)), READ + "submit", "post")
    metadata = READ + "images/{kind}/metadata"
    check(document, reader.client.get(read["images"]["t1"]["metadata_url"]), metadata, "get")
    check(document, desk(study, 3).client.get(f"/api/reads/{read['id']}/map"), READ + "map", "get")


def test_waiting_maps_and_the_end_keep_the_contract(study, document, travel) -> None:
    reader = desk(study, 2)
    reader.read_period()
    check(document, reader.post_next(), NEXT, "post")
    travel.shift(timedelta(hours=672))
    reader.sign_in_again()
    read = reader.open()
    check(document, reader.client.get(read["map_url"]), READ + "map", "get")
    travel.shift(timedelta(seconds=-1))
    check(document, reader.client.get(read["map_url"]), READ + "map", "get")
    travel.shift(timedelta(seconds=1))
    reader.read_period()
    check(document, reader.post_next(), NEXT, "post")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda read: read.pop("lease"),
        lambda read: read.update(hint="type 2 at L4"),
        lambda read: read["answers"].append({"level": "L9"}),
        lambda read: read.update(map_url=7),
    ],
)
def test_the_check_finds_what_is_missing_added_or_wrong(study, document, spoil) -> None:
    answer = desk(study, 2).post_next()
    body = answer.json()
    spoil(body["read"])
    answer.json = lambda: body
    with pytest.raises(jsonschema.ValidationError):
        check(document, answer, NEXT, "post")
