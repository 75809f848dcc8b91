"""What a coordinator sends about exams."""

import json
from typing import Any

from django import forms

from readerstudy.exams.states import Exclusion


class ReleaseForm(forms.Form):
    """The release step: level names as JSON of the page, exclusions, and the promise to have looked."""

    levels = forms.CharField(required=False, max_length=20_000)
    exclusions = forms.MultipleChoiceField(
        required=False, choices=[(e.value, e.value.capitalize()) for e in Exclusion]
    )
    looked_at_all = forms.BooleanField(required=False)

    def clean_levels(self) -> Any:
        try:
            return json.loads(self.cleaned_data["levels"] or "[]")
        except ValueError:
            raise forms.ValidationError("The level names could not be read. Load the page again.") from None
