"""What is written about a case: within its limits, and without a name that the case does not keep (docs/domain.md §1.4).

Every service that stores words about a case takes them through `case_words`; `tests/incidents/test_names_kept_out.py`
walks the services and fails on one that does not.
"""

from __future__ import annotations

from incidents.models import Case
from incidents.rules.names import Naming, is_ordinary, names_in_text
from incidents.selectors.names import names_of_others, names_put_aside
from incidents.services.common import text_check
from kernel.actors import Actor
from kernel.errors import RuleError


def case_words(
    actor: Actor, case: Case, text: str, *, name: str, field: str, limit: int, required: bool = True
) -> str:
    """A text about a case as it is kept. Raises RuleError for its field as `text_check` does, and where it holds a name
    that is put aside in the case and that the actor knows. One query, none for an empty text.
    """
    words = text_check(text, name=name, field=field, limit=limit, required=required)
    names_kept_out(actor, case, words, field=field)
    return words


def names_kept_out(actor: Actor, case: Case, *texts: str, field: str) -> None:
    """Raise RuleError where a text holds what waits in the quarantine, for who may read it there and who told it.

    For nobody else: a refusal would tell them that a guessed name is right. What they wrote is stored, and the name is
    left out for its readers. A name that somebody else of the case has, too, is no such name.
    """
    text = "\n".join(filter(None, texts))
    found = names_put_aside(actor, case).found_in(text) if text else ()
    if found:
        refuse(found, names_of_others(actor, case), field=field)


def refuse(found: tuple[str, ...], others: Naming, *, field: str) -> None:
    """Raise RuleError for names in a text, less those that somebody else of the case has, too."""
    shared = set(names_in_text(" ".join(others.names), found))
    wrong = [name for name in found if name not in shared]
    if wrong:
        raise RuleError(names_refusal(wrong), field)


def names_refusal(found: list[str]) -> str:
    """What is said of names that may not stand in a text, and what to do."""
    quoted = " and ".join(f"“{name}”" for name in found)
    word = (
        " If you mean the word and not the name, begin it with a small letter." if any(map(is_ordinary, found)) else ""
    )
    return (
        f"Take out {quoted}: this case keeps nothing yet that says who an alleged perpetrator is."
        f" Describe them instead, for example “the neighbour”.{word}"
    )
