"""Readers who are away, and until when each of them can read."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from readerstudy.accounts.permissions import allow
from readerstudy.accounts.states import Role
from readerstudy.common.errors import NotThere, Refused
from readerstudy.studies import absences, policies, selectors
from readerstudy.studies.models import Absence, Study
from readerstudy.studies.services.absences import note_absence
from readerstudy.studies.states import StudyState


class AbsenceForm(forms.Form):
    """Who is away, from which day to which, and why."""

    enrolment = forms.ModelChoiceField(
        queryset=None, label="Reader", empty_label="Choose a reader", widget=forms.Select
    )
    first = forms.DateField(label="First day away", widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label="Last day away", widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(max_length=500)

    def __init__(self, data: Any = None, *, study: Study) -> None:
        super().__init__(data)
        reader = self.fields["enrolment"]
        reader.queryset = selectors.enrolments_of(study)
        reader.label_from_instance = lambda one: f"R{one.index}: {one.reader.username}"
        for field in self.fields.values():
            select = isinstance(field, forms.ModelChoiceField)
            field.widget.attrs["class"] = "form-select" if select else "form-control"


@require_http_methods(["GET", "POST"])
@allow(Role.COORDINATOR)
def absence_page(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """What is on record, the closing of each period for each reader, and a form for one absence more."""
    open_once = selectors.studies_visible_to(request.user).exclude(state=StudyState.DRAFT)
    study = open_once.filter(pk=study_id).first()
    if study is None:
        raise NotThere
    form = AbsenceForm(request.POST if request.method == "POST" else None, study=study)
    if form.is_bound and form.is_valid():
        wish = dict(form.cleaned_data)
        enrolment = wish.pop("enrolment")
        try:
            note_absence(actor=request.user, study=study, enrolment_id=enrolment.pk, **wish)
        except Refused as refused:
            form.add_error(None, refused.detail)
        else:
            messages.success(request, "The absence is on record; the reader's periods close later.")
            return redirect("studies:absences", study.pk)
    context = {
        "study": study,
        "absences": Absence.objects.filter(enrolment__study=study).select_related("enrolment__reader", "by"),
        "closings": _closings(study),
        "form": form,
    }
    return render(request, "studies/absences.html", context, status=400 if form.is_bound else 200)


def _closings(study: Study) -> list[dict[str, Any]]:
    document, away = selectors.protocol_of(study).document, absences.away_in(study)
    return [
        {
            "enrolment": enrolment,
            "period": row["name"],
            "stated": policies.closing_moment(document, row["number"]),
            "closes_at": policies.closing_moment(document, row["number"], away[enrolment.pk]),
        }
        for enrolment in selectors.enrolments_of(study)
        for row in document["periods"]
        if row.get("closes_at")
    ]
