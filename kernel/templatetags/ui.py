"""Tags and filters that every page is built from (docs/pages.md shows each in use)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import template
from django.forms import BaseForm
from django.forms.formsets import BaseFormSet
from django.template import Context
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from kernel import when
from kernel.forms.base import error_items
from kernel.forms.bound import GovBoundField
from kernel.references import REFERENCE_PATTERN

register = template.Library()
_REFERENCE = re.compile(rf"\b(?:{'|'.join(REFERENCE_PATTERN.values())})\b")

COLOURS = {
    # work: tasks, cases, meetings, packs, clocks
    "new": "blue", "open": "blue", "active": "blue", "running": "blue", "scheduled": "blue", "offered": "blue",
    "proposed": "blue", "queued": "grey", "draft": "grey", "making": "blue", "accepted": "teal", "in_progress": "teal", "ready": "green",
    "met": "green", "done": "green", "completed": "green", "complete": "green", "released": "green",
    "attempted": "yellow", "amber": "yellow", "due": "yellow", "paused": "grey", "not_applicable": "grey",
    "closed": "grey", "cancelled": "grey", "declined": "orange", "refused": "orange", "red": "red",
    "high": "red", "medium": "orange", "standard": "blue", "overdue": "red", "missed": "red", "failed": "red",
}  # fmt: skip
BANDS = {"standard": ("Standard", "blue"), "medium": ("Medium", "orange"), "high": ("High", "red")}
CLOCKS = {
    "running": "Running", "amber": "Due soon", "red": "Due very soon", "met": "Met", "attempted": "Attempted",
    "missed": "Missed", "paused": "Paused", "not_applicable": "Not applicable",
}  # fmt: skip


# --- Forms -------------------------------------------------------------------------------------


def _bound_forms(context: Context) -> list[Any]:
    """Forms and formsets with errors among the page's variables, each once, in the order they were given."""
    found: dict[int, Any] = {}
    for layer in context.dicts:
        for value in layer.values():
            # By its type, so that lazy values stay unread.
            if issubclass(type(value), (BaseForm, BaseFormSet)) and value.is_bound and not value.is_valid():
                found.setdefault(id(value), value)
    inner = {id(form) for thing in found.values() if isinstance(thing, BaseFormSet) for form in thing.forms}
    return [thing for key, thing in found.items() if key not in inner]


@register.simple_tag(takes_context=True)
def error_prefix(context: Context) -> str:
    """ "Error: " for the title of a page that shows a form with errors, else nothing."""
    return "Error: " if _bound_forms(context) else ""


@register.inclusion_tag("gov/errors.html", takes_context=True)
def error_summary(context: Context, *forms: Any) -> dict[str, Any]:
    """The GOV.UK error summary of these forms; of every form on the page when none is given."""
    return {"items": error_items(forms or _bound_forms(context))}


@register.simple_tag
def field(bound: GovBoundField, size: str = "", heading: bool = False, hint: str = "") -> SafeString:
    """One field with its label, hint and errors. `size` is s, m, l or xl; `heading` makes it the page's heading."""
    if size:
        bound.label_size = size
    if heading:
        bound.heading, bound.label_size = True, size or "l"
    if hint:
        bound.help_text = hint
    return bound.as_field_group()


# --- Dates -------------------------------------------------------------------------------------


@register.filter
def local_dt(value: dt.datetime | dt.date | None) -> str:
    """24 December 2026 at 6:40pm."""
    return when.moment_text(value)


@register.filter
def in_a_line(value: Any) -> str:
    """Several lines as one, each apart from the next: where paper would run them together."""
    return " · ".join(line for line in str(value or "").splitlines() if line.strip())


@register.filter
def local_until(value: dt.datetime | dt.date | None) -> str:
    """The end of 1 March 2027, where the moment is midnight."""
    return when.until_text(value)


@register.filter
def local_date(value: dt.datetime | dt.date | None) -> str:
    """24 December 2026."""
    return when.date_text(value)


@register.filter
def local_time(value: dt.datetime | dt.time | None) -> str:
    """6:40pm."""
    return when.time_text(value)


@register.simple_tag
def time_element(value: dt.datetime | None) -> SafeString | str:
    """A moment in words inside a `<time>` that machines can read."""
    if value is None:
        return ""
    # Neither has a character of markup; a page says some forty moments.
    return mark_safe(f'<time datetime="{value.isoformat()}">{when.moment_text(value)}</time>')  # noqa: S308


@register.filter
def refs(value: Any) -> SafeString:
    """A text whose references each stay on one line: "HC-" at the end of a line is read as a word of its own.

    Markup, in which a reference may be part of an address, stays as it is.
    """
    if isinstance(value, SafeString) and "<" in value:
        return value
    return mark_safe(_REFERENCE.sub(r'<span class="hc-nowrap">\g<0></span>', conditional_escape(value)))  # noqa: S308


# --- Tags --------------------------------------------------------------------------------------


def _words(value: Any) -> str:
    text = str(getattr(value, "label", value))
    return text if " " in text or text[:1].isupper() else text.replace("_", " ").capitalize()


def _tag(text: str, colour: str, extra: str = "") -> SafeString:
    css = f"govuk-tag govuk-tag--{colour} {extra}".strip() if colour else f"govuk-tag {extra}".strip()
    return format_html('<strong class="{}">{}</strong>', css, text)


@register.simple_tag
def status_tag(value: Any, text: str = "", colour: str = "") -> SafeString | str:
    """A status as a coloured tag. The colour follows the value, the words its label, unless they are given."""
    if value in (None, ""):
        return ""
    key = str(getattr(value, "value", value)).lower()
    return _tag(text or _words(value), colour or COLOURS.get(key, "grey"))


@register.simple_tag
def band_tag(value: Any) -> SafeString:
    """A risk band: Standard, Medium or High risk; "Not assessed" when there is none."""
    if value in (None, ""):
        return _tag("Not assessed", "grey")
    name, colour = BANDS[str(getattr(value, "value", value)).lower()]
    return format_html(
        '<strong class="govuk-tag govuk-tag--{}">{}<span class="govuk-visually-hidden"> risk</span></strong>',
        colour,
        name,
    )


@register.simple_tag
def strand_tags(strands: Iterable[Any]) -> SafeString | str:
    """The strands as a row of plain tags. Each is a name, a choice with a label, or something with one."""
    tags = [(_tag(_words(strand), "", "hc-strand"),) for strand in strands or ()]
    if not tags:
        return ""
    return format_html('<span class="hc-tags">{}</span>', format_html_join(" ", "{}", tags))


@register.simple_tag
def clock_tag(state: Any, due_at: dt.datetime | None = None, light: str = "") -> SafeString:
    """A clock's state and, while it runs, when it is due. `light` is amber or red when it is about to run out."""
    key = str(getattr(state, "value", state)).lower()
    shown = light if key == "running" and light in ("amber", "red") else key
    tag = _tag(CLOCKS.get(shown, _words(state)), COLOURS.get(shown, "grey"))
    if due_at is None or key not in ("running", "missed", "attempted"):
        return tag
    said = "was due" if key == "missed" else "due"
    return format_html('{} <span class="hc-nowrap-wide">{} {}</span>', tag, said, time_element(due_at))


# --- Blocks ------------------------------------------------------------------------------------


@register.inclusion_tag("shared/parts/breadcrumbs.html")
def breadcrumbs(*pairs: str) -> dict[str, Any]:
    """`{% breadcrumbs "Cases" "/cases/" "HC-26-7KQ4M2" "" %}`: text and address in turn; "" for the page itself."""
    return {"crumbs": list(zip(pairs[::2], pairs[1::2], strict=True))}


@register.inclusion_tag("shared/parts/back_link.html")
def back_link(href: str, text: str = "Back") -> dict[str, str]:
    """The link above a step's heading that goes one step back."""
    return {"href": href, "text": text}


@register.inclusion_tag("shared/parts/sub_navigation.html")
def sub_navigation(label: str, items: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """A row of links to the parts of one record: items with `text`, `href`, `current` and perhaps `count`; no tabs, no script."""
    return {"label": label, "items": [{"count": ""} | dict(item) for item in items]}


@register.inclusion_tag("shared/parts/summary_list.html")
def summary_list(rows: Iterable[Any], plain: bool = False) -> dict[str, Any]:
    """Rows with `label`, `value` and perhaps `href` and `action` ("Change"), or pairs (label, value)."""
    return {"rows": [_row(row) for row in rows], "plain": plain}


_NO_ROW = {"label": "", "value": "", "href": "", "action": ""}
"""What a template asks for and does not find, it looks for in four ways: a row has everything."""


def _row(row: Any) -> Any:
    if isinstance(row, (tuple, list)):
        return _NO_ROW | dict(zip(_NO_ROW, row, strict=False))
    return _NO_ROW | row if isinstance(row, dict) else row


@register.inclusion_tag("shared/parts/data_table.html")
def data_table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[Any]], numeric: int = 0, hide_caption: bool = False
) -> dict[str, Any]:
    """A table whose first cell in a row is its heading; the last `numeric` columns are set as numbers."""
    first = len(head) - numeric
    columns = [(text, index >= first) for index, text in enumerate(head)]
    body = [[(cell, index >= first) for index, cell in enumerate(row)] for row in rows]
    return {"caption": caption, "columns": columns, "body": body, "hide_caption": hide_caption}


@register.inclusion_tag("shared/parts/empty_state.html")
def empty_state(title: str, text: str = "", href: str = "", action: str = "") -> dict[str, str]:
    """What a list says when it is empty, and what to do next."""
    return {"title": title, "text": text, "href": href, "action": action}


@register.inclusion_tag("shared/parts/pagination.html")
def keyset_pagination(
    newer: str = "", older: str = "", label: str = "Pages", newer_text: str = "Newer", older_text: str = "Older"
) -> dict[str, str]:
    """Links to the newer and the older page of a list; each only where there is one."""
    words = {"label": label, "newer_text": newer_text, "older_text": older_text}
    return {"newer": newer or "", "older": older or "", **words}


@register.inclusion_tag("shared/parts/timeline.html")
def timeline(entries: Iterable[Any], level: int = 3) -> dict[str, Any]:
    """A chronology: entries with `title`, `at` and perhaps `by`, `text`, `href`, `actions`."""
    return {"entries": entries, "level": level}


@register.inclusion_tag("shared/parts/chart.html")
def chart(figure: Any, open_table: bool = False) -> dict[str, Any]:
    """A chart from `kernel.charts` with its table beneath."""
    return {"figure": figure, "open_table": open_table}
