"""A reader's reports to the coordinator, from the reading room."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from readerstudy.accounts.models import User
from readerstudy.accounts.permissions import role_permission
from readerstudy.accounts.states import Role
from readerstudy.common.errors import BadInput
from readerstudy.queries import selectors, services
from readerstudy.queries import serializers as shapes
from readerstudy.queries.models import Query
from readerstudy.queries.policies import RAISED_BY_READERS
from readerstudy.queries.states import KIND_LABELS, QueryKind
from readerstudy.reads import guard
from readerstudy.reads.serializers import RefusalSerializer
from readerstudy.reads.states import Item


@extend_schema(
    methods=["GET"],
    operation_id="read_reports",
    responses={200: shapes.ReportsSerializer, 404: RefusalSerializer},
)
@extend_schema(
    methods=["POST"],
    operation_id="report_to_coordinator",
    request=shapes.ReportSerializer,
    responses={
        201: shapes.ReportedSerializer,
        400: RefusalSerializer,
        404: RefusalSerializer,
    },
)
@api_view(["GET", "POST"])
@permission_classes([role_permission(Role.READER)])
def reports(request: Request, read_id: UUID) -> Response:
    """What this reader has reported from this read, with the answers; or one report more."""
    if request.method == "POST":
        return _report(request, read_id)
    with guard.refusals_kept(user=request.user, read_id=read_id, item=Item.OWN_ANSWERS):
        read = guard.find(user=request.user, read_id=read_id)
    own = [_reported(query, request.user) for query in selectors.of_read(read.pk, request.user)]
    kinds = [{"value": kind.value, "label": KIND_LABELS[kind]} for kind in RAISED_BY_READERS]
    return Response({"kinds": kinds, "reports": own})


def _report(request: Request, read_id: UUID) -> Response:
    sent = shapes.ReportSerializer(data=request.data)
    if not sent.is_valid():
        wrong = ", ".join(sorted(str(field) for field in sent.errors))
        raise BadInput(f"This report can't be taken as it is ({wrong}).", code="form")
    query = services.report(
        reader=request.user,
        read_id=read_id,
        kind=QueryKind(sent.validated_data["kind"]),
        text=sent.validated_data["text"],
        idempotency_key=sent.validated_data["idempotency_key"],
    )
    return Response(_reported(query, request.user), status=201)


def _reported(query: Query, user: User) -> dict[str, Any]:
    return {
        "id": str(query.pk),
        "kind": query.kind,
        "label": query.get_kind_display(),
        "state": query.state,
        "raised_at": query.raised_at.isoformat(),
        "messages": [
            {"own": message.author_id == user.pk, "text": message.text, "at": message.at.isoformat()}
            for message in query.messages.all()
        ],
    }
