"""The demo's people, as the start prints them: the county makes their accounts."""

from __future__ import annotations

PASSWORD = "correct-horse-demo"  # noqa: S105 - printed on purpose; the demo answers on loopback alone
CAST = (
    ("alice@police.example", "caseworker, Northamptonshire Police"),
    ("asha@police.example", "SPOC, Northamptonshire Police"),
    ("bob@north.example", "caseworker, North Northamptonshire Council"),
    ("beth@north.example", "HASBAG chair (North), North Northamptonshire Council"),
    ("walt@west.example", "caseworker, West Northamptonshire Council"),
    ("wendy@west.example", "HASBAG chair (West), West Northamptonshire Council"),
    ("charlie@larkfield.example", "housing officer, Larkfield Homes"),
    ("vera@voice.example", "support worker, Voice"),
    ("nadia@nrec.example", "caseworker, NREC"),
    ("tom@harbour.example", "third-party reporting centre worker, Harbour Community Centre"),
    ("edith@ashby.example", "safeguarding lead, Ashby Brook Academy"),
    ("sam@strategic.example", "strategic group member"),
    ("ines@ipscj.example", "analyst, IPSCJ"),
    ("greta@ig.example", "information governance and DPO"),
    ("ada@police.example", "accounts administrator, Northamptonshire Police"),
    ("admin@hatecase.example", "system administrator: configuration, no case content"),
)
