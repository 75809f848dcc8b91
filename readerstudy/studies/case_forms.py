"""What a coordinator asks for when choosing cases in bulk, and says when one is withdrawn."""

from typing import Any

from django import forms

from readerstudy.studies import selectors
from readerstudy.studies.models import Study
from readerstudy.studies.states import Stratify, WithdrawalReason

_SEXES = [("", "any"), ("F", "female"), ("M", "male")]


class FilterForm(forms.Form):
    """Which released exams to show."""

    text = forms.CharField(max_length=20, required=False, label="Name contains")
    sex = forms.ChoiceField(choices=_SEXES, required=False)
    youngest = forms.IntegerField(min_value=0, max_value=130, required=False, label="Age from")
    oldest = forms.IntegerField(min_value=0, max_value=130, required=False, label="to")

    def wishes(self) -> dict[str, Any]:
        """As `selectors.offered_exams` takes them; what can't be read asks for nothing."""
        cleaned = self.cleaned_data if self.is_valid() else {}
        return {
            "text": cleaned.get("text", ""),
            "sex": cleaned.get("sex", ""),
            "ages": (cleaned.get("youngest"), cleaned.get("oldest")),
        }


class AddForm(forms.Form):
    """Ticked exams."""

    exams = forms.ModelMultipleChoiceField(
        queryset=None, error_messages={"required": "Tick the exams to add first."}
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.fields["exams"].queryset = selectors.released_exams()


class ChosenForm(forms.Form):
    """Ticked cases of a study, by number."""

    cases = forms.TypedMultipleChoiceField(coerce=int, error_messages={"required": "Tick the cases first."})
    by = forms.ChoiceField(choices=[(s.value, s.value) for s in Stratify], required=False)
    label = forms.CharField(max_length=40, required=False)

    def __init__(self, data: Any, *, study: Study) -> None:
        super().__init__(data)
        self.fields["cases"].choices = [(n, n) for n in study.cases.values_list("number", flat=True)]

    def clean_by(self) -> Stratify:
        return Stratify(self.cleaned_data["by"] or Stratify.LABEL)


class WithdrawForm(forms.Form):
    """Why a case leaves the study."""

    reason = forms.ChoiceField(
        choices=[("", "Choose …"), *((r.value, r.value) for r in WithdrawalReason)],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    words = forms.CharField(
        max_length=500,
        label="What was found",
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 3}),
        help_text="Stands in the trail and in the report: no patient's data",
    )

    def clean_reason(self) -> WithdrawalReason:
        return WithdrawalReason(self.cleaned_data["reason"])
