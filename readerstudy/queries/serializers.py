"""What the reading room sends and gets about reports."""

from rest_framework import serializers

from readerstudy.queries.policies import RAISED_BY_READERS
from readerstudy.queries.states import KIND_LABELS, QueryKind, QueryState


class _Plain(serializers.Serializer):  # a shape only: writes are the services' work
    pass


class ReportSerializer(_Plain):
    kind = serializers.ChoiceField([(kind.value, KIND_LABELS[kind]) for kind in RAISED_BY_READERS])
    text = serializers.CharField(max_length=4000, trim_whitespace=False, allow_blank=True)
    idempotency_key = serializers.RegexField(r"^[0-9A-Za-z-]{8,64}$")


class MessageSerializer(_Plain):
    own = serializers.BooleanField()
    text = serializers.CharField()
    at = serializers.DateTimeField()


class ReportedSerializer(_Plain):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField([kind.value for kind in QueryKind])
    label = serializers.CharField()
    state = serializers.ChoiceField([state.value for state in QueryState])
    raised_at = serializers.DateTimeField()
    messages = MessageSerializer(many=True)


class ReportKindSerializer(_Plain):
    value = serializers.ChoiceField([kind.value for kind in RAISED_BY_READERS])
    label = serializers.CharField()


class ReportsSerializer(_Plain):
    kinds = ReportKindSerializer(many=True)
    reports = ReportedSerializer(many=True)
