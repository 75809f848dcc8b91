"""Times on pages: in the reader's zone, with UTC beside it."""

from datetime import UTC, datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    """`29 Mar 2026, 14:00:05 CEST (12:00:05 UTC)`; a dash for none.

    UTC names its date where it differs, and stands alone where it is the reader's zone.
    """
    if at is None:
        return "–"
    local, utc = timezone.localtime(at), at.astimezone(UTC)
    shown = local.strftime("%d %b %Y, %H:%M:%S %Z")
    if local.tzname() == "UTC":
        return format_html('<time datetime="{}">{}</time>', utc.isoformat(), shown)
    universal = utc.strftime("%H:%M:%S" if utc.date() == local.date() else "%d %b, %H:%M:%S")
    return format_html(
        '<time datetime="{}">{} <span class="text-body-secondary">({} UTC)</span></time>',
        utc.isoformat(),
        shown,
        universal,
    )


@register.filter
def in_days(hours: int) -> str:
    """Hours as days of 24 hours, with as many digits as it takes."""
    return f"{hours / 24:.6g}"
