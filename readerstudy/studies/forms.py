"""What a coordinator fills in for a draft."""

from typing import Any

from django import forms

from readerstudy.studies import selectors
from readerstudy.studies.models import Study
from readerstudy.studies.states import WashoutMode

_MODES = [
    (WashoutMode.PER_SESSION.value, "Per session: the second period opens for all cases at once"),
    (WashoutMode.PER_CASE.value, "Per case: each case opens by itself"),
]


class StudyForm(forms.Form):
    """A draft of the template *Paper (Gao 2022)*."""

    name = forms.CharField(max_length=120, label="Name of the study")
    washout_days = forms.IntegerField(
        min_value=1, max_value=730, initial=28, label="Washout in days of 24 hours"
    )
    washout_mode = forms.ChoiceField(choices=_MODES, initial=WashoutMode.PER_SESSION.value)
    exams = forms.ModelMultipleChoiceField(
        queryset=None, label="Cases", error_messages={"required": "Tick at least one released exam."}
    )
    reader_1 = forms.ModelChoiceField(queryset=None, label="Reader 1: the baseline, reads once")
    reader_2 = forms.ModelChoiceField(queryset=None, label="Reader 2: reads twice")
    reader_3 = forms.ModelChoiceField(queryset=None, label="Reader 3: reads twice")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["exams"].queryset = selectors.released_exams()
        for place in (1, 2, 3):
            self.fields[f"reader_{place}"].queryset = selectors.people_who_read()
            self.fields[f"reader_{place}"].empty_label = "Choose a reader"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        readers = [cleaned.get(f"reader_{place}") for place in (1, 2, 3)]
        if all(readers) and len({reader.pk for reader in readers}) < 3:
            self.add_error(None, "Readers 1, 2 and 3 are three different persons.")
        return cleaned

    @property
    def chosen_exams(self) -> set[str]:
        """Ids of the exams that are ticked now."""
        return {str(exam) for exam in self["exams"].value() or []}

    def wishes(self) -> dict[str, Any]:
        """The cleaned values as `services.set_up_study` takes them."""
        cleaned = self.cleaned_data
        return {
            "name": cleaned["name"],
            "exams": list(cleaned["exams"]),
            "readers": [cleaned[f"reader_{place}"] for place in (1, 2, 3)],
            "washout_hours": cleaned["washout_days"] * 24,
            "washout_mode": WashoutMode(cleaned["washout_mode"]),
        }


def values_of(study: Study) -> dict[str, Any]:
    """A draft as the form's initial values."""
    document = selectors.protocol_of(study).document
    enrolled = {enrolment.index: enrolment.reader_id for enrolment in study.enrolments.all()}
    return {
        "name": study.name,
        "washout_days": document["periods"][1]["washout_hours"] // 24,
        "washout_mode": document["washout_mode"],
        "exams": list(study.cases.values_list("exam_id", flat=True)),
        **{f"reader_{place}": enrolled.get(place) for place in (1, 2, 3)},
    }
