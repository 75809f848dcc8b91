"""The coordinator's preview in the reading room: what a reader of the arm is sent, and not one thing more."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view, content_negotiation_class, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from readerstudy.accounts.permissions import role_permission
from readerstudy.accounts.states import Role
from readerstudy.exams import rendering
from readerstudy.reads import selectors as reads
from readerstudy.reads import serializers as shapes
from readerstudy.reads.api import AnyAccept, valid
from readerstudy.reads.states import Item
from readerstudy.rehearsal import answering, previewing, services
from readerstudy.rehearsal.api import FRAME, METADATA, NEXT
from readerstudy.rehearsal.previewing import Chosen

IsCoordinator = role_permission(Role.COORDINATOR)
REFUSED: Any = {404: shapes.RefusalSerializer, 409: shapes.RefusalSerializer}
DONE = "That was the case. Nothing of it was kept."


@extend_schema(operation_id="next_preview_case", request=None, responses={200: NEXT} | REFUSED)
@api_view(["POST"])
@permission_classes([IsCoordinator])
def next_case(request: Request, study_id: UUID, arm: str, case: int, part: int) -> Response:
    """Open the chosen case as a reader of this arm would meet it."""
    chosen = Chosen(study_id, arm, case, part)
    return Response({"status": "reading", "read": services.open_preview(person=request.user, chosen=chosen)})


@extend_schema(operation_id="preview_metadata", responses=METADATA | REFUSED)
@api_view(["GET"])
@content_negotiation_class(AnyAccept)
@permission_classes([IsCoordinator])
def metadata(request: Request, study_id: UUID, arm: str, case: int, part: int, kind: str) -> Response:
    """DICOM JSON (PS3.18 F), one object per image in the order of the frames."""
    chosen = Chosen(study_id, arm, case, part)
    read = services.see_preview(person=request.user, chosen=chosen, item=Item.METADATA)
    return Response(rendering.metadata(reads.series_of(read, kind)))


@extend_schema(operation_id="preview_frame", responses=FRAME | REFUSED)
@api_view(["GET"])
@content_negotiation_class(AnyAccept)
@permission_classes([IsCoordinator])
def frame(
    request: Request, study_id: UUID, arm: str, case: int, part: int, kind: str, index: int
) -> HttpResponse:
    """The pixels of one image: 16-bit, little endian, uncompressed. Being sent is kept as a sighting."""
    chosen = Chosen(study_id, arm, case, part)
    read = services.see_preview(person=request.user, chosen=chosen, item=Item.PIXELS)
    pixels = rendering.frame(reads.instance_of(read, kind, index))
    return HttpResponse(pixels, content_type=rendering.FRAME_TYPE)


@extend_schema(operation_id="preview_map", responses={200: shapes.ModicMapSerializer} | REFUSED)
@api_view(["GET"])
@permission_classes([IsCoordinator])
def modic_map(request: Request, study_id: UUID, arm: str, case: int, part: int) -> Response:
    """The map as an arm that has it from the start shows it."""
    chosen = Chosen(study_id, arm, case, part)
    read = services.see_preview(person=request.user, chosen=chosen, item=Item.MODIC_MAP)
    return Response(reads.map_shown_in(read))


@extend_schema(
    operation_id="reveal_preview_map", request=None, responses={200: shapes.ModicMapSerializer} | REFUSED
)
@api_view(["POST"])
@permission_classes([IsCoordinator])
def reveal(request: Request, study_id: UUID, arm: str, case: int, part: int) -> Response:
    """The map as an arm that has it on demand shows it."""
    chosen = Chosen(study_id, arm, case, part)
    read = services.see_preview(person=request.user, chosen=chosen, item=Item.MAP_ON_DEMAND)
    return Response(reads.map_shown_in(read))


@extend_schema(
    operation_id="hear_preview_draft",
    request=shapes.DraftSerializer,
    responses={200: shapes.DraftSavedSerializer, 400: shapes.RefusalSerializer} | REFUSED,
)
@api_view(["PUT"])
@permission_classes([IsCoordinator])
def draft(request: Request, study_id: UUID, arm: str, case: int, part: int) -> Response:
    """Check the answers so far, and forget them."""
    read, _ = previewing.previewed(request.user, Chosen(study_id, arm, case, part), item=Item.METADATA)
    body = valid(shapes.DraftSerializer, request)
    answering.check(reads.document_of(read), body, complete=False)
    return Response({"version": body["version"] + 1})


@extend_schema(
    operation_id="hear_preview_submission",
    request=shapes.SubmitSerializer,
    responses={200: shapes.SubmittedSerializer, 400: shapes.GapsSerializer} | REFUSED,
)
@api_view(["POST"])
@permission_classes([IsCoordinator])
def submit(request: Request, study_id: UUID, arm: str, case: int, part: int) -> Response:
    """Check that every half is answered and forget the answers; a second read goes on to its second part."""
    read, shown = previewing.previewed(request.user, Chosen(study_id, arm, case, part), item=Item.METADATA)
    body = valid(shapes.SubmitSerializer, request)
    answering.check(reads.document_of(read), body, complete=True)
    if not shown.follows:
        return Response({"status": "submitted", "next": {"status": "complete", "message": DONE}})
    second = Chosen(study_id, arm, case, part + 1)
    follows = services.open_preview(person=request.user, chosen=second) | {"answers": body["answers"]}
    return Response({"status": "submitted", "next": {"status": "reading", "read": follows}})
