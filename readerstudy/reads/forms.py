"""What a coordinator fills in about reading."""

from datetime import datetime
from typing import Any

from django import forms

from readerstudy.common.templatetags.moments import in_days
from readerstudy.studies import selectors
from readerstudy.studies.models import Study
from readerstudy.studies.protocol import Document, ProtocolError, pacing_fields, with_pacing

MOMENT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"
"""A time as protocols write it."""


class AmendmentForm(forms.Form):
    """What an open study's protocol can still say differently, and what is added to it."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(
        max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}), label="Why it is amended"
    )
    password = forms.CharField(
        strip=False,
        required=False,
        label="Your password, as your signature",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    effective_at = forms.RegexField(
        MOMENT,
        required=False,
        label="Closings, breaks and caps take effect (UTC, as 2027-01-31T18:00:00Z; empty: at once)",
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
                    initial=in_days(period["washout_hours"]),
                    label=f"Washout before {name}, days of 24 hours",
                )
            self.fields[f"closes_{number}"] = forms.RegexField(
                MOMENT,
                required=False,
                initial=period.get("closes_at", ""),
                label=f"{name} closes (UTC, as 2027-01-31T18:00:00Z)",
            )

        for key, words, value in pacing_fields(document):
            self.fields[f"pacing-{key}"] = forms.CharField(
                required=False, max_length=10, initial="" if value is None else f"{value:g}", label=words
            )

    def clean_effective_at(self) -> datetime | None:
        said = self.cleaned_data["effective_at"]
        try:
            return datetime.fromisoformat(said) if said else None
        except ValueError:
            raise forms.ValidationError("There is no such moment.") from None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        try:
            self.paced = with_pacing(self.document, cleaned)
        except ProtocolError as error:
            self.add_error(None, error.problems)
        return cleaned

    @property
    def of_pacing(self) -> list[forms.BoundField]:
        """The fields about breaks and caps."""
        return [self[name] for name in self.fields if name.startswith("pacing-")]

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
            "document": {**self.paced, "periods": periods},
            "effective_at": cleaned["effective_at"],
            "exams": list(cleaned["exams"]),
            "readers": list(cleaned["readers"]),
        }
