"""Calibration in the reading room: the same shapes as reads, outside the analysis."""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.decorators import api_view, content_negotiation_class, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from readerstudy.accounts.permissions import role_permission
from readerstudy.accounts.states import Role
from readerstudy.exams import rendering
from readerstudy.preparation import calibrating
from readerstudy.preparation.contract import read_message
from readerstudy.preparation.services import calibration as services
from readerstudy.reads import serializers as shapes
from readerstudy.reads.api import AnyAccept, sent_by, valid
from readerstudy.reads.states import Item

IsReader = role_permission(Role.READER)
_IMAGE_REFUSALS = {
    403: shapes.RefusalSerializer,
    404: shapes.RefusalSerializer,
    409: shapes.RefusalSerializer,
}
_WRITE_REFUSALS = {
    403: shapes.RefusalSerializer,
    404: shapes.RefusalSerializer,
    409: shapes.ConflictSerializer,
}


@extend_schema(
    operation_id="next_calibration_case",
    request=None,
    responses={
        200: PolymorphicProxySerializer(
            component_name="NextCalibrationCase",
            serializers={
                "reading": shapes.NextReadingSerializer,
                "complete": shapes.NextCompleteSerializer,
            },
            resource_type_field_name="status",
        ),
        404: shapes.RefusalSerializer,
    },
)
@api_view(["POST"])
@permission_classes([IsReader])
def next_case(request: Request, enrolment_id: UUID) -> Response:
    """Open the calibration case that is next, or say what comes instead."""
    outcome = services.next_read(reader=request.user, enrolment_id=enrolment_id)
    if isinstance(outcome, services.Nothing):
        return Response({"status": "complete", "message": outcome.message})
    return Response({"status": "reading", "read": read_message(outcome)})


@extend_schema(
    operation_id="calibration_metadata",
    responses={
        (200, "application/json"): {"type": "array", "items": {"type": "object"}},
        **_IMAGE_REFUSALS,
    },
)
@api_view(["GET"])
@content_negotiation_class(AnyAccept)
@permission_classes([IsReader])
def metadata(request: Request, read_id: UUID, kind: str) -> Response:
    """DICOM JSON (PS3.18 F), one object per image in the order of the frames."""
    read = services.see(reader=request.user, read_id=read_id, item=Item.METADATA)
    return Response(rendering.metadata(calibrating.series_of(read, kind)))


@extend_schema(
    operation_id="calibration_frame",
    responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, **_IMAGE_REFUSALS},
)
@api_view(["GET"])
@content_negotiation_class(AnyAccept)
@permission_classes([IsReader])
def frame(request: Request, read_id: UUID, kind: str, index: int) -> HttpResponse:
    """The pixels of one image: 16-bit, little endian, uncompressed. Being sent counts as exposure."""
    read = services.see(reader=request.user, read_id=read_id, item=Item.PIXELS)
    pixels = rendering.frame(calibrating.instance_of(read, kind, index))
    return HttpResponse(pixels, content_type=rendering.FRAME_TYPE)


@extend_schema(
    operation_id="save_calibration_draft",
    request=shapes.DraftSerializer,
    responses={200: shapes.DraftSavedSerializer, 400: shapes.RefusalSerializer, **_WRITE_REFUSALS},
)
@api_view(["PUT"])
@permission_classes([IsReader])
def draft(request: Request, read_id: UUID) -> Response:
    """Keep the answers so far."""
    body = valid(shapes.DraftSerializer, request)
    version = services.save_draft(reader=request.user, read_id=read_id, sent=sent_by(body))
    return Response({"version": version})


@extend_schema(
    operation_id="submit_calibration",
    request=shapes.SubmitSerializer,
    responses={200: shapes.SubmittedSerializer, 400: shapes.GapsSerializer, **_WRITE_REFUSALS},
)
@api_view(["POST"])
@permission_classes([IsReader])
def submit(request: Request, read_id: UUID) -> Response:
    """Hand in a complete reading; its comparison with the expert can be seen from now on."""
    body = valid(shapes.SubmitSerializer, request)
    services.submit(
        reader=request.user,
        read_id=read_id,
        sent=sent_by(body),
        idempotency_key=body["idempotency_key"],
    )
    return Response({"status": "submitted"})
