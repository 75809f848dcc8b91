"""What a coordinator fills in for a draft."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import FileExtensionValidator

from readerstudy.studies import protocol, selectors
from readerstudy.studies.models import Study
from readerstudy.studies.states import WashoutMode

MOST_READERS = 200
_MODES = [
    (WashoutMode.PER_SESSION.value, "Per session: the next period opens for all cases at once"),
    (WashoutMode.PER_CASE.value, "Per case: each case opens by itself"),
]


class TemplateForm(forms.Form):
    """Which template a new study starts from, and for how many readers."""

    template = forms.ChoiceField(
        choices=[(key, template.title) for key, template in protocol.TEMPLATES.items()],
        initial=protocol.PAPER,
    )
    readers = forms.IntegerField(min_value=2, max_value=MOST_READERS, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        template = protocol.TEMPLATES.get(cleaned.get("template", ""))
        count = cleaned.get("readers")
        if template and count is not None and count < template.least:
            self.add_error("readers", f"{template.title} takes {template.least} readers or more.")
        return cleaned

    def document(self) -> protocol.Document:
        """The template as chosen, as it stands."""
        return protocol.make(self.cleaned_data["template"], readers=self.cleaned_data["readers"])


class ProtocolFileForm(forms.Form):
    """A protocol taken in from a file."""

    file = forms.FileField(
        label="Protocol (JSON)",
        validators=[FileExtensionValidator(["json"], "Choose a protocol's JSON file.")],
    )

    def clean_file(self) -> protocol.Document:
        """The document in the file."""
        try:
            return protocol.import_file(self.cleaned_data["file"].read(protocol.MAX_BYTES + 1))
        except protocol.ProtocolError as error:
            raise forms.ValidationError(error.problems) from error


class NewFromFileForm(ProtocolFileForm):
    """A new draft from a file."""

    name = forms.CharField(max_length=120, label="Name of the study")


class AssumptionsForm(forms.Form):
    """What the dry run takes for granted. Figures of agreement and prevalence begin at the paper's."""

    cases = forms.IntegerField(min_value=1, max_value=10_000, label="Cases")
    first_day = forms.DateField(label="First day", widget=forms.DateInput(attrs={"type": "date"}))
    cases_per_day = forms.IntegerField(min_value=1, max_value=500, initial=10, label="Cases per day")
    minutes_per_case = forms.FloatField(min_value=0.1, max_value=120, initial=5, label="Minutes per case")
    prevalence = forms.FloatField(min_value=0.01, max_value=0.99, initial=0.27, label="Share changed")
    before = forms.FloatField(min_value=0, max_value=0.99, initial=0.52, label="κ before")
    after = forms.FloatField(min_value=0, max_value=0.99, initial=0.58, label="κ after")

    def __init__(self, data: Any, *, cases: int, today: date) -> None:
        begins = {"cases": cases or 20, "first_day": today}
        given = data if data and "assumed-cases" in data else None
        super().__init__(given, initial=begins, prefix="assumed")
        for name, field in self.fields.items():
            field.widget.attrs |= {"class": "form-control form-control-sm", "step": "any"}
            field.initial = begins.get(name, field.initial)

    def assumed(self) -> protocol.Assumptions | None:
        """The assumptions; None while they don't hold."""
        if not self.is_bound:
            return protocol.Assumptions(**{name: field.initial for name, field in self.fields.items()})
        return protocol.Assumptions(**self.cleaned_data) if self.is_valid() else None


class StudyForm(forms.Form):
    """A draft: its washout, cases and readers. `document` is the protocol it starts from."""

    name = forms.CharField(
        max_length=120, label="Name of the study", error_messages={"required": "Name the study."}
    )
    washout_days = forms.IntegerField(
        min_value=1, max_value=730, initial=28, label="Washout in days of 24 hours"
    )
    washout_mode = forms.ChoiceField(choices=_MODES, initial=WashoutMode.PER_SESSION.value)
    exams = forms.ModelMultipleChoiceField(
        queryset=None, label="Cases", error_messages={"required": "Tick at least one released exam."}
    )

    def __init__(self, *args: Any, document: protocol.Document, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.document = document
        self.fields["exams"].queryset = selectors.released_exams()
        self.places = {f"reader_{role['index']}": role for role in document["readers"]}
        for name, role in self.places.items():
            label = f"Reader {role['index']}: {_says(role)}"
            self.fields[name] = forms.ModelChoiceField(
                queryset=selectors.people_who_read(),
                label=label,
                empty_label="Choose a reader",
                error_messages={"required": "Choose a reader."},
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        readers = [cleaned.get(name) for name in self.places]
        if all(readers) and len({reader.pk for reader in readers}) < len(readers):
            self.add_error(None, "Every reader is a different person: someone is named twice.")
        return cleaned

    @property
    def chosen_exams(self) -> set[str]:
        """Ids of the exams that are ticked now."""
        return {str(exam) for exam in self["exams"].value() or []}

    @property
    def reader_fields(self) -> list[forms.BoundField]:
        """The fields that name the readers, in order."""
        return [self[name] for name in self.places]

    def wishes(self) -> dict[str, Any]:
        """The cleaned values as `services.set_up_study` takes them."""
        cleaned, document = self.cleaned_data, self.document
        if {"washout_days", "washout_mode"} & set(self.changed_data):
            document = protocol.with_washout(
                document, hours=cleaned["washout_days"] * 24, mode=cleaned["washout_mode"]
            )
        return {
            "name": cleaned["name"],
            "exams": list(cleaned["exams"]),
            "readers": [cleaned[name] for name in self.places],
            "document": document,
        }


def _says(role: dict[str, Any]) -> str:
    times = {1: "once", 2: "twice"}.get(len(role["periods"]), f"in {len(role['periods'])} periods")
    return f"the baseline, reads {times}" if role["baseline"] else f"reads {times}"


def values_of(study: Study) -> dict[str, Any]:
    """A draft as the form's initial values."""
    document = selectors.protocol_of(study).document
    enrolled = {enrolment.index: enrolment.reader_id for enrolment in study.enrolments.all()}
    later = [period["washout_hours"] for period in document["periods"][1:]]
    return {
        "name": study.name,
        "washout_days": max(later, default=protocol.WASHOUT_HOURS) // 24,
        "washout_mode": document["washout_mode"],
        "exams": list(study.cases.values_list("exam_id", flat=True)),
        **{f"reader_{role['index']}": enrolled.get(role["index"]) for role in document["readers"]},
    }
