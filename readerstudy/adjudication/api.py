"""Adjudication in the reading room: the same shapes as reads, outside every analysis of agreement."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.decorators import api_view, content_negotiation_class, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from readerstudy.accounts.models import User
from readerstudy.accounts.permissions import role_permission
from readerstudy.accounts.states import Role
from readerstudy.adjudication import selectors, services
from readerstudy.adjudication.contract import opinion_message
from readerstudy.adjudication.states import TABLE
from readerstudy.exams import rendering
from readerstudy.reads import serializers as shapes
from readerstudy.reads.api import AnyAccept, valid
from readerstudy.reads.policies import Sent
from readerstudy.reads.states import Item

IsAdjudicator = role_permission(Role.ADJUDICATOR)
NONE_LEFT = "All cases are decided here. Thank you."
_REFUSALS = {
    403: shapes.RefusalSerializer,
    404: shapes.RefusalSerializer,
    409: shapes.RefusalSerializer,
}
_WRITE_REFUSALS = {**_REFUSALS, 409: shapes.ConflictSerializer}


_NEXT = {
    200: PolymorphicProxySerializer(
        component_name="NextAdjudicationCase",
        serializers={
            "reading": shapes.NextReadingSerializer,
            "complete": shapes.NextCompleteSerializer,
        },
        resource_type_field_name="status",
    ),
    **_REFUSALS,
}


@extend_schema(operation_id="next_adjudication_case", request=None, responses=_NEXT)
@api_view(["POST"])
@permission_classes([IsAdjudicator])
def next_case(request: Request, adjudication_id: UUID) -> Response:
    """Open the case that this adjudicator decides next, alone; or say that none is left."""
    return Response(_next(request.user, adjudication_id, together=False))


@extend_schema(operation_id="next_case_together", request=None, responses=_NEXT)
@api_view(["POST"])
@permission_classes([IsAdjudicator])
def next_together(request: Request, adjudication_id: UUID) -> Response:
    """Open the next of the cases in which adjudicators differed, for what they decide together."""
    return Response(_next(request.user, adjudication_id, together=True))


def _next(person: User, adjudication_id: UUID, *, together: bool) -> dict[str, Any]:
    opinion = services.next_opinion(person=person, adjudication_id=adjudication_id, together=together)
    if opinion is None:
        return {"status": "complete", "message": NONE_LEFT}
    return {"status": "reading", "read": opinion_message(opinion)}


@extend_schema(
    operation_id="adjudication_metadata",
    responses={
        (200, "application/json"): {"type": "array", "items": {"type": "object"}},
        **_REFUSALS,
    },
)
@api_view(["GET"])
@content_negotiation_class(AnyAccept)
@permission_classes([IsAdjudicator])
def metadata(request: Request, opinion_id: UUID, kind: str) -> Response:
    """DICOM JSON (PS3.18 F), one object per image in the order of the frames."""
    opinion = services.see(person=request.user, opinion_id=opinion_id, item=Item.METADATA)
    return Response(rendering.metadata(selectors.series_of(opinion, kind)))


@extend_schema(
    operation_id="adjudication_frame",
    responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, **_REFUSALS},
)
@api_view(["GET"])
@content_negotiation_class(AnyAccept)
@permission_classes([IsAdjudicator])
def frame(request: Request, opinion_id: UUID, kind: str, index: int) -> HttpResponse:
    """The pixels of one image: 16-bit, little endian, uncompressed. Being sent counts as exposure."""
    opinion = services.see(person=request.user, opinion_id=opinion_id, item=Item.PIXELS)
    pixels = rendering.frame(selectors.instance_of(opinion, kind, index))
    return HttpResponse(pixels, content_type=rendering.FRAME_TYPE)


@extend_schema(
    operation_id="save_adjudication_draft",
    request=shapes.DraftSerializer,
    responses={200: shapes.DraftSavedSerializer, 400: shapes.RefusalSerializer, **_WRITE_REFUSALS},
)
@api_view(["PUT"])
@permission_classes([IsAdjudicator])
def draft(request: Request, opinion_id: UUID) -> Response:
    """Keep the answers so far."""
    body = valid(shapes.DraftSerializer, request)
    version = services.save_draft(person=request.user, opinion_id=opinion_id, sent=_sent(body))
    return Response({"version": version})


@extend_schema(
    operation_id="submit_adjudication",
    request=shapes.SubmitSerializer,
    responses={200: shapes.SubmittedSerializer, 400: shapes.GapsSerializer, **_WRITE_REFUSALS},
)
@api_view(["POST"])
@permission_classes([IsAdjudicator])
def submit(request: Request, opinion_id: UUID) -> Response:
    """Hand in a decided case, and open the next one at the same seat."""
    body = valid(shapes.SubmitSerializer, request)
    opinion = services.submit(
        person=request.user,
        opinion_id=opinion_id,
        sent=_sent(body),
        idempotency_key=body["idempotency_key"],
    )
    seat = opinion.place.seat
    coming = _next(request.user, seat.adjudication_id, together=seat.index == TABLE)
    return Response({"status": "submitted", "next": coming})


def _sent(body: dict[str, Any]) -> Sent:
    return Sent(
        lease=str(body["lease"]),
        version=body["version"],
        answers=[dict(answer) for answer in body["answers"]],
        comment=body["comment"],
        entered_at=body.get("entered_at"),
    )
