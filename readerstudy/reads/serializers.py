"""What the reading room and the server say to each other, as the OpenAPI document states it."""

from collections.abc import Hashable
from enum import Enum
from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from annotations.grades import CONFIDENCE, NotGradable
from annotations.vocabulary import Half, Level, ModicType
from readerstudy.accounts.states import Layout, Orientation
from readerstudy.reads.states import DRAWN_BY
from readerstudy.studies.states import Arm, told_to_reader

MAX_SITES = 24
MAX_COMMENT = 2000
MAX_ACTIVE_MS = 24 * 3600 * 1000


def _choices(words: type[Enum]) -> list[tuple[Any, str]]:
    return [(word.value, word.name) for word in words]


_LEVELS, _HALVES = _choices(Level), _choices(Half)
_ARMS = [(arm.value, arm.name) for arm in Arm if told_to_reader(arm) is arm]
_CONFIDENCE = list(CONFIDENCE.items())
_TYPES, _REASONS = _choices(ModicType), _choices(NotGradable)


def _exact(value: Any) -> tuple[type, Any]:
    """What tells a JSON value from every other: true is not 1, and 1.0 neither."""
    plain = value.value if isinstance(value, Enum) else value
    return type(plain), plain


def _is_known(name: str, value: Any) -> bool:
    return isinstance(value, Hashable) and (type(value), value) in _KNOWN[name]


class _Plain(serializers.Serializer):  # a shape only: writes are the services' work
    pass


class SiteSerializer(_Plain):
    level = serializers.ChoiceField(_LEVELS)
    half = serializers.ChoiceField(_HALVES)


class AnswerSerializer(SiteSerializer):
    grade = serializers.ChoiceField(_TYPES, allow_null=True)
    not_gradable = serializers.ChoiceField(_REASONS, allow_null=True)
    in_bulk = serializers.BooleanField()
    secondary = serializers.ChoiceField(_TYPES, allow_null=True)
    confidence = serializers.ChoiceField(_CONFIDENCE, allow_null=True)


class GivenAnswerSerializer(AnswerSerializer):
    in_bulk = serializers.BooleanField(default=False)
    secondary = serializers.ChoiceField(_TYPES, allow_null=True, default=None)
    confidence = serializers.ChoiceField(_CONFIDENCE, allow_null=True, default=None)


_GIVEN = {
    "level": list(Level),
    "half": list(Half),
    "grade": [None, *ModicType],
    "not_gradable": [None, *NotGradable],
    "in_bulk": [False, True],
    "secondary": [None, *ModicType],
    "confidence": [None, *CONFIDENCE],
}
_KNOWN = {name: {_exact(value) for value in values} for name, values in _GIVEN.items()}
_DEFAULTS = {"in_bulk": False, "secondary": None, "confidence": None}


@extend_schema_field(GivenAnswerSerializer(many=True, max_length=MAX_SITES))
class AnswersField(serializers.Field):
    """Answers, a dozen in every draft and submission, checked in a tenth of the time nested fields take."""

    default_error_messages = {"invalid": "These are not answers."}

    def to_internal_value(self, data: Any) -> list[dict[str, Any]]:
        if not isinstance(data, list) or len(data) > MAX_SITES:
            self.fail("invalid")
        return [self._answer(given) for given in data]

    def _answer(self, given: Any) -> dict[str, Any]:
        if not isinstance(given, dict):
            self.fail("invalid")
        answer = {name: given[name] if name in given else _DEFAULTS.get(name, ...) for name in _KNOWN}
        if not all(_is_known(name, value) for name, value in answer.items()):
            self.fail("invalid")
        return answer


class DraftSerializer(_Plain):
    lease = serializers.UUIDField()
    version = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    answers = AnswersField()
    comment = serializers.CharField(
        default="", allow_blank=True, trim_whitespace=False, max_length=MAX_COMMENT
    )
    entered_at = serializers.DateTimeField(
        required=False,
        allow_null=True,
        default=None,
        help_text="When the reader's machine says it was entered, for input that waited there",
    )
    replaces = serializers.BooleanField(
        default=False, help_text="The reader has seen what is stored and puts this in its place"
    )


class SubmitSerializer(DraftSerializer):
    idempotency_key = serializers.RegexField(r"^[0-9A-Za-z-]{8,64}$")
    active_ms = serializers.IntegerField(
        default=0, min_value=0, max_value=MAX_ACTIVE_MS, help_text="Active time since the last beat"
    )


class BeatSerializer(_Plain):
    lease = serializers.UUIDField()
    active_ms = serializers.IntegerField(min_value=0, max_value=MAX_ACTIVE_MS)
    width = serializers.IntegerField(min_value=1, max_value=100_000)
    height = serializers.IntegerField(min_value=1, max_value=100_000)
    pixel_ratio = serializers.FloatField(min_value=0.1, max_value=20)
    colour_depth = serializers.IntegerField(min_value=1, max_value=64)
    pattern_seen = serializers.BooleanField(allow_null=True)
    webgl2 = serializers.BooleanField(allow_null=True, default=None)
    renderer = serializers.CharField(max_length=200, allow_blank=True, default="")
    drawn_by = serializers.ChoiceField(DRAWN_BY, allow_blank=True, default="")
    leaving = serializers.BooleanField(default=False, help_text="The reader leaves the room: the last beat")


class BeatCountedSerializer(_Plain):
    active_ms = serializers.IntegerField()


class DraftSavedSerializer(_Plain):
    version = serializers.IntegerField()


class CurrentSerializer(_Plain):
    version = serializers.IntegerField()
    answers = AnswerSerializer(many=True)
    comment = serializers.CharField(allow_blank=True)
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


class InputRefusalSerializer(WashoutRefusalSerializer):
    kept = serializers.BooleanField(
        required=False, help_text="What was sent is kept beside the read, for the coordinator"
    )


class ConflictSerializer(InputRefusalSerializer):
    current = CurrentSerializer(required=False)


class JournalKeySerializer(_Plain):
    id = serializers.CharField()
    key = serializers.CharField(help_text="256 bits, base64")


class JournalKeysSerializer(_Plain):
    keys = JournalKeySerializer(many=True, help_text="The first is for new entries")


class LayoutSerializer(_Plain):
    orientation = serializers.ChoiceField(_choices(Orientation))
    layout = serializers.ChoiceField(_choices(Layout))


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
    bulk_none = serializers.BooleanField(help_text="One key may grade all remaining halves as none")
    asks_confidence = serializers.BooleanField()
    comment = serializers.CharField(
        allow_blank=True, allow_null=True, help_text="Null where none can be given"
    )
    part = serializers.ChoiceField([1, 2])
    map_follows = serializers.BooleanField()
    map_url = serializers.CharField(allow_null=True)
    reveal_url = serializers.CharField(allow_null=True)
    shows = serializers.ListField(
        child=serializers.ChoiceField(["map", "labels"]),
        allow_null=True,
        help_text="What of a map this read shows, at once or when asked for; null where nothing of one",
    )
    answers = AnswerSerializer(many=True)
    lease = serializers.UUIDField()
    draft_url = serializers.CharField()
    beat_url = serializers.CharField(allow_null=True)
    submit_url = serializers.CharField()
    reports_url = serializers.CharField(allow_null=True)


class NextRequestSerializer(_Plain):
    device = serializers.UUIDField(
        default=None, allow_null=True, help_text="The browser's own; one without takes over unasked"
    )
    take_over = serializers.BooleanField(default=False, help_text="Read here instead of on another device")


class NextElsewhereSerializer(_Plain):
    status = serializers.ChoiceField(["elsewhere"])
    where = serializers.CharField(help_text="The other device's browser and system")
    since = serializers.DateTimeField()
    last_at = serializers.DateTimeField()


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


class NextGateSerializer(_Plain):
    status = serializers.ChoiceField(["gate"])
    message = serializers.CharField()
    code = serializers.CharField()
    url = serializers.CharField()


class RecallChoiceSerializer(_Plain):
    value = serializers.IntegerField()
    label = serializers.CharField()


class NextRecallSerializer(_Plain):
    status = serializers.ChoiceField(["recall"])
    message = serializers.CharField()
    choices = RecallChoiceSerializer(many=True)
    answer_url = serializers.CharField()


class RecallSerializer(_Plain):
    answer = serializers.IntegerField(min_value=1, max_value=4)


NEXT_CASE = PolymorphicProxySerializer(
    component_name="NextCase",
    serializers={
        "reading": NextReadingSerializer,
        "waiting": NextWaitingSerializer,
        "complete": NextCompleteSerializer,
        "recall": NextRecallSerializer,
        "elsewhere": NextElsewhereSerializer,
        "gate": NextGateSerializer,
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
    probability = serializers.FloatField(
        allow_null=True, help_text="The model's, of a change; null where the arm does not show its confidence"
    )


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
