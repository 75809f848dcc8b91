"""Words of the field on pages, for what is stored as codes."""

from django import template

from annotations.vocabulary import Half

register = template.Library()


@register.filter
def half_word(code: str) -> str:
    """`superior` or `inferior`, for a half's code."""
    return Half(code).spoken
