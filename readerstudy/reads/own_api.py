"""What is a reader's own in every study: the layout they like, the keys of their offline journal."""

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from readerstudy.accounts import services as accounts
from readerstudy.accounts.states import Layout, Orientation
from readerstudy.reads import journal
from readerstudy.reads import serializers as shapes
from readerstudy.reads.api import SitsInTheRoom, valid


@extend_schema(operation_id="journal_keys", responses={200: shapes.JournalKeysSerializer})
@api_view(["GET"])
@permission_classes([SitsInTheRoom])
def journal_keys(request: Request) -> Response:
    """What this reader's offline journal is sealed with: the same for the same person, on any machine."""
    return Response({"keys": journal.keys_of(request.user)})


@extend_schema(
    operation_id="choose_layout",
    request=shapes.LayoutSerializer,
    responses={200: shapes.LayoutSerializer, 400: shapes.RefusalSerializer},
)
@api_view(["PUT"])
@permission_classes([SitsInTheRoom])
def layout(request: Request) -> Response:
    """Remember how this reader wants T1 and T2 to lie, on a display of this shape."""
    chosen = valid(shapes.LayoutSerializer, request)
    accounts.choose_layout(
        user=request.user,
        orientation=Orientation(chosen["orientation"]),
        layout=Layout(chosen["layout"]),
    )
    return Response(chosen)
