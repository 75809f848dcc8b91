"""Every route of data a reader can reach. Each makes one call that asks the guard before any byte leaves."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view, content_negotiation_class, permission_classes
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from readerstudy.accounts.permissions import role_permission
from readerstudy.accounts.states import Role
from readerstudy.common.errors import BadInput, Conflict
from readerstudy.exams import rendering
from readerstudy.reads import (
    attention,
    policies,
    recalls,
    reveals,
    seats,
    selectors,
    services,
)
from readerstudy.reads import serializers as shapes
from readerstudy.reads.contract import images_message, read_message, recall_message
from readerstudy.reads.gates import Closed
from readerstudy.reads.policies import Sent
from readerstudy.reads.states import Item

IsReader = role_permission(Role.READER)
SitsInTheRoom = role_permission(Role.READER, Role.ADJUDICATOR)


class AnyAccept(DefaultContentNegotiation):
    """Viewers ask for DICOM media types; there is one form of each answer."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


@extend_schema(
    operation_id="next_case",
    request=shapes.NextRequestSerializer,
    responses={
        200: shapes.NEXT_CASE,
        400: shapes.RefusalSerializer,
        404: shapes.RefusalSerializer,
        409: shapes.GateSerializer,
    },
)
@api_view(["POST"])
@permission_classes([IsReader])
def next_case(request: Request, enrolment_id: UUID) -> Response:
    """Open the one case that is next, or say when reading opens, that all is read, or that the study is being
    read on another device."""
    said = request.content_type == "application/json"
    asked = valid(shapes.NextRequestSerializer, request) if said else {"device": None, "take_over": False}
    words = policies.device_in_words(request.headers.get("User-Agent", ""))
    outcome = services.next_case(
        reader=request.user,
        enrolment_id=enrolment_id,
        device=seats.Device(str(asked["device"] or ""), words),
        take_over=asked["take_over"],
    )
    if isinstance(outcome, Closed):
        raise Conflict(outcome.detail, code=outcome.code, url=outcome.url)
    return Response(_next(outcome))


def _next(outcome: services.Next | Closed) -> dict[str, Any]:
    if isinstance(outcome, Closed):
        return {"status": "gate", "message": outcome.detail, "code": outcome.code, "url": outcome.url}
    if isinstance(outcome, services.Asked):
        return recall_message(outcome.read)
    if isinstance(outcome, seats.Elsewhere):
        since, last_at = outcome.since.isoformat(), outcome.last_at.isoformat()
        return {"status": "elsewhere", "where": outcome.where, "since": since, "last_at": last_at}
    if isinstance(outcome, services.Waiting):
        opens_at = outcome.opens_at.isoformat()
        return {"status": "waiting", "opens_at": opens_at, "message": outcome.detail}
    if isinstance(outcome, services.Complete):
        return {"status": "complete", "message": outcome.why.value}
    return {"status": "reading", "read": read_message(outcome)}


@extend_schema(
    operation_id="send_ahead",
    request=None,
    responses={200: shapes.AheadSerializer, 404: shapes.RefusalSerializer},
)
@api_view(["POST"])
@permission_classes([IsReader])
def ahead(request: Request, enrolment_id: UUID) -> Response:
    """Where the images of the one case that comes next are, while this one is read; nothing else of it."""
    read = services.send_ahead(reader=request.user, enrolment_id=enrolment_id)
    return Response({"images": images_message(read) if read else None})


@extend_schema(
    operation_id="read_metadata",
    responses={
        (200, "application/json"): {"type": "array", "items": {"type": "object"}},
        403: shapes.WashoutRefusalSerializer,
        404: shapes.RefusalSerializer,
        409: shapes.RefusalSerializer,
    },
)
@api_view(["GET"])
@content_negotiation_class(AnyAccept)
@permission_classes([IsReader])
def metadata(request: Request, read_id: UUID, kind: str) -> Response:
    """DICOM JSON (PS3.18 F), one object per image in the order of the frames."""
    read = services.see(reader=request.user, read_id=read_id, item=Item.METADATA)
    return Response(rendering.metadata(selectors.series_of(read, kind)))


@extend_schema(
    operation_id="read_frame",
    responses={
        (200, "application/octet-stream"): OpenApiTypes.BINARY,
        403: shapes.WashoutRefusalSerializer,
        404: shapes.RefusalSerializer,
        409: shapes.RefusalSerializer,
    },
)
@api_view(["GET"])
@content_negotiation_class(AnyAccept)
@permission_classes([IsReader])
def frame(request: Request, read_id: UUID, kind: str, index: int) -> HttpResponse:
    """The pixels of one image: 16-bit, little endian, uncompressed. Being sent counts as exposure."""
    read = services.see(reader=request.user, read_id=read_id, item=Item.PIXELS)
    pixels = rendering.frame(selectors.instance_of(read, kind, index))
    return HttpResponse(pixels, content_type=rendering.FRAME_TYPE)


@extend_schema(
    operation_id="read_map",
    responses={
        200: shapes.ModicMapSerializer,
        403: shapes.WashoutRefusalSerializer,
        404: shapes.RefusalSerializer,
        409: shapes.RefusalSerializer,
    },
)
@api_view(["GET"])
@permission_classes([IsReader])
def modic_map(request: Request, read_id: UUID) -> Response:
    """The Modic map frozen at opening, in an assisted read; in any other there is nothing here."""
    read = services.see(reader=request.user, read_id=read_id, item=Item.MODIC_MAP)
    return Response(selectors.map_shown_in(read))


@extend_schema(
    operation_id="reveal_map",
    request=None,
    responses={
        200: shapes.ModicMapSerializer,
        403: shapes.WashoutRefusalSerializer,
        404: shapes.RefusalSerializer,
        409: shapes.RefusalSerializer,
    },
)
@api_view(["POST"])
@permission_classes([IsReader])
def reveal(request: Request, read_id: UUID) -> Response:
    """The frozen map in a read that shows it on demand. Every request is kept with its time."""
    return Response(reveals.reveal_map(reader=request.user, read_id=read_id))


@extend_schema(
    operation_id="save_draft",
    request=shapes.DraftSerializer,
    responses={
        200: shapes.DraftSavedSerializer,
        400: shapes.RefusalSerializer,
        403: shapes.InputRefusalSerializer,
        404: shapes.RefusalSerializer,
        409: shapes.ConflictSerializer,
    },
)
@api_view(["PUT"])
@permission_classes([IsReader])
def draft(request: Request, read_id: UUID) -> Response:
    """Keep the answers so far."""
    body = valid(shapes.DraftSerializer, request)
    version = services.save_draft(reader=request.user, read_id=read_id, sent=sent_by(body))
    return Response({"version": version})


@extend_schema(
    operation_id="count_beat",
    request=shapes.BeatSerializer,
    responses={
        200: shapes.BeatCountedSerializer,
        400: shapes.RefusalSerializer,
        403: shapes.WashoutRefusalSerializer,
        404: shapes.RefusalSerializer,
        409: shapes.RefusalSerializer,
    },
)
@api_view(["POST"])
@permission_classes([IsReader])
def beat(request: Request, read_id: UUID) -> Response:
    """Count the time in which the case was visible and its reader not idle; keep what it is shown on."""
    body = valid(shapes.BeatSerializer, request)
    lease, active_ms, leaving = str(body.pop("lease")), body.pop("active_ms"), body.pop("leaving")
    counted = attention.beat(
        reader=request.user,
        read_id=read_id,
        lease=lease,
        active_ms=active_ms,
        display=attention.Display(**body),
        leaving=leaving,
    )
    return Response({"active_ms": counted})


@extend_schema(
    operation_id="submit_read",
    request=shapes.SubmitSerializer,
    responses={
        200: shapes.SubmittedSerializer,
        400: shapes.GapsSerializer,
        403: shapes.InputRefusalSerializer,
        404: shapes.RefusalSerializer,
        409: shapes.ConflictSerializer,
    },
)
@api_view(["POST"])
@permission_classes([IsReader])
def submit(request: Request, read_id: UUID) -> Response:
    """Hand in a complete read, which is locked in the same moment, and open the next as `next_case` does.

    `next` is null where something is asked of the reader first: `next_case` says what.
    """
    body = valid(shapes.SubmitSerializer, request)
    read = services.submit(
        reader=request.user,
        read_id=read_id,
        sent=sent_by(body),
        idempotency_key=body["idempotency_key"],
        active_ms=body["active_ms"],
    )
    coming = services.next_after(read, handed_in=True)
    return Response({"status": "submitted", "next": None if isinstance(coming, Closed) else _next(coming)})


@extend_schema(
    operation_id="answer_recall",
    request=shapes.RecallSerializer,
    responses={
        200: shapes.NEXT_CASE,
        400: shapes.RefusalSerializer,
        403: shapes.RefusalSerializer,
        404: shapes.RefusalSerializer,
        409: shapes.RefusalSerializer,
    },
)
@api_view(["POST"])
@permission_classes([IsReader])
def recall(request: Request, read_id: UUID) -> Response:
    """Whether the case just handed in was seen before in the study; then the next, as `next_case` does.

    Where something is asked of the reader first, the answer is kept all the same, and `gate` says what.
    """
    body = valid(shapes.RecallSerializer, request)
    read = recalls.answer_recall(reader=request.user, read_id=read_id, answer=body["answer"])
    return Response(_next(services.next_after(read)))


def valid(serializer: type, request: Request) -> dict[str, Any]:
    """What the reading room sent, checked. Raises BadInput naming the fields that are wrong."""
    bound = serializer(data=request.data)
    if not bound.is_valid():
        wrong = ", ".join(sorted(str(field) for field in bound.errors))
        raise BadInput(f"This is not what the reading room sends ({wrong}): reload the page.", code="form")
    return dict(bound.validated_data)


def sent_by(body: dict[str, Any]) -> Sent:
    """What a draft or a submission says, from its checked body."""
    answers = [dict(answer) for answer in body["answers"]]
    return Sent(
        lease=str(body["lease"]),
        version=body["version"],
        answers=answers,
        comment=body["comment"],
        entered_at=body["entered_at"],
        replaces=body["replaces"],
    )
