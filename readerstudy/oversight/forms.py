"""Forms of a study's conduct. Each asks for a reason; the services say what is wrong with it."""

from typing import Any

from django import forms

from readerstudy.conduct.states import Verdict
from readerstudy.oversight import selectors
from readerstudy.studies.models import Assignment, Case, Enrolment, Period, Study


class _OfReader(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"R{obj.index}"


class _OfPeriod(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.number}: {obj.name}"


class _OfCase(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"C{obj.number:03d}"


class _OfRead(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"R{obj.enrolment.index}, {obj.period.name}, C{obj.case.number:03d}"


class _ForStudy(forms.Form):
    """A form of one study, with the reason that every one of them asks for."""

    reason = forms.CharField(max_length=2000, strip=True)

    def __init__(self, study: Study, data: Any = None) -> None:
        super().__init__(data, auto_id=f"{type(self).__name__.lower()}-%s")
        querysets = {
            "enrolment": Enrolment.objects.filter(study=study, withdrawal__isnull=True).order_by("index"),
            "period": Period.objects.filter(study=study),
            "case": Case.objects.filter(study=study, withdrawal__isnull=True).order_by("number"),
            "assignment": selectors.reads_handed_in(study),
        }
        for name, field in self.fields.items():
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = querysets[name]
                field.empty_label = "Choose" if field.required else field.empty_label
            kind = "form-select" if isinstance(field, forms.ModelChoiceField) else "form-control"
            field.widget.attrs["class"] = kind


class OverrideForm(_ForStudy):
    """Asks for an override of the washout."""

    enrolment = _OfReader(Enrolment.objects.none(), label="Reader")
    period = _OfPeriod(Period.objects.none(), label="Period")
    case = _OfCase(Case.objects.none(), required=False, label="Case", empty_label="all of the period")
    hours = forms.IntegerField(min_value=1, max_value=336, initial=24, label="Ends after (hours)")
    field_order = ("enrolment", "period", "case", "hours", "reason")


class ReopenForm(_ForStudy):
    """Has a case read once more."""

    assignment = _OfRead(Assignment.objects.none(), label="Read")
    field_order = ("assignment", "reason")


class WithdrawReaderForm(_ForStudy):
    """Takes a reader out."""

    enrolment = _OfReader(Enrolment.objects.none(), label="Reader")
    field_order = ("enrolment", "reason")


class DecideOverrideForm(forms.Form):
    """A second person's word."""

    approve = forms.TypedChoiceField(
        choices=[("yes", "Approve"), ("no", "Decline")], coerce=lambda value: value == "yes"
    )
    reason = forms.CharField(max_length=2000)


class DecideDeviationForm(forms.Form):
    """Keep or exclude."""

    verdict = forms.TypedChoiceField(choices=[(v, v) for v in Verdict], coerce=Verdict)
    reason = forms.CharField(max_length=2000)
