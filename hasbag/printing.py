"""A briefing pack as a page to be printed: who it is for, and what its reader may see."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string

from hasbag.models import Pack
from hasbag.rules import OPTIONS
from hasbag.selectors.briefing import briefing
from kernel.actors import Actor

CSS_FILES = (Path(settings.BASE_DIR) / "templates" / "hasbag" / "pack" / "pack.css",)

STATEMENT = (
    (
        "The information in this pack is shared under section 115 of the Crime and Disorder Act 1998 and the"
        " partnership’s information sharing agreement, to prevent crime and disorder and to protect people affected."
    ),
    "It is OFFICIAL-SENSITIVE. It holds only what this meeting needs: relevant, necessary and proportionate.",
    (
        "Do not pass it on, copy it, photograph it or record the discussion without the agreement of the agency that"
        " the information came from."
    ),
    "Do not discuss it outside the meeting and the work that follows from it.",
    "Keep notes locked away or destroy them. Destroy this pack by the date on its cover.",
    "What was said here is not evidence. It may be used as such only with the consent of the agency that gave it.",
    "Protect the identity of whoever gave information, and where victims live.",
    "Declare any interest you or your agency have in a case before it is discussed, and leave for that item.",
    "Report a loss or a breach to your data protection officer on the same day.",
    "Requests for these papers under freedom of information or data protection law go to information governance.",
    "Everyone spoken about and everyone present is treated with respect.",
)
"""What each attendee accepts (docs/domain.md §6.6)."""


def pack_html(reader: Actor, pack: Pack, *, made_at: dt.datetime) -> tuple[str, list[int]]:
    """The pack as HTML with the ids of the cases inside, read as `reader` under the identity of this transaction."""
    content = briefing(reader, pack.meeting.ref)
    html = render_to_string(
        "hasbag/pack/pack.html",
        {
            "briefing": content,
            "page": content.page,
            "meeting": content.page.meeting,
            "pack": pack,
            "recipient": pack.recipient,
            "person": reader.name if reader.user_id else "",
            "made_at": made_at,
            "statement": STATEMENT,
            "options": OPTIONS,
        },
    )
    return html, content.case_ids
