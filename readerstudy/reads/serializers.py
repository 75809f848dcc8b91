"""What the reading room and the server say to each other, as the OpenAPI document states it."""

from enum import Enum
from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from annotations.grades import NotGradable
from annotations.vocabulary import Half, Level, ModicType
from readerstudy.studies.states import Arm, told_to_reader

MAX_SITES = 24


def _choices(words: type[Enum]) -> list[tuple[Any, str]]:
    return [(word.value, word.name) for word in words]


_LEVELS, _HALVES = _choices(Level), _choices(Half)
_ARMS = [(arm.value, arm.name) for arm in Arm if told_to_reader(arm) is arm]
_TYPES, _REASONS = _choices(ModicType), _choices(NotGradable)


class _Plain(serializers.Serializer):  # a shape only: writes are the services' work
    pass


class SiteSerializer(_Plain):
    level = serializers.ChoiceField(_LEVELS)
    half = serializers.ChoiceField(_HALVES)


class AnswerSerializer(SiteSerializer):
    grade = serializers.ChoiceField(_TYPES, allow_null=True)
    not_gradable = serializers.ChoiceField(_REASONS, allow_null=True)
    in_bulk = serializers.BooleanField()


class GivenAnswerSerializer(AnswerSerializer):
    in_bulk = serializers.BooleanField(default=False)


class DraftSerializer(_Plain):
    lease = serializers.UUIDField()
    version = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    answers = GivenAnswerSerializer(many=True, max_length=MAX_SITES)


class SubmitSerializer(DraftSerializer):
    idempotency_key = serializers.RegexField(r"^[0-9A-Za-z-]{8,64}$")


class DraftSavedSerializer(_Plain):
    version = serializers.IntegerField()


class CurrentSerializer(_Plain):
    version = serializers.IntegerField()
    answers = AnswerSerializer(many=True)
    lease = serializers.UUIDField()


class RefusalSerializer(_Plain):
    detail = serializers.CharField()
    code = serializers.CharField(required=False)


class GateSerializer(RefusalSerializer):
    url = serializers.CharField(required=False)


class WashoutRefusalSerializer(RefusalSerializer):
    opens_at = serializers.DateTimeField(required=False)


class GapsSerializer(RefusalSerializer):
    gaps = SiteSerializer(many=True, required=False)


class ConflictSerializer(RefusalSerializer):
    current = CurrentSerializer(required=False)


class ReadPeriodSerializer(_Plain):
    number = serializers.IntegerField()
    name = serializers.CharField()
    arm = serializers.ChoiceField(_ARMS)


class GradeChoiceSerializer(_Plain):
    value = serializers.ChoiceField(_TYPES)
    label = serializers.CharField()


class ReasonSerializer(_Plain):
    value = serializers.ChoiceField(_REASONS)
    label = serializers.CharField()


class LevelPointSerializer(_Plain):
    level = serializers.ChoiceField(_LEVELS)
    point_mm = serializers.ListField(child=serializers.FloatField(), min_length=3, max_length=3)


class SeriesImagesSerializer(_Plain):
    metadata_url = serializers.CharField()
    frame_urls = serializers.ListField(child=serializers.CharField())
    description = serializers.CharField()


class ImagePairSerializer(_Plain):
    t1 = SeriesImagesSerializer()
    t2 = SeriesImagesSerializer()


class ReadSerializer(_Plain):
    id = serializers.UUIDField()
    state = serializers.CharField()
    version = serializers.IntegerField()
    period = ReadPeriodSerializer()
    position = serializers.IntegerField()
    total = serializers.IntegerField()
    synthetic = serializers.BooleanField()
    sites = SiteSerializer(many=True)
    grades = GradeChoiceSerializer(many=True)
    not_gradable_reasons = ReasonSerializer(many=True)
    levels = LevelPointSerializer(many=True)
    images = ImagePairSerializer()
    part = serializers.ChoiceField([1, 2])
    map_follows = serializers.BooleanField()
    map_url = serializers.CharField(allow_null=True)
    reveal_url = serializers.CharField(allow_null=True)
    answers = AnswerSerializer(many=True)
    lease = serializers.UUIDField()
    draft_url = serializers.CharField()
    submit_url = serializers.CharField()
    reports_url = serializers.CharField(allow_null=True)


class NextReadingSerializer(_Plain):
    status = serializers.ChoiceField(["reading"])
    read = ReadSerializer()


class NextWaitingSerializer(_Plain):
    status = serializers.ChoiceField(["waiting"])
    opens_at = serializers.DateTimeField()
    message = serializers.CharField()


class NextCompleteSerializer(_Plain):
    status = serializers.ChoiceField(["complete"])
    message = serializers.CharField()


NEXT_CASE = PolymorphicProxySerializer(
    component_name="NextCase",
    serializers={
        "reading": NextReadingSerializer,
        "waiting": NextWaitingSerializer,
        "complete": NextCompleteSerializer,
    },
    resource_type_field_name="status",
)


@extend_schema_field(NEXT_CASE)
class NextCaseField(serializers.JSONField):
    pass


class SubmittedSerializer(_Plain):
    status = serializers.ChoiceField(["submitted"])
    next = NextCaseField(allow_null=True)


class AheadSerializer(_Plain):
    images = ImagePairSerializer(allow_null=True)


class EndplateLabelSerializer(SiteSerializer):
    types = serializers.ListField(child=serializers.ChoiceField(_TYPES))
    suggestion = serializers.ChoiceField(_TYPES)
    secondary = serializers.ChoiceField(_TYPES, allow_null=True)
    volume_mm3 = serializers.DictField(child=serializers.FloatField())
    fraction = serializers.FloatField()
    largest_diameter_mm = serializers.FloatField()
    probability = serializers.FloatField()


class MapRegionSerializer(_Plain):
    type = serializers.ChoiceField([1, 2, 3])
    rings = serializers.ListField(
        child=serializers.ListField(
            child=serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)
        )
    )


class MapSliceSerializer(_Plain):
    instance = serializers.IntegerField()
    regions = MapRegionSerializer(many=True)


class ModicMapSerializer(_Plain):
    slices = MapSliceSerializer(many=True)
    labels = EndplateLabelSerializer(many=True)
    remarks = serializers.ListField(child=serializers.CharField())
    sha256 = serializers.CharField()
    model = serializers.DictField(child=serializers.CharField())
