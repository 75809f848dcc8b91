"""What a coordinator fills in about reading."""

from typing import Any

from django import forms

from readerstudy.studies import selectors
from readerstudy.studies.models import Study
from readerstudy.studies.protocol import Document


class AmendmentForm(forms.Form):
    """What an open study's protocol can still say differently, and what is added to it."""

    reason = forms.CharField(
        max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}), label="Why it is amended"
    )
    password = forms.CharField(
        strip=False,
        required=False,
        label="Your password, as your signature",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    exams = forms.ModelMultipleChoiceField(queryset=None, required=False, label="Cases to add")
    readers = forms.ModelMultipleChoiceField(
        queryset=None,
        required=False,
        label="Readers who join, first in the place of those who were withdrawn",
    )

    def __init__(self, *args: Any, study: Study, document: Document) -> None:
        super().__init__(*args)
        self.document = document
        held = study.cases.values("exam_id")
        self.fields["exams"].queryset = selectors.released_exams().exclude(pk__in=held)
        enrolled = study.enrolments.values("reader_id")
        self.fields["readers"].queryset = selectors.people_who_read().exclude(pk__in=enrolled)
        for period in document["periods"]:
            number, name = period["number"], period["name"]
            if number > 1:
                self.fields[f"washout_{number}"] = forms.FloatField(
                    min_value=0.05,
                    max_value=730,
                    initial=period["washout_hours"] / 24,
                    label=f"Washout before {name}, days of 24 hours",
                )
            self.fields[f"closes_{number}"] = forms.RegexField(
                r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$",
                required=False,
                initial=period.get("closes_at", ""),
                label=f"{name} closes (UTC, as 2027-01-31T18:00:00Z)",
            )

    @property
    def of_periods(self) -> list[forms.BoundField]:
        """The fields about periods, in order."""
        return [self[name] for name in self.fields if name.startswith(("washout_", "closes_"))]

    def wishes(self) -> dict[str, Any]:
        """The statements as they shall be, and what is added."""
        cleaned, periods = self.cleaned_data, []
        for period in self.document["periods"]:
            number = period["number"]
            stated = {key: value for key, value in period.items() if key != "closes_at"}
            if number > 1:
                stated["washout_hours"] = round(cleaned[f"washout_{number}"] * 24)
            if closes := cleaned[f"closes_{number}"]:
                stated["closes_at"] = closes
            periods.append(stated)
        return {
            "document": {**self.document, "periods": periods},
            "exams": list(cleaned["exams"]),
            "readers": list(cleaned["readers"]),
        }
