"""Choosing what to preview."""

from typing import Any

from django import forms

from readerstudy.rehearsal.previewing import arms_with_words
from readerstudy.studies.models import Case, Study
from readerstudy.studies.selectors import cases_of


class _CaseField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Case) -> str:
        return f"{obj.number}: {obj.exam.pseudonym}"


class PreviewForm(forms.Form):
    """An arm and a case of one study."""

    arm = forms.ChoiceField(widget=forms.Select(attrs={"class": "form-select"}))
    case = _CaseField(
        queryset=Case.objects.none(), empty_label=None, widget=forms.Select(attrs={"class": "form-select"})
    )

    def __init__(self, *given: Any, study: Study) -> None:
        super().__init__(*given)
        self.fields["arm"].choices = arms_with_words(study)  # type: ignore[attr-defined]
        self.fields["case"].queryset = cases_of(study)  # type: ignore[attr-defined]
