"""What the coordinator states about calibration."""

from typing import Any

from django import forms

from annotations.grades import NOT_GRADABLE_LABELS
from annotations.vocabulary import MODIC_LABELS, Site
from readerstudy.exams.models import Exam
from readerstudy.preparation.states import Measure
from readerstudy.studies.models import Study
from readerstudy.studies.selectors import released_exams

_MEASURES = [
    (Measure.AGREEMENT.value, "share of halves that agree"),
    (Measure.KAPPA.value, "Cohen's kappa"),
]
_ANSWERS = [
    ("", "–"),
    *((str(int(kind)), label) for kind, label in MODIC_LABELS.items()),
    *((reason.value, f"not gradable: {label}") for reason, label in NOT_GRADABLE_LABELS.items()),
]


class RuleForm(forms.Form):
    """What passes calibration."""

    measure = forms.ChoiceField(choices=_MEASURES, widget=forms.Select(attrs={"class": "form-select"}))
    threshold = forms.FloatField(
        label="reaches",
        initial=0.8,
        widget=forms.NumberInput(attrs={"class": "form-control", "step": "0.01", "min": "0.01", "max": "1"}),
    )
    attempts = forms.IntegerField(
        label="Attempts",
        initial=2,
        widget=forms.NumberInput(attrs={"class": "form-control", "min": "1", "max": "10"}),
    )

    def clean_measure(self) -> Measure:
        return Measure(self.cleaned_data["measure"])


class CaseForm(forms.Form):
    """An exam and the expert's answer to every half."""

    exam = forms.ModelChoiceField(
        queryset=None,
        empty_label="Choose a released exam",
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    note = forms.CharField(
        max_length=1000,
        required=False,
        label="What the expert says about it",
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 3}),
        help_text="Shown to the reader with the comparison",
    )

    def __init__(self, data: Any, *, study: Study, sites: tuple[Site, ...]) -> None:
        super().__init__(data)
        self.sites = sites
        taken = Exam.objects.filter(cases__study=study).values("pk")
        used = Exam.objects.filter(calibration_cases__calibration__study=study).values("pk")
        self.fields["exam"].queryset = released_exams().exclude(pk__in=taken).exclude(pk__in=used)
        for site in sites:
            self.fields[_name(site)] = forms.ChoiceField(
                choices=_ANSWERS,
                label=str(site),
                widget=forms.Select(attrs={"class": "form-select form-select-sm"}),
                error_messages={"required": f"{site}: the expert's answer is missing."},
            )

    @property
    def answer_fields(self) -> list[forms.BoundField]:
        """One for each half."""
        return [self[_name(site)] for site in self.sites]

    def answers(self) -> list[dict[str, Any]]:
        """The cleaned answers as plain values."""
        found = []
        for site in self.sites:
            said = self.cleaned_data[_name(site)]
            graded = said.isdecimal()
            found.append(
                {
                    "level": site.level.value,
                    "half": site.half.value,
                    "grade": int(said) if graded else None,
                    "not_gradable": None if graded else said,
                }
            )
        return found


def _name(site: Site) -> str:
    return f"{site.level.value}-{site.half.value}"
