"""What is known of something posted or sent online, and an account that posted it (docs/domain.md §10.3)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.http import QueryDict

from incidents.choices.online import Known, Platform, PlatformResult, PosterPlace, Reach, Zone
from incidents.models import OnlineAccount
from incidents.selectors.online import OnlineView
from incidents.services.online import PostData
from incidents.services.online_account import MOST_URLS, NAME_LIMIT, URL_LIMIT, AccountData
from kernel import clock
from kernel.clock import LONDON
from kernel.forms import GovDateField, GovDateTimeField, GovForm, SingleSubmit, YesNoField

ADVICE = "Take a screenshot that shows the address and the date before anybody blocks or reports it."
_BAD_ADDRESS = "Enter a web address, like https://www.example.com/post/1"


class AddressesField(forms.CharField):
    """Web addresses, one on each line; cleans to a list of them, with their scheme."""

    empty_value: Any = ""

    def __init__(self, *, most: int = MOST_URLS, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}))
        kwargs.setdefault("help_text", f"Each on a line of its own. {ADVICE}")
        super().__init__(max_length=most * (URL_LIMIT + 2), **kwargs)
        self.most = most

    def clean(self, value: Any) -> list[str]:
        """The addresses, each once. Raises ValidationError for what is none, and for too many."""
        text = super().clean("\n".join(value) if isinstance(value, list | tuple) else value)
        found = list(dict.fromkeys(_address(line) for line in text.split("\n") if line.strip()))
        if len(found) > self.most:
            raise ValidationError(f"Enter {self.most} addresses or fewer")
        return found

    def prepare_value(self, value: Any) -> Any:
        """A list is shown as its lines."""
        return "\n".join(value) if isinstance(value, list | tuple) else value


def _address(line: str) -> str:
    text = line.strip()
    address = text if "://" in text else f"https://{text}"
    if len(address) > URL_LIMIT:
        raise ValidationError(f"A web address must be {URL_LIMIT} characters or fewer")
    try:
        URLValidator(schemes=["http", "https"])(address)
    except ValidationError as error:
        raise ValidationError(_BAD_ADDRESS) from error
    return address


def _choices(options: Any) -> list[tuple[str, str]]:
    return [("", "Not recorded"), *options.choices]


def _radios(label: str, options: Any, **kwargs: Any) -> forms.ChoiceField:
    attrs = {"class": "govuk-radios--small govuk-radios--inline"}
    return forms.ChoiceField(
        label=label, choices=_choices(options), widget=forms.RadioSelect(attrs=attrs), required=False, **kwargs
    )


class PostForm(GovForm):
    """The post or message itself. Who may not know victims is not asked who was tagged."""

    platform = forms.ChoiceField(label="Platform", choices=_choices(Platform), required=False)
    platform_other = forms.CharField(
        label="What is it called?", help_text="Where it is none of the list.", required=False, max_length=60
    )
    posted_at = GovDateTimeField(label="When it was posted", help_text="As the platform shows it.", required=False)
    posted_zone = forms.ChoiceField(label="In which time zone?", choices=Zone.choices, required=False)
    reach = _radios("Who could see it?", Reach)
    audience = forms.CharField(
        label="About how many people?",
        help_text="For example, a group of 300 members.",
        required=False,
        max_length=120,
    )
    tagged = forms.CharField(label="Who was tagged or named in it?", required=False, max_length=200)
    threat = _radios("Was it a threat?", Known)
    known_offline = _radios("Does the victim know offline who posted it?", Known)
    removed = _radios("Has it been taken down?", Known)
    told = YesNoField(label="Has it been reported to the platform?", required=False)
    told_on = GovDateField(label="When it was reported", required=False, past_only=True)
    told_ref = forms.CharField(label="The platform’s reference", required=False, max_length=60)
    told_result = forms.ChoiceField(label="What the platform did", choices=_choices(PlatformResult), required=False)
    screenshot = forms.ChoiceField(
        label="Which file is the screenshot?", help_text="Add it under Evidence first.", required=False
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)
    reveals = {"told": {"yes": ["told_on", "told_ref", "told_result"]}}

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        view: OnlineView,
        files: list[tuple[str, str]],
        victims: bool,
    ) -> None:
        super().__init__(data)
        self.fields["screenshot"].choices = [("", "No screenshot"), *files]  # type: ignore[attr-defined]
        if not victims:
            del self.fields["tagged"]
        self.fields["version"].initial = 0
        if view.post:
            self._start(dict(view.post), view)

    def _start(self, post: dict[str, Any], view: OnlineView) -> None:
        zone = ZoneInfo(post["posted_zone"])
        if post["posted_at"]:
            # The parts are read and shown as if they were local: they are those that the platform showed.
            there = dt.datetime.fromisoformat(post["posted_at"]).astimezone(zone)
            post["posted_at"] = there.replace(tzinfo=LONDON)
        post["told_on"] = dt.date.fromisoformat(post["told_on"]) if post["told_on"] else None
        post["screenshot"] = view.screenshot.uid if view.screenshot else ""
        post["told"] = "yes" if post["told"] else "no"
        for name in self.fields:
            self.fields[name].initial = post[name]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        data["posted_at"] = self._instant(data)
        if data["posted_at"] and data["posted_at"] > clock.now() + dt.timedelta(minutes=5):
            self.add_error("posted_at", "When it was posted must be in the past")
        return data

    def _instant(self, data: dict[str, Any]) -> dt.datetime | None:
        typed: dt.datetime | None = data.get("posted_at")
        if typed is None:
            return None
        shown = typed.astimezone(LONDON).replace(tzinfo=None)
        return shown.replace(tzinfo=ZoneInfo(data.get("posted_zone") or Zone.UK.value)).astimezone(dt.UTC)

    def post(self) -> PostData:
        """What was entered, of a valid form."""
        entered: dict[str, Any] = dict(self.cleaned_data)
        entered.pop("version", None)
        entered["tagged"] = entered.get("tagged")
        entered["told"] = bool(entered["told"])
        # What is drawn under an answer that was not chosen comes as None.
        entered |= {name: entered[name] or "" for name in ("told_ref", "told_result")}
        entered["posted_zone"] = entered["posted_zone"] or Zone.UK.value
        entered["screenshot"] = uuid.UUID(entered["screenshot"]) if entered["screenshot"] else None
        return PostData(**entered)

    def clean_version(self) -> int:
        """A page without a version was made for none that is current."""
        return int(self.cleaned_data.get("version") or 0)


class AccountForm(SingleSubmit, GovForm):
    """An account that posted it."""

    handle = forms.CharField(
        label="User name",
        help_text="As it is written there. This is not taken as anyone’s real name.",
        required=False,
        max_length=NAME_LIMIT,
    )
    display_name = forms.CharField(label="Name shown beside it", required=False, max_length=NAME_LIMIT)
    profile_url = AddressesField(
        label="Web address of the profile",
        help_text="",
        most=1,
        widget=forms.TextInput(attrs={"spellcheck": "false"}),
        required=False,
    )
    urls = AddressesField(label="Web addresses of its posts", required=False)
    post_id = forms.CharField(
        label="Number of the post or message", required=False, max_length=NAME_LIMIT, help_text="Where one is shown."
    )
    place = _radios("Where does whoever posted it seem to be?", PosterPlace)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)

    def __init__(self, data: QueryDict | None = None, *, account: OnlineAccount | None = None) -> None:
        super().__init__(data)
        if account is None:
            del self.fields["version"]
            return
        for name in self.fields:
            if hasattr(account, name) and name != "submission_id":
                self.fields[name].initial = getattr(account, name)

    def account(self) -> AccountData:
        """What was entered, of a valid form."""
        entered: dict[str, Any] = self.cleaned_data
        return AccountData(
            handle=entered["handle"],
            display_name=entered["display_name"],
            profile_url="".join(entered["profile_url"]),
            post_id=entered["post_id"],
            urls=tuple(entered["urls"]),
            place=entered["place"],
        )

    def clean_version(self) -> int:
        """A page without a version was made for none that is current."""
        return int(self.cleaned_data.get("version") or 0)
