"""Row-level security in migrations: one helper, so that no table's wall is written by hand twice.

Roles: `hatecase_app` sees what the predicate allows; `hatecase_worker` sees what the system needs;
`hatecase_gate` owns the narrow functions; `hatecase_owner` migrates. FORCE makes the policies bind the
owner too, whose policy is then stated like the others. See docs/permissions.md.
"""

from __future__ import annotations

from django.db import migrations

# Inline, never in a sub-select (the planner would lose the selectivity); nullif because the setting is ''
# after a transaction on a reused connection.
AGENCIES = (
    "coalesce(string_to_array(nullif(current_setting('hatecase.agency_ids', true), ''), ',')::int[], '{}'::int[])"
)
USER = "nullif(current_setting('hatecase.user_id', true), '')::int"
IDENTIFIED = f"({USER} is not null or cardinality({AGENCIES}) > 0)"


def envelope(alias: str = "", case_id: str = "id", side: str = "") -> str:
    """The predicate over a row that carries an access envelope (kernel.models.Envelope).

    With `side` the row is about a person of that side, and its `agency_ids` are those that may know them: a named
    asker must belong to such an agency too (or know the side in that case as information governance does), and past an end one of those must still hold the case.
    """
    p = f"{alias}." if alias else ""
    named = f"{USER} is not null and {p}user_ids @> array[{USER}]"
    exact = f"hatecase_case_level({p}{case_id}) >= 2"
    if side:
        named += f" and ({works_on(side)} or hatecase_case_knows({p}{case_id}, '{side}'))"
        exact = f"hatecase_case_knows({p}{case_id}, '{side}')"
    return (
        f"((not {p}restricted and {p}agency_ids && {AGENCIES})"
        f" or ({named}))"
        f" and not {p}excluded_agency_ids && {AGENCIES}"
        f" and ({USER} is null or not {p}excluded_user_ids @> array[{USER}])"
        f" and ({p}access_ends_at is null or {p}access_ends_at > statement_timestamp()"
        f" or {exact})"
    )


def works_on(side: str) -> str:
    """The predicate "an agency of the asker may know people of this side"; the same for every row, so asked once."""
    return f"exists (select 1 from agencies_agency k where k.id = any({AGENCIES}) and k.side in ('both', '{side}'))"


def through_case(column: str = "case_id") -> str:
    """The predicate of a case's child: visible where the case is, by the case's own policy.

    `offset 0` keeps it a look-up by key, row by row. Without it the planner, which does not see that a list ends
    after 25 rows, may read and hash every visible case first (measured: 1,200 ms instead of 1 at 100,000 cases).
    """
    return f"exists (select 1 from incidents_case c where c.id = {column} offset 0)"


def role_in(agency_column: str, *roles: str) -> str:
    """The predicate "the asker holds one of these roles in that agency" (staff directory, not under the wall)."""
    listed = ",".join(f"'{role}'" for role in roles)
    return (
        f"({agency_column} = any({AGENCIES}) and exists (select 1 from agencies_membership m"
        f" where m.user_id = {USER} and m.agency_id = {agency_column} and m.is_active"
        f" and m.roles && array[{listed}]::varchar[]))"
    )


def wall(
    table: str,
    app: str,
    *,
    app_check: str | None = None,
    app_commands: tuple[str, ...] = ("all",),
    worker: str | None = "true",
    gate: str | None = "all",
) -> migrations.RunSQL:
    """Put a table under forced row-level security.

    `app` is the USING predicate of the application role, `app_check` the WITH CHECK (the same unless
    given); `app_commands` limits it to some commands. `worker` is the worker's predicate (None: no access).
    `gate`: "all", "select" or None for the role that owns the narrow functions.
    """
    check = app if app_check is None else app_check
    forward = [f"alter table {table} enable row level security", f"alter table {table} force row level security"]
    for command in app_commands:
        clauses = []
        if command != "insert":
            clauses.append(f"using ({app})")
        if command in ("all", "insert", "update"):
            clauses.append(f"with check ({check})")
        forward.append(f"create policy app_{command} on {table} for {command} to hatecase_app {' '.join(clauses)}")
    if worker is not None:
        forward.append(
            f"create policy worker_all on {table} for all to hatecase_worker using ({worker}) with check ({worker})"
        )
    if gate == "all":
        forward.append(f"create policy gate_all on {table} for all to hatecase_gate using (true) with check (true)")
    elif gate == "select":
        forward.append(f"create policy gate_select on {table} for select to hatecase_gate using (true)")
    forward.append(f"create policy owner_all on {table} for all to hatecase_owner using (true) with check (true)")
    names = [f"app_{c}" for c in app_commands] + ["worker_all", "gate_all", "gate_select", "owner_all"]
    reverse = [f"drop policy if exists {name} on {table}" for name in names]
    reverse += [f"alter table {table} no force row level security", f"alter table {table} disable row level security"]
    return migrations.RunSQL(";\n".join(forward) + ";", ";\n".join(reverse) + ";")


def gate_function(name_and_arguments: str, definition: str) -> migrations.RunSQL:
    """A narrow SECURITY DEFINER function owned by `hatecase_gate`, executable by the app and the worker."""
    return migrations.RunSQL(
        f"""
        {definition};
        -- An owner must be able to create in the schema at the moment it is given the function.
        grant create on schema public to hatecase_gate;
        alter function {name_and_arguments} owner to hatecase_gate;
        revoke create on schema public from hatecase_gate;
        revoke all on function {name_and_arguments} from public;
        grant execute on function {name_and_arguments} to hatecase_app, hatecase_worker, hatecase_owner;
        """,
        f"drop function if exists {name_and_arguments}",
    )
