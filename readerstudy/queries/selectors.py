"""Reading queries: a reader sees the own ones, the coordinator all."""

from django.db.models import QuerySet

from readerstudy.accounts.models import User
from readerstudy.accounts.states import Role
from readerstudy.queries.models import Query
from readerstudy.queries.states import QueryState
from readerstudy.studies.models import Study


def queries_visible_to(user: User) -> QuerySet[Query]:
    """A reader's own, all for the coordinator, none for anyone else."""
    if user.role == Role.COORDINATOR:
        found = Query.objects.all()
    elif user.role == Role.READER:
        found = Query.objects.filter(enrolment__reader=user)
    else:
        found = Query.objects.none()
    related = ("enrolment__study", "enrolment__reader", "read__assignment__period", "read__assignment__case")
    return found.select_related(*related).prefetch_related("messages__author")


def of_study(study: Study, user: User) -> QuerySet[Query]:
    """Those of one study, what waits for the coordinator first."""
    order = ("-state", "-raised_at")
    return queries_visible_to(user).filter(enrolment__study=study).order_by(*order)


def waiting_for_coordinator(study: Study) -> int:
    """How many matters the coordinator has to answer."""
    return Query.objects.filter(enrolment__study=study, state=QueryState.WITH_COORDINATOR).count()


def of_read(read_id: object, user: User) -> QuerySet[Query]:
    """What this person may see of the matters about one read, oldest first."""
    return queries_visible_to(user).filter(read=read_id).order_by("raised_at")
