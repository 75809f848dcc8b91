"""Practice in the reading room: the same shapes as reads. Nothing that is sent here is kept."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.decorators import api_view, content_negotiation_class, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from readerstudy.accounts.permissions import role_permission
from readerstudy.accounts.states import Role
from readerstudy.common.errors import NotThere
from readerstudy.exams import rendering
from readerstudy.reads import serializers as shapes
from readerstudy.reads.api import AnyAccept, valid
from readerstudy.rehearsal import answering, practising
from readerstudy.studies.states import Arm

IsReader = role_permission(Role.READER)
NEXT = PolymorphicProxySerializer(
    component_name="NextRehearsalCase",
    serializers={"reading": shapes.NextReadingSerializer, "complete": shapes.NextCompleteSerializer},
    resource_type_field_name="status",
)
METADATA: Any = {(200, "application/json"): {"type": "array", "items": {"type": "object"}}}
FRAME: Any = {(200, "application/octet-stream"): OpenApiTypes.BINARY}
MISSING: Any = {404: shapes.RefusalSerializer}


@extend_schema(operation_id="next_practice_case", request=None, responses={200: NEXT})
@api_view(["POST"])
@permission_classes([IsReader])
def next_case(request: Request) -> Response:
    """Begin to practise, at the first case."""
    return Response(practising.next_message(1))


@extend_schema(operation_id="practice_metadata", responses=METADATA | MISSING)
@api_view(["GET"])
@content_negotiation_class(AnyAccept)
@permission_classes([IsReader])
def metadata(request: Request, number: int, kind: str) -> Response:
    """DICOM JSON (PS3.18 F), one object per image in the order of the frames."""
    return Response(practising.exam_of(number).metadata[kind])


@extend_schema(operation_id="practice_frame", responses=FRAME | MISSING)
@api_view(["GET"])
@content_negotiation_class(AnyAccept)
@permission_classes([IsReader])
def frame(request: Request, number: int, kind: str, index: int) -> HttpResponse:
    """The pixels of one synthetic image: 16-bit, little endian, uncompressed."""
    frames = practising.exam_of(number).frames[kind]
    if index >= len(frames):
        raise NotThere
    return HttpResponse(frames[index].astype("<u2").tobytes(), content_type=rendering.FRAME_TYPE)


@extend_schema(operation_id="practice_map", responses={200: shapes.ModicMapSerializer} | MISSING)
@api_view(["GET"])
@permission_classes([IsReader])
def modic_map(request: Request, number: int) -> Response:
    """What was drawn into the exam of an assisted practice case, as a map."""
    return Response(practising.map_of(number, arm=Arm.ASSISTED))


@extend_schema(
    operation_id="reveal_practice_map", request=None, responses={200: shapes.ModicMapSerializer} | MISSING
)
@api_view(["POST"])
@permission_classes([IsReader])
def reveal(request: Request, number: int) -> Response:
    """The same, where it is shown on demand."""
    return Response(practising.map_of(number, arm=Arm.ON_DEMAND))


@extend_schema(
    operation_id="hear_practice_draft",
    request=shapes.DraftSerializer,
    responses={200: shapes.DraftSavedSerializer, 400: shapes.RefusalSerializer} | MISSING,
)
@api_view(["PUT"])
@permission_classes([IsReader])
def draft(request: Request, number: int) -> Response:
    """Check the answers so far, and forget them."""
    practising.case_of(number)
    body = valid(shapes.DraftSerializer, request)
    answering.check(practising.practice_document(), body, complete=False)
    return Response({"version": body["version"] + 1})


@extend_schema(
    operation_id="hear_practice_submission",
    request=shapes.SubmitSerializer,
    responses={200: shapes.SubmittedSerializer, 400: shapes.GapsSerializer} | MISSING,
)
@api_view(["POST"])
@permission_classes([IsReader])
def submit(request: Request, number: int) -> Response:
    """Check that every half is answered, forget the answers, and open the next practice case."""
    practising.case_of(number)
    body = valid(shapes.SubmitSerializer, request)
    answering.check(practising.practice_document(), body, complete=True)
    return Response({"status": "submitted", "next": practising.next_message(number + 1)})
